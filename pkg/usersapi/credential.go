package usersapi

// Change sets one or more of the actor's names and its password, on the proof of the password it has. Faults:
// account_not_found, password_wrong (counted as at a sign-in), two_factor_required (Code is missing while a second factor
// is on), code_wrong, factor_locked, username_refused, email_malformed, password_refused, username_taken, email_taken,
// version_conflict (another change came between), demo_mode, throttled, overloaded. Another password ends all other
// sessions.
type Change struct {
	Actor       Actor   `json:"actor"`
	Password    Secret  `json:"password"`
	Code        string  `json:"code,omitempty"`
	Username    *string `json:"username,omitempty"`
	Email       *string `json:"email,omitempty"`
	NewPassword *Secret `json:"newPassword,omitempty"`
	Address     string  `json:"address"` // what the client counts under
}

// FindByAPIKey looks for the live account whose API key this is; Found nil: none.
type FindByAPIKey struct {
	Key Secret `json:"key"`
}

// ShowAPIKey asks for the actor's API key. Fault: account_not_found.
type ShowAPIKey struct {
	Actor Actor `json:"actor"`
}

// ReplaceAPIKey gives the actor's account a new API key; the old one is worth nothing from then on. Faults:
// account_not_found, demo_mode.
type ReplaceAPIKey struct {
	Actor Actor `json:"actor"`
}

// APIKey is the result of both.
type APIKey struct {
	Key Secret `json:"key"`
}

// Enrol gives the actor's account an authenticator that waits for its first code, for 10 minutes. Faults:
// authenticator_active while one is enabled, demo_mode.
type Enrol struct {
	Actor     Actor  `json:"actor"`
	Algorithm string `json:"algorithm"` // SHA1 or SHA256
	// Keep: one that waits already is given again rather than replaced.
	Keep bool `json:"keep,omitempty"`
}

// Enrolled is Enrol's result: what an otpauth URI is made of.
type Enrolled struct {
	Secret   Secret `json:"secret"` // base32 without padding
	Issuer   string `json:"issuer"`
	Username string `json:"username"`
}

// ConfirmFactor enables the actor's waiting authenticator by its first code, as a second factor. Faults:
// authenticator_active, authenticator_none, last_way_in (the account has no password), code_wrong, demo_mode, throttled.
type ConfirmFactor struct {
	Actor       Actor  `json:"actor"`
	Code        string `json:"code"`
	BackupCodes int    `json:"backupCodes"` // how many are made
	Address     string `json:"address"`     // what the client counts under
}

// BackupCodes is ConfirmFactor's result; they are never told again.
type BackupCodes struct {
	Codes []Secret `json:"codes"`
}

// RemoveFactor takes the actor's authenticator and its backup codes away. Faults: authenticator_none, last_way_in,
// two_factor_required, code_wrong, factor_locked, demo_mode, throttled.
type RemoveFactor struct {
	Actor Actor  `json:"actor"`
	Code  string `json:"code,omitempty"`
}

// Recover switches the second factor off by the password and a backup code, which is spent. The result is that of a whole
// sign-in. Faults: credentials_wrong (as SignIn's), authenticator_none (the password fits, no second factor is on),
// backup_code_wrong, version_conflict (another change came between), demo_mode, throttled, overloaded.
type Recover struct {
	Login    Login  `json:"login"`
	Password Secret `json:"password"`
	Code     string `json:"code"`
	Device   Device `json:"device"`
}
