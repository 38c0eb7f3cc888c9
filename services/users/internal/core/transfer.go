package core

import "github.com/watchword/watchword/pkg/secret"

// Arrival is what becomes of an account that is brought in from elsewhere; the zero value: it is in.
type Arrival struct {
	There bool  // an account with its id is there already; nothing was changed
	Taken error // fault UsernameTaken or EmailTaken: that is another account's
}

// What lasts of all that is sealed and hashed under the seal keys, as the keys are derived for it.
const (
	SealTOTP        = "totp"
	SealAPIKey      = "api key"
	SealToken       = "token"
	HashBackupCodes = "backup codes"
)

// HashAPIKey is what an account is found by when its API key is shown.
func HashAPIKey(key secret.String) string { return hashAPIKey(key) }
