package legion

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

var refusals = map[fault.Reason]refusal{
	fault.Malformed:        {http.StatusBadRequest, "bad_request", "The request is not in the expected format."},
	fault.EmailMalformed:   {http.StatusBadRequest, "email_malformed", "The email is not an address."},
	fault.UsernameRefused:  {http.StatusUnprocessableEntity, "username_refused", "A username is 3 to 32 letters, digits, dots, underscores or hyphens, and begins and ends with a letter or digit."},
	fault.NameRefused:      {http.StatusUnprocessableEntity, "name_refused", "A name is 1 to 100 characters without control characters."},
	fault.ValueRefused:     {http.StatusUnprocessableEntity, "value_refused", "A value is out of its bounds."},
	fault.PasswordRefused:  {http.StatusUnprocessableEntity, "password_refused", "This password can't be used."},
	fault.RouteUnknown:     {http.StatusNotFound, "not_found", "There is nothing at this path."},
	fault.MethodRefused:    {http.StatusMethodNotAllowed, "method_not_allowed", "This path has other methods."},
	fault.MediaUnsupported: {http.StatusUnsupportedMediaType, "unsupported_media_type", "The body must be application/json."},
	fault.NotAcceptable:    {http.StatusNotAcceptable, "not_acceptable", "Only application/json can be answered."},
	fault.TooLarge:         {http.StatusRequestEntityTooLarge, "body_too_large", "The body is too large."},
	fault.Misdirected:      {http.StatusMisdirectedRequest, "misdirected", "This host is not served here."},

	fault.Unauthenticated:    {http.StatusUnauthorized, "unauthenticated", "A valid access token is needed."},
	fault.CredentialsWrong:   {http.StatusUnauthorized, "invalid_credentials", "The credentials are not correct."},
	fault.CodeWrong:          {http.StatusUnauthorized, "invalid_code", "The code is not correct or was used already."},
	fault.CodeRequired:       {http.StatusForbidden, "two_factor_required", "A code of the authenticator is needed too."},
	fault.FactorLocked:       {http.StatusForbidden, "two_factor_locked", "Too many wrong codes: the second factor is locked until the account is recovered."},
	fault.ChallengeInvalid:   {http.StatusUnauthorized, "invalid_challenge", "The challenge is unknown, spent or has lapsed."},
	fault.RefreshInvalid:     {http.StatusUnauthorized, "invalid_refresh_token", "The refresh token is not valid."},
	fault.LinkInvalid:        {http.StatusUnprocessableEntity, "invalid_token", "The token is unknown, spent or has lapsed."},
	fault.Forbidden:          {http.StatusForbidden, "forbidden", "This is not allowed."},
	fault.CSRFInvalid:        {http.StatusForbidden, "csrf_invalid", "The CSRF token is missing or not valid."},
	fault.OriginRefused:      {http.StatusForbidden, "origin_refused", "Requests from this origin are not allowed."},
	fault.RegistrationClosed: {http.StatusForbidden, "registration_closed", "Registration is closed."},
	fault.CodeSigninOff:      {http.StatusForbidden, "code_signin_disabled", "Sign-in by code alone is switched off."},

	fault.PasswordWrong:   {http.StatusUnauthorized, "invalid_credentials", "The credentials are not correct."},
	fault.BackupCodeWrong: {http.StatusUnauthorized, "invalid_code", "The code is not correct or was used already."},
	fault.EmailUnverified: {http.StatusUnauthorized, "invalid_credentials", "The credentials are not correct."},
	fault.DemoMode:        {http.StatusForbidden, "demo_mode", "This can't be changed in a demonstration."},

	fault.AccountUnknown:      {http.StatusNotFound, "user_not_found", "There is no such user."},
	fault.SessionUnknown:      {http.StatusNotFound, "session_not_found", "There is no such session."},
	fault.UsernameTaken:       {http.StatusConflict, "username_taken", "The username is taken."},
	fault.EmailTaken:          {http.StatusConflict, "email_taken", "The email is taken."},
	fault.VersionConflict:     {http.StatusConflict, "version_conflict", "The user was changed meanwhile."},
	fault.AuthenticatorActive: {http.StatusConflict, "authenticator_active", "An authenticator is enabled already."},
	fault.AuthenticatorNone:   {http.StatusConflict, "authenticator_none", "There is no authenticator to do this with."},
	fault.LastWayIn:           {http.StatusConflict, "last_way_in", "The only way into the account can't be removed."},
	fault.LastAdmin:           {http.StatusConflict, "last_admin", "The last admin can't be demoted or deleted."},
	fault.NotDeleted:          {http.StatusConflict, "not_deleted", "The user is not deleted."},
	fault.MessageUnknown:      {http.StatusNotFound, "not_found", "There is no such message."},

	fault.CommunityUnknown: {http.StatusNotFound, "not_found", "There is no such community."},
	fault.ImageUnknown:     {http.StatusNotFound, "not_found", "There is no such picture."},
	fault.ImageRefused:     {http.StatusBadRequest, "image_refused", "This picture can't be taken."},

	fault.Throttled:   {http.StatusTooManyRequests, "too_many_requests", "Too many requests: wait before trying again."},
	fault.Overloaded:  {http.StatusServiceUnavailable, "overloaded", "The service is busy: try again soon."},
	fault.Unavailable: {http.StatusServiceUnavailable, "unavailable", "The service is not available: try again soon."},
	fault.Internal:    {http.StatusInternalServerError, "internal", "Something went wrong."},
}
