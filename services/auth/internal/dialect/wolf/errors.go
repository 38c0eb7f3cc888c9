package wolf

import (
	"net/http"

	"github.com/watchword/watchword/pkg/fault"
)

// refusal is how the dialect words a reason.
type refusal struct {
	status  int
	code    string
	message string
}

const wrongCredentials = "Invalid email or password."

var refusals = map[fault.Reason]refusal{
	fault.Malformed:        {http.StatusBadRequest, "INVALID_FIELDS", "Some fields are missing or not in the expected format."},
	fault.EmailMalformed:   {http.StatusBadRequest, "INVALID_EMAIL", "The email is not an address."},
	fault.UsernameRefused:  {http.StatusBadRequest, "INVALID_USERNAME", "A username is 3 to 32 letters, digits, dots, underscores or hyphens, and begins and ends with a letter or digit."},
	fault.NameRefused:      {http.StatusBadRequest, "INVALID_NAME", "A name is 1 to 100 characters without control characters."},
	fault.ValueRefused:     {http.StatusBadRequest, "INVALID_VALUE", "A value is out of its bounds."},
	fault.PasswordRefused:  {http.StatusBadRequest, "INVALID_PASSWORD", "This password can't be used."},
	fault.ImageRefused:     {http.StatusBadRequest, "INVALID_IMAGE", "This picture can't be taken."},
	fault.RouteUnknown:     {http.StatusNotFound, "NOT_FOUND", "There is nothing at this path."},
	fault.MethodRefused:    {http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "This path has other methods."},
	fault.MediaUnsupported: {http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "The body must be application/x-www-form-urlencoded."},
	fault.NotAcceptable:    {http.StatusNotAcceptable, "NOT_ACCEPTABLE", "Only application/json can be answered."},
	fault.TooLarge:         {http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", "The body is too large."},
	fault.Misdirected:      {http.StatusMisdirectedRequest, "MISDIRECTED", "This host is not served here."},

	fault.Unauthenticated:    {http.StatusUnauthorized, "UNAUTHORIZED", "A valid token is needed."},
	fault.CredentialsWrong:   {http.StatusUnauthorized, "INVALID_CREDENTIALS", wrongCredentials},
	fault.PasswordWrong:      {http.StatusUnauthorized, "INVALID_CREDENTIALS", wrongCredentials},
	fault.CodeWrong:          {http.StatusUnauthorized, "INVALID_CODE", "The code is not correct or was used already."},
	fault.BackupCodeWrong:    {http.StatusUnauthorized, "INVALID_CODE", "The code is not correct or was used already."},
	fault.CodeRequired:       {http.StatusUnauthorized, "TWO_FACTOR_REQUIRED", "Two Factor is required to complete login."},
	fault.ChallengeInvalid:   {http.StatusUnauthorized, "INVALID_TOKEN", "The token is unknown, spent or has lapsed."},
	fault.RefreshInvalid:     {http.StatusUnauthorized, "INVALID_TOKEN", "The token is unknown, spent or has lapsed."},
	fault.LinkInvalid:        {http.StatusBadRequest, "INVALID_TOKEN", "The token is unknown, spent or has lapsed."},
	fault.FactorLocked:       {http.StatusForbidden, "TWO_FACTOR_LOCKED", "Too many wrong codes: the second factor is locked until the account is recovered."},
	fault.EmailUnverified:    {http.StatusForbidden, "EMAIL_NOT_CONFIRMED", "Please confirm your email address to complete the registration."},
	fault.Forbidden:          {http.StatusForbidden, "FORBIDDEN", "This is not allowed."},
	fault.CSRFInvalid:        {http.StatusForbidden, "CSRF_INVALID", "The CSRF token is missing or not valid."},
	fault.OriginRefused:      {http.StatusForbidden, "ORIGIN_REFUSED", "Requests from this origin are not allowed."},
	fault.RegistrationClosed: {http.StatusForbidden, "REGISTRATION_CLOSED", "Registration is closed."},
	fault.CodeSigninOff:      {http.StatusForbidden, "CODE_SIGNIN_DISABLED", "Sign-in by code alone is switched off."},
	fault.DemoMode:           {http.StatusForbidden, "DEMO_MODE", "This can't be changed in a demonstration."},

	fault.AccountUnknown:      {http.StatusNotFound, "NOT_FOUND", "There is no such account."},
	fault.SessionUnknown:      {http.StatusNotFound, "NOT_FOUND", "There is no such session."},
	fault.MessageUnknown:      {http.StatusNotFound, "NOT_FOUND", "There is no such message."},
	fault.CommunityUnknown:    {http.StatusNotFound, "NOT_FOUND", "There is no such community."},
	fault.ImageUnknown:        {http.StatusNotFound, "NOT_FOUND", "There is no such picture."},
	fault.UsernameTaken:       {http.StatusConflict, "ALREADY_EXISTS", "The username is taken."},
	fault.EmailTaken:          {http.StatusConflict, "ALREADY_EXISTS", "The email is taken."},
	fault.VersionConflict:     {http.StatusConflict, "VERSION_CONFLICT", "The account was changed meanwhile."},
	fault.AuthenticatorActive: {http.StatusConflict, "TWO_FACTOR_ENABLED", "An authenticator is enabled already."},
	fault.AuthenticatorNone:   {http.StatusConflict, "TWO_FACTOR_DISABLED", "There is no authenticator to do this with."},
	fault.LastWayIn:           {http.StatusConflict, "LAST_WAY_IN", "The only way into the account can't be removed."},
	fault.LastAdmin:           {http.StatusConflict, "LAST_ADMIN", "The last admin can't be demoted or deleted."},
	fault.NotDeleted:          {http.StatusConflict, "NOT_DELETED", "The account is not deleted."},

	fault.Throttled:   {http.StatusTooManyRequests, "TOO_MANY_REQUESTS", "Too many requests: wait before trying again."},
	fault.Overloaded:  {http.StatusServiceUnavailable, "OVERLOADED", "The service is busy: try again soon."},
	fault.Unavailable: {http.StatusServiceUnavailable, "UNAVAILABLE", "The service is not available: try again soon."},
	fault.Internal:    {http.StatusInternalServerError, "INTERNAL_ERROR", "Something went wrong."},
}
