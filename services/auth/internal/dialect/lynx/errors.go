package lynx

import (
	"net/http"

	"github.com/watchword/watchword/pkg/fault"
)

// refusal is how the dialect words a reason. Its document has 403 for what is wrong at a sign-in, 400 for a wrong password
// beside a change, and 412 for what the account is not in a state for.
type refusal struct {
	status  int
	message string
}

const (
	invalidFields = "Invalid field(s)"
	takenFields   = "Field(s) are already used"
	invalidToken  = "Expired or invalid TOTP token"
	noDemoTOTP    = "Enabling 2FA is not supported in demo mode."
)

var refusals = map[fault.Reason]refusal{
	fault.Malformed:        {http.StatusBadRequest, invalidFields},
	fault.EmailMalformed:   {http.StatusBadRequest, invalidFields},
	fault.UsernameRefused:  {http.StatusBadRequest, invalidFields},
	fault.PasswordRefused:  {http.StatusBadRequest, invalidFields},
	fault.NameRefused:      {http.StatusBadRequest, invalidFields},
	fault.ImageRefused:     {http.StatusBadRequest, invalidFields},
	fault.UsernameTaken:    {http.StatusBadRequest, takenFields},
	fault.EmailTaken:       {http.StatusBadRequest, takenFields},
	fault.PasswordWrong:    {http.StatusBadRequest, "Invalid password"},
	fault.LinkInvalid:      {http.StatusBadRequest, "Invalid or expired token"},
	fault.RouteUnknown:     {http.StatusNotFound, "Not found"},
	fault.MethodRefused:    {http.StatusMethodNotAllowed, "Method not allowed"},
	fault.MediaUnsupported: {http.StatusUnsupportedMediaType, "The body must be application/json"},
	fault.NotAcceptable:    {http.StatusNotAcceptable, "Only application/json can be answered"},
	fault.TooLarge:         {http.StatusRequestEntityTooLarge, "The body is too large"},
	fault.Misdirected:      {http.StatusMisdirectedRequest, "This host is not served here"},

	fault.Unauthenticated:  {http.StatusUnauthorized, "Unauthorized"},
	fault.RefreshInvalid:   {http.StatusUnauthorized, "Unauthorized"},
	fault.ChallengeInvalid: {http.StatusUnauthorized, "Unauthorized"},
	fault.CredentialsWrong: {http.StatusForbidden, "Invalid username or password"},
	fault.EmailUnverified:  {http.StatusForbidden, "Invalid username or password"},
	fault.CodeRequired:     {http.StatusForbidden, "2FA token required"},
	fault.CodeWrong:        {http.StatusForbidden, invalidToken},
	fault.BackupCodeWrong:  {http.StatusForbidden, "Invalid backup code"},
	fault.FactorLocked:     {http.StatusForbidden, "2FA is locked after too many wrong tokens, recover your account"},
	fault.Forbidden:        {http.StatusForbidden, "Forbidden"},
	fault.CSRFInvalid:      {http.StatusForbidden, "Forbidden"},
	fault.OriginRefused:    {http.StatusForbidden, "Requests from this origin are not allowed"},
	fault.CodeSigninOff:    {http.StatusForbidden, "Forbidden"},
	fault.DemoMode:         {http.StatusNotAcceptable, "Updating of credentials is not enabled in demo mode."},

	fault.RegistrationClosed:  {http.StatusPreconditionFailed, "Registration is not enabled"},
	fault.AuthenticatorActive: {http.StatusPreconditionFailed, "2FA already enabled"},
	fault.AuthenticatorNone:   {http.StatusPreconditionFailed, "2FA is not enabled"},
	fault.LastWayIn:           {http.StatusPreconditionFailed, "The only way into the account can't be removed"},
	fault.ValueRefused:        {http.StatusPreconditionFailed, "Invalid token format"},
	fault.LastAdmin:           {http.StatusPreconditionFailed, "The last admin can't be demoted or deleted"},
	fault.NotDeleted:          {http.StatusPreconditionFailed, "The account is not deleted"},
	fault.VersionConflict:     {http.StatusPreconditionFailed, "The account was changed meanwhile"},
	fault.AccountUnknown:      {http.StatusUnauthorized, "Unauthorized"},
	fault.SessionUnknown:      {http.StatusNotFound, "Not found"},
	fault.MessageUnknown:      {http.StatusNotFound, "Not found"},
	fault.CommunityUnknown:    {http.StatusNotFound, "Not found"},
	fault.ImageUnknown:        {http.StatusNotFound, "Not found"},

	fault.Throttled:   {http.StatusTooManyRequests, "Too many requests, wait before trying again"},
	fault.Overloaded:  {http.StatusServiceUnavailable, "The service is busy, try again soon"},
	fault.Unavailable: {http.StatusServiceUnavailable, "The service is not available, try again soon"},
	fault.Internal:    {http.StatusInternalServerError, "Something went wrong"},
}
