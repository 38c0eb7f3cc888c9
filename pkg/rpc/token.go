package rpc

import (
	"sync"
	"time"

	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/token"
)

// tokenReuse leaves a token enough of its life for a call and for clocks that differ.
const tokenReuse = token.ServiceLifetime / 2

// cachedToken is the service token in use.
type cachedToken struct {
	mu     sync.Mutex
	text   secret.String
	signed time.Time
}

func (t *cachedToken) get(codec *token.ServiceCodec, caller, callee string) (secret.String, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.text.Empty() && time.Since(t.signed) < tokenReuse {
		return t.text, nil
	}
	text, err := codec.Sign(caller, callee)
	if err != nil {
		return secret.String{}, err
	}
	t.text, t.signed = text, time.Now()
	return text, nil
}
