package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

func doc(t testing.TB, d bson.D) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func frame(op uint32, body ...[]byte) []byte {
	b := bytes.Join(body, nil)
	out := binary.LittleEndian.AppendUint32(nil, uint32(16+len(b)))
	out = binary.LittleEndian.AppendUint32(out, 7)
	out = binary.LittleEndian.AppendUint32(out, 0)
	return append(binary.LittleEndian.AppendUint32(out, op), b...)
}

func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func sequence(name string, docs ...bson.Raw) []byte {
	b := append([]byte(name), 0)
	for _, d := range docs {
		b = append(b, d...)
	}
	return append(append([]byte{1}, u32(uint32(4+len(b)))...), b...)
}

func checksummed(body ...[]byte) []byte {
	f := frame(opMsg, append([][]byte{u32(flagChecksum)}, append(body, u32(0))...)...)
	binary.LittleEndian.PutUint32(f[len(f)-4:], crc32.Checksum(f[:len(f)-4], crc32.MakeTable(crc32.Castagnoli)))
	return f
}

func read(b []byte) (*Request, error) { return Read(bufio.NewReader(bytes.NewReader(b))) }

func TestRead(t *testing.T) {
	t.Parallel()
	body, a, b := doc(t, bson.D{{Key: "insert", Value: "c"}}), doc(t, bson.D{{Key: "_id", Value: 1}}), doc(t, bson.D{{Key: "_id", Value: 2}})
	section := append([]byte{0}, body...)
	for _, test := range []struct {
		name  string
		frame []byte
		want  Request
	}{
		{"a body", frame(opMsg, u32(0), section), Request{Body: body}},
		{"no reply wanted", frame(opMsg, u32(flagMoreToCome), section), Request{Body: body, Silent: true}},
		{"a flag that may be ignored", frame(opMsg, u32(1<<16), section), Request{Body: body}},
		{"a checksum", checksummed(section), Request{Body: body}},
		{
			"a sequence before the body", frame(opMsg, u32(0), sequence("documents", a, b), section),
			Request{Body: body, Sequences: map[string][]bson.Raw{"documents": {a, b}}},
		},
		{
			"an empty sequence", frame(opMsg, u32(0), section, sequence("documents")),
			Request{Body: body, Sequences: map[string][]bson.Raw{"documents": {}}},
		},
		{"a query", frame(opQuery, u32(0), []byte("admin.$cmd\x00"), u32(0), u32(1), body), Request{Body: body}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(test.frame)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got, cmp.FilterPath(func(p cmp.Path) bool {
				return p.String() == "id" || p.String() == "query"
			}, cmp.Ignore()), cmp.AllowUnexported(Request{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	body := doc(t, bson.D{{Key: "ping", Value: 1}})
	section := append([]byte{0}, body...)
	wrongSum := checksummed(section)
	wrongSum[len(wrongSum)-1]++
	long := frame(opMsg, u32(0), section)
	binary.LittleEndian.PutUint32(long, MaxMessage+1)
	deep := bson.Raw{5, 0, 0, 0, 0}
	for range 300 {
		deep = doc(t, bson.D{{Key: "a", Value: deep}})
	}
	broken := func(i int, b byte) []byte {
		f := frame(opMsg, u32(0), section)
		f[i] = b
		return f
	}
	text := doc(t, bson.D{{Key: "a", Value: "\xff"}})
	for name, f := range map[string][]byte{
		"a length under the header's":   u32(15),
		"a length over the greatest":    long,
		"an unknown operation":          frame(2010, u32(0), section),
		"an unknown flag":               frame(opMsg, u32(4), section),
		"no flags":                      frame(opMsg),
		"no body":                       frame(opMsg, u32(0)),
		"two bodies":                    frame(opMsg, u32(0), section, section),
		"a kind of section that isn't":  frame(opMsg, u32(0), section, []byte{2}, body),
		"a wrong checksum":              wrongSum,
		"no room for the checksum":      frame(opMsg, u32(flagChecksum), []byte{1}),
		"a document that is too long":   broken(21, byte(len(body)+1)),
		"a document that is too short":  broken(21, byte(len(body)-1)),
		"a document that goes too deep": frame(opMsg, u32(0), []byte{0}, deep),
		"a string that is not UTF-8":    frame(opMsg, u32(0), []byte{0}, text),
		"a sequence without a name":     frame(opMsg, u32(0), section, []byte{1}, u32(6), []byte("ab")),
		"a sequence longer than all":    frame(opMsg, u32(0), section, []byte{1}, u32(1<<31)),
		"a sequence twice":              frame(opMsg, u32(0), section, sequence("a", body), sequence("a", body)),
		"a query without a document":    frame(opQuery, u32(0), []byte("a\x00"), u32(0), u32(0)),
		"a query without a name":        frame(opQuery, u32(0), []byte("abcdefghijklmnop")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f = append(bytes.Clone(f), make([]byte, max(0, 16-len(f)))...)
			if req, err := read(f); err == nil {
				t.Errorf("was read as %v", req.Body)
			}
		})
	}
}

func TestReadTellsTheEndFromACut(t *testing.T) {
	t.Parallel()
	whole := frame(opMsg, u32(0), append([]byte{0}, doc(t, bson.D{{Key: "ping", Value: 1}})...))
	for n := range len(whole) {
		_, err := read(whole[:n])
		if want := map[bool]error{true: io.EOF, false: io.ErrUnexpectedEOF}[n == 0]; !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", n, err, want)
		}
	}
}

func TestHeaderHasTheFormOfTheRequest(t *testing.T) {
	t.Parallel()
	body := doc(t, bson.D{{Key: "ok", Value: 1.0}})
	msg := append((&Request{id: 7}).Header(3, body), body...)
	want := append(frame(opMsg, u32(0), []byte{0}, body)[:0:0], frame(opMsg, u32(0), []byte{0}, body)...)
	binary.LittleEndian.PutUint32(want[4:], 3)
	binary.LittleEndian.PutUint32(want[8:], 7)
	if diff := cmp.Diff(want, msg); diff != "" {
		t.Error(diff)
	}
	old := append((&Request{id: 7, query: true}).Header(3, body), body...)
	if !strings.HasSuffix(string(old), string(body)) || len(old) != 36+len(body) || old[12] != opReply || old[32] != 1 {
		t.Errorf("% x", old)
	}
}

// FuzzRead demands that no frame ends the process, and that what is read can be answered.
func FuzzRead(f *testing.F) {
	body := doc(f, bson.D{{Key: "insert", Value: "c"}, {Key: "documents", Value: bson.A{bson.D{{Key: "a", Value: "b"}}}}})
	section := append([]byte{0}, body...)
	f.Add(frame(opMsg, u32(0), section))
	f.Add(frame(opMsg, u32(flagMoreToCome), section, sequence("documents", body, body)))
	f.Add(checksummed(section, sequence("documents", body)))
	f.Add(frame(opQuery, u32(0), []byte("admin.$cmd\x00"), u32(0), u32(1), body))
	f.Add([]byte(doc(f, bson.D{{Key: "r", Value: bson.Regex{Pattern: "^a", Options: "i"}}, {Key: "b", Value: bson.Binary{Subtype: 2, Data: []byte{1}}}})))
	f.Fuzz(func(t *testing.T, b []byte) {
		req, err := read(b)
		if err != nil {
			return
		}
		if err := req.Body.Validate(); err != nil {
			t.Errorf("read a document that is none: %v", err)
		}
		var d bson.D
		if err := bson.Unmarshal(req.Body, &d); err != nil {
			t.Errorf("read a document that can't be decoded: %v", err)
		}
		req.Header(1, req.Body)
	})
}
