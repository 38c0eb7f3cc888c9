package transfer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/watchword/watchword/pkg/id"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Format is what an import reads.
type Format string

// The formats: lines of Export's, and dumps of the collections that two other systems keep their accounts in.
const (
	NDJSON Format = "ndjson"
	Lynx   Format = "lynx"
	Wolf   Format = "wolf"
)

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case NDJSON, Lynx, Wolf:
		return f, nil
	}
	return "", errors.New("the format is ndjson, lynx or wolf")
}

// Options of Import.
type Options struct {
	Format Format
	// DryRun: nothing is written; all is checked that would be.
	DryRun bool
	// WithoutBackupCodes: an account whose backup codes can't be kept comes without them, instead of not at all.
	WithoutBackupCodes bool
}

// Summary counts rows.
type Summary struct {
	Imported  int // in a dry run: would be
	Unchanged int // there already
	Refused   int
	// Communities are those that were read; they count in none of the others.
	Communities int
}

// batchRows is what a store commits at once: fewer would have it write the same pages of its indexes again and again.
const batchRows = 5000

// Import reads accounts, packed with gzip or not, and adds those that are not there. A row that can't be taken is told to
// Refused and stops nothing. An error says that reading or writing failed; what was added until then stays.
func (t *Transfer) Import(ctx context.Context, in io.Reader, o Options) (Summary, error) {
	if o.Format == NDJSON && t.travels == nil {
		return Summary{}, ErrNoKey
	}
	r, err := open(in)
	if err != nil {
		return Summary{}, err
	}
	source, take, err := t.reader(r, o)
	if err != nil {
		return Summary{}, err
	}
	i := &importing{Transfer: t, options: o, seen: map[[hashBytes]byte]bool{}}
	for {
		data, number, err := source.next()
		if errors.Is(err, io.EOF) {
			err := i.flush(ctx)
			return i.sum, err
		}
		var bad badRow
		switch {
		case errors.As(err, &bad):
			i.refuse(Row{Number: number}, bad.why)
			continue
		case err != nil:
			return i.sum, fmt.Errorf("read row %d: %w", number, err)
		}
		row := take(data)
		if err := i.add(ctx, Row{Number: number, Name: row.name}, row); err != nil {
			return i.sum, err
		}
	}
}

// taken is what a row holds: an account, maybe with its picture, or a community. err says why it can't be taken.
type taken struct {
	name      string
	account   core.Account
	picture   *core.Picture
	community *core.Community
	notes     []string
	err       error
}

// reader gives the rows of a format and how one is read.
func (t *Transfer) reader(in *bufio.Reader, o Options) (rows, func(data []byte) taken, error) {
	if o.Format == NDJSON {
		return &lines{in: in}, func(data []byte) taken { return t.takeLine(data, o) }, nil
	}
	read := systems[o.Format]
	if read == nil {
		return nil, nil, fmt.Errorf("unknown format %q", o.Format)
	}
	source, decode, err := dump(in)
	return source, func(data []byte) taken {
		doc, err := decode(data)
		if err != nil {
			return taken{err: err}
		}
		f, err := read(doc)
		if err != nil {
			return taken{name: f.username, err: err}
		}
		account, notes, err := t.settle(o.Format, f)
		return taken{name: f.username, account: account, notes: notes, err: err}
	}, err
}

// takeLine reads one of Export's lines. What it says of a malformed one holds nothing of the line but names of members.
func (t *Transfer) takeLine(data []byte, o Options) taken {
	var l line
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&l)
	switch {
	case err != nil:
		err = explainJSON(data, err)
	case d.Decode(&struct{}{}) != io.EOF:
		err = errors.New("more follows on the line")
	case l.Format != format:
		err = errFormat
	case (l.Account == nil) == (l.Community == nil):
		err = errLine
	}
	if l.Account == nil {
		l.Account = &account{}
	}
	if err != nil {
		return taken{name: l.Account.Username, err: err}
	}
	if l.Community != nil {
		return takeCommunity(*l.Community)
	}
	return t.takeAccount(*l.Account, o)
}

func (t *Transfer) takeAccount(l account, o Options) taken {
	out := taken{name: l.Username}
	if l.Profile.Image != "" && l.Profile.Picture == nil {
		l.Profile.Image = ""
		out.notes = append(out.notes, "its picture did not come with it")
	}
	if out.picture, out.err = t.readPicture(l); out.err != nil {
		return out
	}
	out.account, out.err = t.read(l)
	if errors.Is(out.err, errBackupCodes) && o.WithoutBackupCodes {
		l.BackupCodes = nil
		out.notes = append(out.notes, "it comes without its backup codes")
		out.account, out.err = t.read(l)
	}
	return out
}

func takeCommunity(c community) taken {
	c.CreatedAt = stored(c.CreatedAt)
	name, err := core.CheckName("name", c.Name)
	if err == nil && (!id.Valid(c.ID) || c.Name != name || c.CreatedAt.IsZero()) {
		err = errLine
	}
	return taken{name: c.Name, community: (*core.Community)(&c), err: explain(err)}
}

var (
	errFormat = errors.New("the line is not of the version that this program reads and writes")
	errLine   = errors.New("the line is not as users export writes it")
)

func explainJSON(data []byte, err error) error {
	var version struct {
		Format int `json:"watchword"`
	}
	var wrong *json.UnmarshalTypeError
	switch {
	case json.Unmarshal(data, &version) == nil && version.Format != format:
		return errFormat
	case errors.As(err, &wrong):
		return fmt.Errorf("member %s is of the wrong type", wrong.Field)
	}
	return errLine
}
