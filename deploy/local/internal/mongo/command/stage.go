package command

import (
	"bytes"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// parsedStage is a stage: what a query can take over, and how to run it where none can.
type parsedStage struct {
	filter     document.Filter
	order      []document.Column
	n          int64
	projection document.Projection
	count      func(n int64) (bson.Raw, error)
	run        stage
}

func parseStage(name string, v document.Value) (st parsedStage, err error) {
	switch name {
	case "$skip", "$limit":
		return parseCutting(name, v)
	case "$count":
		return parseCount(v)
	case "$match", "$sort", "$project", "$group":
	default:
		return st, code.UnrecognizedPipelineStage.Errorf("Unrecognized or unimplemented pipeline stage name: '%s'", name)
	}
	if v.Type != bson.TypeEmbeddedDocument {
		return st, code.FailedToParse.Errorf("the %s specification must be an object", name)
	}
	switch doc := bson.Raw(v.Value); name {
	case "$match":
		st.filter, err = document.ParseFilter(doc)
		st.run = each(func(d bson.Raw) (bson.Raw, bool) { return d, st.filter.Match(d) })
	case "$sort":
		st.order, err = document.ParseColumns(doc)
		if err == nil && len(st.order) == 0 {
			err = code.BadValue.Errorf("$sort stage must have at least one sort key")
		}
		st.run = sorted(st.order)
	case "$project":
		st.projection, err = document.ParseProjection(doc)
		if err == nil && st.projection.Whole() {
			err = code.BadValue.Errorf("$project specification must have at least one field")
		}
		st.run = each(func(d bson.Raw) (bson.Raw, bool) { return st.projection.Apply(d), true })
	case "$group":
		return parseGroup(doc)
	}
	return st, err
}

// each makes a stage of a function that turns one document into another, or leaves it out.
func each(fn func(bson.Raw) (bson.Raw, bool)) stage {
	return func(in documents) documents {
		return func(yield func(bson.Raw, error) bool) {
			for d, err := range in {
				if err != nil {
					yield(nil, err)
					return
				}
				if d, ok := fn(d); ok && !yield(d, nil) {
					return
				}
			}
		}
	}
}

func sorted(order []document.Column) stage {
	return func(in documents) documents {
		return func(yield func(bson.Raw, error) bool) {
			docs, err := hold(in)
			if err != nil {
				yield(nil, err)
				return
			}
			slices.SortStableFunc(docs, func(a, b bson.Raw) int {
				return bytes.Compare(document.SortKey(nil, a, order), document.SortKey(nil, b, order))
			})
			for _, d := range docs {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
}

func parseCutting(name string, v document.Value) (st parsedStage, err error) {
	n, ok := document.Int(v)
	if !ok || n < 0 || n == 0 && name == "$limit" {
		return st, code.BadValue.Errorf("invalid argument to %s stage: it must be a whole number that isn't negative, and a limit not 0", name)
	}
	st.n = n
	st.run = func(in documents) documents {
		return func(yield func(bson.Raw, error) bool) {
			seen := int64(0)
			for d, err := range in {
				if err != nil {
					yield(nil, err)
					return
				}
				seen++
				if (name == "$limit" || seen > n) && !yield(d, nil) {
					return
				}
				if name == "$limit" && seen == n {
					return
				}
			}
		}
	}
	return st, nil
}

func parseCount(v document.Value) (st parsedStage, err error) {
	field, ok := v.StringValueOK()
	if !ok || field == "" || strings.ContainsAny(field, "$.\x00") {
		return st, code.BadValue.Errorf("the count field must be a non-empty string without $ or .")
	}
	st.count = func(n int64) (bson.Raw, error) { return bson.Marshal(bson.D{{Key: field, Value: counted(n)}}) }
	st.run = func(in documents) documents {
		return func(yield func(bson.Raw, error) bool) {
			var n int64
			for _, err := range in {
				if err != nil {
					yield(nil, err)
					return
				}
				n++
			}
			if n > 0 {
				yield(st.count(n))
			}
		}
	}
	return st, nil
}
