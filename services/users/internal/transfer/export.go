package transfer

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/services/users/internal/core"
)

// Exported counts accounts.
type Exported struct{ Written, Refused int }

const communityBatch = 100

// Export writes every community and every account, deleted ones too, one a line, by id. An account that can't be carried,
// as a key is missing here, is told to Refused and left out.
func (t *Transfer) Export(ctx context.Context, out io.Writer) (Exported, error) {
	if t.travels == nil {
		return Exported{}, ErrNoKey
	}
	var sum Exported
	buffered := bufio.NewWriterSize(out, 1<<16)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	if err := t.exportCommunities(ctx, encoder); err != nil {
		return sum, err
	}
	err := t.deps.Accounts.Walk(ctx, func(a core.Account) error {
		defer t.deps.Done()
		travels, err := t.write(a)
		if err != nil {
			sum.Refused++
			t.deps.Refused(Row{Number: sum.Written + sum.Refused, Name: a.Username}, err.Error())
			return nil
		}
		if travels.Profile.Picture, err = t.writePicture(ctx, a.Profile.Image); err != nil {
			return err
		}
		sum.Written++
		return encode(encoder, line{Format: format, Account: travels})
	})
	if err != nil {
		return sum, err
	}
	return sum, buffered.Flush()
}

func (t *Transfer) exportCommunities(ctx context.Context, encoder *json.Encoder) error {
	for after := ""; ; {
		page, err := t.deps.Accounts.CommunitiesAfter(ctx, after, communityBatch)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, c := range page {
			if err := encode(encoder, line{Format: format, Community: (*community)(&c)}); err != nil {
				return err
			}
			after = c.ID
		}
	}
}

// writePicture gives the picture of a key; nil where there is none.
func (t *Transfer) writePicture(ctx context.Context, key string) (*picture, error) {
	if key == "" {
		return nil, nil
	}
	p, err := t.deps.Accounts.Picture(ctx, key)
	if fault.Has(err, fault.ImageUnknown) {
		return nil, nil
	}
	return &picture{Type: p.Type, Bytes: p.Bytes}, err
}

func encode(encoder *json.Encoder, l line) error {
	if err := encoder.Encode(l); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
