package document

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Render writes fields as mongod does in the text of a duplicate key error.
func Render(fields bson.D) string {
	parts := make([]string, len(fields))
	for i, e := range fields {
		parts[i] = e.Key + ": " + render(e.Value.(Value))
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func render(v Value) string {
	switch v.Type {
	case bson.TypeString:
		return strconv.Quote(v.StringValue())
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := Int(v)
		return strconv.FormatInt(n, 10)
	case bson.TypeDouble:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	case bson.TypeBoolean:
		return strconv.FormatBool(v.Boolean())
	case bson.TypeDateTime:
		return fmt.Sprintf("new Date(%d)", v.DateTime())
	case bson.TypeObjectID:
		return "ObjectId('" + hex.EncodeToString(v.Value) + "')"
	case bson.TypeBinary:
		subtype, data := v.Binary()
		return fmt.Sprintf("BinData(%d, %X)", subtype, data)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return renderFields(v)
	case bson.TypeNull:
		return "null"
	default:
		return v.String()
	}
}

func renderFields(v Value) string {
	var parts []string
	for body := Body(v.Value); ; {
		key, e, rest, ok := Next(body)
		if !ok {
			break
		}
		body = rest
		text := render(e)
		if v.Type == bson.TypeEmbeddedDocument {
			text = string(key) + ": " + text
		}
		parts = append(parts, text)
	}
	open, closing := "{ ", " }"
	if v.Type == bson.TypeArray {
		open, closing = "[ ", " ]"
	}
	return open + strings.Join(parts, ", ") + closing
}
