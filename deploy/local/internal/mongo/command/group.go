package command

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// expression makes a value from a document: a field's, a constant, or a document of such.
type expression struct {
	path     *document.Path
	constant document.Value
	fields   []namedExpression
}

type namedExpression struct {
	name string
	expression
}

func parseExpression(v document.Value) (expression, error) {
	text, isText := v.StringValueOK()
	switch {
	case isText && strings.HasPrefix(text, "$"):
		path, err := document.ParsePath(text[1:])
		return expression{path: &path}, err
	case v.Type != bson.TypeEmbeddedDocument && v.Type != bson.TypeArray:
		return expression{constant: v}, nil
	case v.Type == bson.TypeArray:
		return expression{}, code.NotImplemented.Errorf("arrays in expressions are not implemented")
	}
	e := expression{fields: []namedExpression{}}
	for body := document.Body(v.Value); ; {
		key, inner, rest, ok := document.Next(body)
		if !ok {
			return e, nil
		}
		body = rest
		name := string(key)
		if strings.ContainsAny(name, "$.") {
			return e, code.NotImplemented.Errorf("the expression operator %s is not implemented", name)
		}
		parsed, err := parseExpression(inner)
		if err != nil {
			return e, err
		}
		e.fields = append(e.fields, namedExpression{name, parsed})
	}
}

// of gives the expression's value for a document, the zero Value where a field is not there.
func (e expression) of(doc bson.Raw) (document.Value, error) {
	switch {
	case e.path != nil:
		v, ok := e.path.Get(doc)
		if !ok {
			return v, code.NotImplemented.Errorf("the expression $%s goes through an array, which is not implemented", e.path.Name)
		}
		return v, nil
	case e.fields == nil:
		return e.constant, nil
	}
	var err error
	built := document.Build(nil, func(b []byte) []byte {
		for _, f := range e.fields {
			v, failed := f.of(doc)
			if failed != nil {
				err = failed
			}
			if v.Type != 0 {
				b = document.AppendElement(b, f.name, v)
			}
		}
		return b
	})
	return document.Value{Type: bson.TypeEmbeddedDocument, Value: built}, err
}

// grouping is a parsed $group.
type grouping struct {
	id     expression
	fields []groupField
}

type groupField struct {
	name string
	make func() accumulator
	of   expression
}

func parseGroup(doc bson.Raw) (st parsedStage, err error) {
	var g grouping
	hasID := false
	for body := document.Body(doc); ; {
		key, v, rest, ok := document.Next(body)
		if !ok {
			break
		}
		body = rest
		if string(key) == "_id" {
			hasID = true
			g.id, err = parseExpression(v)
		} else {
			err = g.addField(string(key), v)
		}
		if err != nil {
			return st, err
		}
	}
	if !hasID {
		return st, code.MissingCommandField.Errorf("a group specification must include an _id")
	}
	st.run = g.run
	st.count = g.counter()
	return st, nil
}

func (g *grouping) addField(name string, v document.Value) error {
	if strings.ContainsAny(name, "$.") || v.Type != bson.TypeEmbeddedDocument {
		return code.FailedToParse.Errorf("The field '%s' must be an accumulator object", name)
	}
	op, operand, rest, ok := document.Next(document.Body(v.Value))
	if !ok || len(rest) != 1 {
		return code.FailedToParse.Errorf("The field '%s' must specify one accumulator", name)
	}
	acc, known := accumulators[string(op)]
	if !known {
		return code.UnknownGroupOperator.Errorf("unknown or unimplemented group operator '%s'", op)
	}
	of, err := parseExpression(operand)
	g.fields = append(g.fields, groupField{name, acc, of})
	return err
}

// counter gives the result for a number of documents, where that is all that the group asks: {_id: constant, n: {$sum: 1}},
// as drivers count.
func (g grouping) counter() func(int64) (bson.Raw, error) {
	if len(g.fields) != 1 || g.id.path != nil || g.id.fields != nil {
		return nil
	}
	f := g.fields[0]
	if one, ok := document.Int(f.of.constant); !ok || one != 1 || f.of.path != nil || f.of.constant.Type != bson.TypeInt32 {
		return nil
	}
	if _, sums := f.make().(*sum); !sums {
		return nil
	}
	return func(n int64) (bson.Raw, error) {
		return bson.Marshal(bson.D{{Key: "_id", Value: g.id.constant}, {Key: f.name, Value: counted(n)}})
	}
}

type group struct {
	id           document.Value
	accumulators []accumulator
}

func (g grouping) run(in documents) documents {
	return func(yield func(bson.Raw, error) bool) {
		groups, err := g.collect(in)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, found := range groups {
			out := bson.D{{Key: "_id", Value: found.id}}
			for i, f := range g.fields {
				out = append(out, bson.E{Key: f.name, Value: found.accumulators[i].result()})
			}
			if !yield(bson.Marshal(out)) {
				return
			}
		}
	}
}

// collect gives the groups in the order in which they first came.
func (g grouping) collect(in documents) ([]*group, error) {
	byKey := map[string]*group{}
	var order []*group
	size := 0
	for doc, err := range in {
		if err != nil {
			return nil, err
		}
		id, err := g.id.of(doc)
		if err != nil {
			return nil, err
		}
		if id.Type == 0 {
			id.Type = bson.TypeNull
		}
		key := string(document.AppendKey(nil, id))
		found := byKey[key]
		if found == nil {
			found = g.start(id)
			byKey[key] = found
			order = append(order, found)
			if size += len(key) + len(id.Value) + 64*(1+len(g.fields)); size > maxHeld {
				return nil, code.MemoryLimitNoDiskUse.Errorf("$group exceeded its memory limit of %d bytes", maxHeld)
			}
		}
		for i, f := range g.fields {
			v, err := f.of.of(doc)
			if err != nil {
				return nil, err
			}
			found.accumulators[i].add(v)
		}
	}
	return order, nil
}

func (g grouping) start(id document.Value) *group {
	out := &group{id: id}
	for _, f := range g.fields {
		out.accumulators = append(out.accumulators, f.make())
	}
	return out
}
