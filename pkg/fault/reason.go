package fault

import "slices"

// Reason is a machine-readable word for why a request was refused. The list is closed: every dialect's table has a row
// for each, and a test sweeps them.
type Reason string

// The request's form.
const (
	Malformed        Reason = "malformed"          // wrong type, missing member, bad JSON, bad query; Fields names it
	EmailMalformed   Reason = "email_malformed"    // not an address; Fields{"email"}
	UsernameRefused  Reason = "username_refused"   // well formed, against the rule; Fields{"username"}
	NameRefused      Reason = "name_refused"       // a person's name against the rule; Fields names it
	ValueRefused     Reason = "value_refused"      // well formed, out of its bounds; Fields names it
	PasswordRefused  Reason = "password_refused"   // against the rule; Fields{"password"|"newPassword": why}
	RouteUnknown     Reason = "route_unknown"      // no such path
	MethodRefused    Reason = "method_not_allowed" // the path has other methods
	MediaUnsupported Reason = "unsupported_media_type"
	NotAcceptable    Reason = "not_acceptable"
	TooLarge         Reason = "body_too_large"
	Misdirected      Reason = "misdirected" // a Host that is not ours
)

// Who asks.
const (
	Unauthenticated    Reason = "unauthenticated"     // no session, or one that is not alive
	CredentialsWrong   Reason = "credentials_wrong"   // unknown account, wrong password or wrong code at a sign-in: one answer
	CodeWrong          Reason = "code_wrong"          // a wrong or spent one-time code where the first factor is already proved
	CodeRequired       Reason = "two_factor_required" // a second factor is on and was not given
	FactorLocked       Reason = "factor_locked"       // 100 wrong codes in a row: opens by recovery only
	ChallengeInvalid   Reason = "challenge_invalid"   // unknown, lapsed or spent
	RefreshInvalid     Reason = "refresh_invalid"     // unknown, lapsed, spent or reused refresh token
	LinkInvalid        Reason = "link_invalid"        // a mailed token that is unknown, lapsed or spent
	Forbidden          Reason = "forbidden"           // signed in, not allowed
	CSRFInvalid        Reason = "csrf_invalid"        // legion's own token is missing or wrong
	OriginRefused      Reason = "origin_refused"      // a browser on an origin that is not listed
	RegistrationClosed Reason = "registration_closed"
	CodeSigninOff      Reason = "code_signin_disabled"
	PasswordWrong      Reason = "password_wrong"     // the password that was to confirm a change by somebody signed in
	BackupCodeWrong    Reason = "backup_code_wrong"  // unknown or spent
	EmailUnverified    Reason = "email_not_verified" // the name and password of a registration that waits for its link
	DemoMode           Reason = "demo_mode"          // not while the installation is a demonstration
)

// The state of things.
const (
	AccountUnknown      Reason = "account_not_found"
	SessionUnknown      Reason = "session_not_found"
	UsernameTaken       Reason = "username_taken"
	EmailTaken          Reason = "email_taken"
	VersionConflict     Reason = "version_conflict"
	AuthenticatorActive Reason = "authenticator_active" // enrolment while one is enabled
	AuthenticatorNone   Reason = "authenticator_none"   // nothing to confirm or to remove
	LastWayIn           Reason = "last_way_in"          // the only credential can't be removed
	LastAdmin           Reason = "last_admin"
	NotDeleted          Reason = "not_deleted"       // restore of an account that is live
	MessageUnknown      Reason = "message_not_found" // mailer: no such message in that state
	CommunityUnknown    Reason = "community_not_found"
	ImageUnknown        Reason = "image_not_found"
	ImageRefused        Reason = "image_refused" // not a picture of the kinds and size that are taken; Fields names it
)

// The service itself.
const (
	Throttled   Reason = "throttled"
	Overloaded  Reason = "overloaded"  // the hash pool is full
	Unavailable Reason = "unavailable" // a dependency is down
	Internal    Reason = "internal"
)

var reasons = [...]Reason{
	Malformed, EmailMalformed, UsernameRefused, NameRefused, ValueRefused, PasswordRefused, RouteUnknown, MethodRefused,
	MediaUnsupported, NotAcceptable, TooLarge, Misdirected,
	Unauthenticated, CredentialsWrong, CodeWrong, CodeRequired, FactorLocked, ChallengeInvalid, RefreshInvalid,
	LinkInvalid, Forbidden, CSRFInvalid, OriginRefused, RegistrationClosed, CodeSigninOff, PasswordWrong,
	BackupCodeWrong, EmailUnverified, DemoMode,
	AccountUnknown, SessionUnknown, UsernameTaken, EmailTaken, VersionConflict, AuthenticatorActive,
	AuthenticatorNone, LastWayIn, LastAdmin, NotDeleted, MessageUnknown,
	CommunityUnknown, ImageUnknown, ImageRefused,
	Throttled, Overloaded, Unavailable, Internal,
}

// Reasons lists them all, for the tests that sweep tables.
func Reasons() []Reason { return slices.Clone(reasons[:]) }

// Words that Fields uses; password rules add their own.
const (
	FieldMissing   = "missing"
	FieldType      = "wrong_type"
	FieldDuplicate = "duplicate"
	FieldFormat    = "wrong_format"
	FieldLength    = "wrong_length"
	FieldTaken     = "taken"
)
