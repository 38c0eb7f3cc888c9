package command

import (
	"errors"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/code"
	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// reply makes the answer to a command that went well.
func reply(fields ...bson.E) (bson.Raw, error) {
	return bson.Marshal(append(bson.D(fields), bson.E{Key: "ok", Value: 1.0}))
}

// failure makes the answer to one that didn't. What is not a *code.Error is the store's own trouble.
func failure(err error) (bson.Raw, error) {
	answer := answerTo(err)
	fields := bson.D{
		{Key: "ok", Value: 0.0},
		{Key: "errmsg", Value: answer.Text},
		{Key: "code", Value: int32(answer.Code)},
		{Key: "codeName", Value: answer.Code.String()},
	}
	return bson.Marshal(append(fields, answer.More...))
}

func answerTo(err error) *code.Error {
	var answer *code.Error
	if errors.As(err, &answer) {
		return answer
	}
	return &code.Error{Code: code.InternalError, Text: internal}
}

// writeErrors are the statements of a batch that failed.
type writeErrors []bson.D

func (w *writeErrors) add(index int, err error) {
	answer := answerTo(err)
	fields := bson.D{{Key: "index", Value: int32(index)}, {Key: "code", Value: int32(answer.Code)}}
	fields = append(fields, answer.More...)
	*w = append(*w, append(fields, bson.E{Key: "errmsg", Value: answer.Text}))
}

// fields gives the field of the reply, none if all went well.
func (w writeErrors) fields() []bson.E {
	if len(w) == 0 {
		return nil
	}
	return []bson.E{{Key: "writeErrors", Value: []bson.D(w)}}
}

// cursorReply makes the answer that carries documents; it copies them as they are, once. batch is firstBatch or nextBatch.
func cursorReply(batch string, id int64, ns string, docs []bson.Raw) bson.Raw {
	size := len(ns) + 100
	for _, d := range docs {
		size += len(d) + 16
	}
	return document.Build(make([]byte, 0, size), func(b []byte) []byte {
		b = document.AppendNested(b, bson.TypeEmbeddedDocument, "cursor", func(b []byte) []byte {
			b = document.AppendNested(b, bson.TypeArray, batch, func(b []byte) []byte {
				for i, d := range docs {
					b = document.AppendElement(b, strconv.Itoa(i), document.Value{Type: bson.TypeEmbeddedDocument, Value: d})
				}
				return b
			})
			b = document.AppendInt64(b, "id", id)
			return document.AppendString(b, "ns", ns)
		})
		return document.AppendDouble(b, "ok", 1)
	})
}

// internal is all that a client learns of the store's own trouble.
const internal = "internal error"
