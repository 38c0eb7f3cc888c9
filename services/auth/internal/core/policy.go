package core

import "time"

// Policy is what dialects differ in where somebody signs in.
type Policy struct {
	Lifetime time.Duration // of the session; 0: SessionLifetime
	Token    TokenKind
	// Challenge: a first factor that needs a second is kept, and its challenge given out.
	Challenge bool
	// TellUnknown: a name that nobody has is told from a wrong password, and TellPending: the name and password of a
	// registration that waits for its link from both; unless accounts are concealed.
	TellUnknown, TellPending bool
}

// TokenKind is what a session's bearer has.
type TokenKind int

// The kinds: Pair is an access token of 15 minutes with a refresh token, Single one access token that lives as long as the
// session, Opaque a token without content that does.
const (
	Pair TokenKind = iota
	Single
	Opaque
)
