package transfer

import (
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// foreign is an account of another system. Times may be zero.
type foreign struct {
	id                              string
	made, changed, signedIn, hashed time.Time
	username, email, hash, role     string
	verified                        bool     // the email
	factor                          bool     // a code is asked for at a sign-in
	secret                          string   // the authenticator's, in base32
	backupCodes                     []string // as their owner has them
	backupCodesWhole                bool     // none was left behind
	apiKey                          string
}

// systems are the formats that are dumps, and how a document is read.
var systems = map[Format]func(doc bson.Raw) (foreign, error){Lynx: lynx, Wolf: wolf}

// lynx reads a document of its collection accounts. Its later versions keep the second factor in twoFactorAuthentication.
func lynx(doc bson.Raw) (foreign, error) {
	f := newFields(doc)
	totp, later := f.group("totp"), f.group("twoFactorAuthentication")
	out := foreign{
		username: f.text("username"),
		email:    f.text("email"),
		hash:     f.text("password"),
		role:     f.text("role"),
		apiKey:   f.text("secret"),
		factor:   totp.flag("enabled") || later.flag("enabled"),
		secret:   totp.text("secret"),
	}
	out.id, out.made = f.id()
	if registered := f.time("registered"); !registered.IsZero() {
		out.made = registered
	}
	out.backupCodes, out.backupCodesWhole = totp.texts("backupCodes")
	if later.flag("enabled") {
		out.backupCodes, out.backupCodesWhole = later.texts("backupCodes")
		if confirmed := later.group("totp"); confirmed.flag("verified") {
			out.secret = confirmed.text("secret")
		}
	}
	return out, *f.err
}

// wolf reads a document of its collection users.
func wolf(doc bson.Raw) (foreign, error) {
	f := newFields(doc)
	out := foreign{
		changed:  f.time("updatedAt"),
		signedIn: f.time("lastLogin"),
		hashed:   f.time("passwordChanged"),
		username: f.text("username"),
		email:    f.text("email"),
		hash:     f.text("password"),
		role:     f.text("role"),
		verified: f.flag("emailVerified"),
		factor:   f.flag("twoFactor"),
		secret:   f.text("twoFactorSecret"),
	}
	out.id, out.made = f.id()
	if created := f.time("createdAt"); !created.IsZero() {
		out.made = created
	}
	out.backupCodes, out.backupCodesWhole = f.texts("twoFactorBackupCodes")
	if f.flag("isBanned") || f.flag("isSuspended") {
		return foreign{username: out.username}, errors.New("it is banned or suspended, which is nothing that an account can be here")
	}
	return out, *f.err
}
