package transfer

import (
	"encoding/hex"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fields reads members of another system's document. An absent or null one is empty; one of another type than asked for
// is an error, the first of which is kept.
type fields struct {
	doc  bson.Raw
	path string
	err  *error
}

func newFields(doc bson.Raw) fields { return fields{doc: doc, err: new(error)} }

func (f fields) value(name string, types ...bson.Type) (bson.RawValue, bool) {
	v := f.doc.Lookup(name)
	if v.IsZero() || v.Type == bson.TypeNull || v.Type == bson.TypeUndefined {
		return bson.RawValue{}, false
	}
	for _, t := range types {
		if v.Type == t {
			return v, true
		}
	}
	if *f.err == nil {
		*f.err = fmt.Errorf("member %s%s is of the wrong type", f.path, name)
	}
	return bson.RawValue{}, false
}

// group is an embedded document.
func (f fields) group(name string) fields {
	v, ok := f.value(name, bson.TypeEmbeddedDocument)
	if !ok {
		return fields{path: f.path + name + ".", err: f.err}
	}
	return fields{doc: v.Document(), path: f.path + name + ".", err: f.err}
}

func (f fields) text(name string) string {
	v, ok := f.value(name, bson.TypeString)
	if !ok {
		return ""
	}
	return v.StringValue()
}

func (f fields) flag(name string) bool {
	v, ok := f.value(name, bson.TypeBoolean)
	return ok && v.Boolean()
}

// time is the zero time also for one before 1970.
func (f fields) time(name string) time.Time {
	v, ok := f.value(name, bson.TypeDateTime)
	if !ok || v.DateTime() < 0 {
		return time.Time{}
	}
	return stored(v.Time())
}

// texts are an array's strings; whole is false where it holds something else too.
func (f fields) texts(name string) (texts []string, whole bool) {
	v, ok := f.value(name, bson.TypeArray)
	if !ok {
		return nil, true
	}
	values, err := v.Array().Values()
	if err != nil {
		return nil, false
	}
	whole = true
	for _, v := range values {
		text, ok := v.StringValueOK()
		if whole = whole && ok; ok {
			texts = append(texts, text)
		}
	}
	return texts, whole
}

// id is the document's own id as text: the member id, which is the one that others know, else _id. made is the time that
// an ObjectID bears.
func (f fields) id() (text string, made time.Time) {
	v, _ := f.value("_id", bson.TypeObjectID, bson.TypeString, bson.TypeBinary)
	switch v.Type {
	case bson.TypeObjectID:
		text, made = v.ObjectID().Hex(), v.ObjectID().Timestamp().UTC()
	case bson.TypeString:
		text = v.StringValue()
	case bson.TypeBinary:
		_, bytes := v.Binary()
		text = hex.EncodeToString(bytes)
	}
	if public := f.text("id"); public != "" {
		text = public
	}
	return text, made
}
