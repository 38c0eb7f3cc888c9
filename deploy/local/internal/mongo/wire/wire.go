// Package wire reads and writes the frames of MongoDB's protocol: OP_MSG, and the OP_QUERY that some drivers begin with.
// It knows nothing of commands. Whatever a frame claims about itself is checked before it is believed; a frame that
// claims something wrong is an error, after which the connection is of no more use.
package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchword/watchword/deploy/local/internal/mongo/document"
)

// smallMessage is up to which size a frame's memory is taken at once.
const smallMessage = 1 << 16

// MaxMessage is the greatest frame in bytes, as hello tells drivers.
const MaxMessage = 48000000

const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013

	headerSize = 16

	flagChecksum   = 1 << 0
	flagMoreToCome = 1 << 1
	flagsRequired  = 0xFFFF // a receiver must know these; the others it may ignore
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Request is one command.
type Request struct {
	// Body is the command's document.
	Body bson.Raw
	// Sequences are the documents that stood beside the body, by the name of the field whose array they are.
	Sequences map[string][]bson.Raw
	// Silent requests want no reply.
	Silent bool

	id    uint32
	query bool
}

// Read takes one frame. The error is io.EOF only where the connection ended between two frames.
func Read(r *bufio.Reader) (*Request, error) {
	header, err := r.Peek(headerSize)
	if err != nil {
		if len(header) > 0 {
			err = noEOF(err)
		}
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header)
	if length < headerSize || length > MaxMessage {
		return nil, fmt.Errorf("a frame of %d bytes", length)
	}
	if length <= smallMessage {
		frame := make([]byte, length)
		copy(frame, header)
		_, _ = r.Discard(headerSize) // it was looked at
		if _, err := io.ReadFull(r, frame[headerSize:]); err != nil {
			return nil, noEOF(err)
		}
		return parse(frame)
	}
	var frame bytes.Buffer // grows with what comes, not with what the header claims
	if _, err := io.CopyN(&frame, r, int64(length)); err != nil {
		return nil, noEOF(err)
	}
	return parse(frame.Bytes())
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// parse takes a whole frame.
func parse(frame []byte) (*Request, error) {
	req := &Request{id: binary.LittleEndian.Uint32(frame[4:])}
	switch op := binary.LittleEndian.Uint32(frame[12:]); op {
	case opQuery:
		req.query = true
		return req, req.parseQuery(frame[headerSize:])
	case opMsg:
		return req, req.parseMsg(frame)
	default:
		return nil, fmt.Errorf("operation %d is not implemented", op)
	}
}

// parseQuery takes flags, a collection's name, two numbers and a document.
func (req *Request) parseQuery(b []byte) error {
	if len(b) < 4 {
		return errors.New("a query that is cut short")
	}
	end := bytes.IndexByte(b[4:], 0)
	if end < 0 || len(b) < 4+end+1+8 {
		return errors.New("a query that is cut short")
	}
	doc := b[4+end+1+8:]
	if !document.WellFormed(doc) {
		return errors.New("a query with a malformed document")
	}
	req.Body = doc
	return nil
}

func (req *Request) parseMsg(frame []byte) error {
	b := frame[headerSize:]
	if len(b) < 4 {
		return errors.New("a message without flags")
	}
	flags := binary.LittleEndian.Uint32(b)
	b = b[4:]
	if flags&flagsRequired&^(flagChecksum|flagMoreToCome) != 0 {
		return fmt.Errorf("a message with unknown flags %#x", flags)
	}
	req.Silent = flags&flagMoreToCome != 0
	if flags&flagChecksum != 0 {
		if len(b) < 4 {
			return errors.New("a message without its checksum")
		}
		sum := binary.LittleEndian.Uint32(b[len(b)-4:])
		if crc32.Checksum(frame[:len(frame)-4], castagnoli) != sum {
			return errors.New("a message with a wrong checksum")
		}
		b = b[:len(b)-4]
	}
	for len(b) > 0 {
		var err error
		if b, err = req.parseSection(b[0], b[1:]); err != nil {
			return err
		}
	}
	if req.Body == nil {
		return errors.New("a message without a body")
	}
	return nil
}

// parseSection takes the body or a sequence of documents, and gives what follows.
func (req *Request) parseSection(kind byte, b []byte) (rest []byte, err error) {
	section, rest, ok := split(b)
	switch {
	case !ok:
		return nil, errors.New("a section of a wrong length")
	case kind == 0 && req.Body == nil:
		if !document.WellFormed(section) {
			return nil, errors.New("a malformed document")
		}
		req.Body = section
		return rest, nil
	case kind == 1:
		return rest, req.parseSequence(section[4:])
	default:
		return nil, fmt.Errorf("a section of kind %d, or a second body", kind)
	}
}

func (req *Request) parseSequence(b []byte) error {
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return errors.New("a sequence without a name")
	}
	name := string(b[:end])
	if _, twice := req.Sequences[name]; twice {
		return errors.New("two sequences of one name")
	}
	docs := []bson.Raw{}
	for b = b[end+1:]; len(b) > 0; {
		doc, rest, ok := split(b)
		if !ok || !document.WellFormed(doc) {
			return errors.New("a sequence with a malformed document")
		}
		docs = append(docs, doc)
		b = rest
	}
	if req.Sequences == nil {
		req.Sequences = map[string][]bson.Raw{}
	}
	req.Sequences[name] = docs
	return nil
}

// split takes off what begins with its own length.
func split(b []byte) (first, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.LittleEndian.Uint32(b)
	if n < 4 || uint64(n) > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}

// Header makes what goes before the body of the answer, in the form that the request had.
func (req *Request) Header(id uint32, body bson.Raw) []byte {
	op, between := uint32(opMsg), 4+1 // no flags; a section of kind 0
	if req.query {
		op, between = opReply, 4+8+4+4
	}
	out := make([]byte, 0, headerSize+between)
	for _, n := range []uint32{uint32(cap(out) + len(body)), id, req.id, op} {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	if !req.query {
		return append(out, 0, 0, 0, 0, 0)
	}
	const awaitCapable, one = 8, 1
	out = binary.LittleEndian.AppendUint32(out, awaitCapable)
	out = binary.LittleEndian.AppendUint64(out, 0)
	out = binary.LittleEndian.AppendUint32(out, 0)
	return binary.LittleEndian.AppendUint32(out, one)
}
