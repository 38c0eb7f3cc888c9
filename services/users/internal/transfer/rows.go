package transfer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxRow is the greatest document that MongoDB keeps, and some room for its JSON.
const maxRow = 32 << 20

// badRow says why one row can't be read; those after it may be.
type badRow struct{ why string }

func (b badRow) Error() string { return b.why }

// open unpacks what is packed with gzip.
func open(in io.Reader) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(in, 1<<16)
	head, err := r.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return r, nil
	}
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	return bufio.NewReaderSize(unpacked, 1<<16), nil
}

// rows gives one row after the other, and its number from 1; a badRow, after which it goes on, io.EOF at the end, or what
// made reading fail.
type rows interface {
	next() (data []byte, number int, err error)
}

// lines are rows of text; empty ones are passed over.
type lines struct {
	in     *bufio.Reader
	number int
}

func (l *lines) next() ([]byte, int, error) {
	for {
		line, err := l.line()
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil, 0, io.EOF
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, l.number, err
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, l.number, nil
		}
	}
}

// line reads to the line's end, however long it is, and keeps no more than maxRow of it.
func (l *lines) line() ([]byte, error) {
	l.number++
	var line []byte
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxRow; !long {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if long && (err == nil || errors.Is(err, io.EOF)) {
			return nil, badRow{"the line is longer than an account can be"}
		}
		return line, err
	}
}

// documents are rows of BSON, as mongodump writes them one after the other.
type documents struct {
	in     *bufio.Reader
	number int
	broken bool
}

func (d *documents) next() ([]byte, int, error) {
	if d.broken {
		return nil, 0, io.EOF
	}
	d.number++
	data, err := d.document()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = badRow{"the dump is cut off here"}
	}
	d.broken = err != nil // where the next one begins is not known
	return data, d.number, err
}

func (d *documents) document() ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(d.in, head); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head)
	if size < 5 || size > maxRow {
		return nil, badRow{"this is no BSON document, nor can be told where the next one begins"}
	}
	data := make([]byte, size)
	copy(data, head)
	if _, err := io.ReadFull(d.in, data[4:]); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return data, nil
}

// dump tells mongodump's BSON from mongoexport's JSON.
func dump(in *bufio.Reader) (rows, func(data []byte) (bson.Raw, error), error) {
	head, err := in.Peek(4)
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, nil, err
	case len(head) == 4 && head[3] <= 1: // a length below 32 MiB; text has no such byte
		return &documents{in: in}, fromBSON, nil
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("[")):
		return nil, nil, errors.New("the file is one array; write a document a line (mongoexport without --jsonArray)")
	case bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")), len(bytes.TrimSpace(head)) == 0:
		return &lines{in: in}, fromJSON, nil
	}
	return nil, nil, errors.New("the file is neither a .bson file of mongodump nor JSON lines of mongoexport (restore an --archive first)")
}

func fromBSON(data []byte) (bson.Raw, error) {
	raw := bson.Raw(data)
	if raw.Validate() != nil {
		return nil, badRow{"the document is broken"}
	}
	return raw, nil
}

// fromJSON reads extended JSON, canonical or relaxed.
func fromJSON(data []byte) (bson.Raw, error) {
	var doc bson.D
	if err := bson.UnmarshalExtJSON(data, false, &doc); err != nil {
		return nil, badRow{"the line is no JSON document as mongoexport writes it"}
	}
	raw, err := bson.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encode a document: %w", err)
	}
	return raw, nil
}
