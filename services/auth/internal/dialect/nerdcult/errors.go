package nerdcult

import (
	"net/http"

	"github.com/watchword/watchword/pkg/fault"
)

// refusal is how the dialect words a reason. Its document has 403 for whatever is "blocked for security reasons", so that
// throttling is 403 too.
type refusal struct {
	status int
	code   string
}

var refusals = map[fault.Reason]refusal{
	fault.Malformed:        {http.StatusBadRequest, "malformed"},
	fault.EmailMalformed:   {http.StatusUnprocessableEntity, "email_malformed"},
	fault.UsernameRefused:  {http.StatusBadRequest, "username_refused"},
	fault.NameRefused:      {http.StatusBadRequest, "name_refused"},
	fault.ValueRefused:     {http.StatusBadRequest, "value_refused"},
	fault.PasswordRefused:  {http.StatusBadRequest, "password_refused"},
	fault.ImageRefused:     {http.StatusBadRequest, "image_refused"},
	fault.RouteUnknown:     {http.StatusNotFound, "not_found"},
	fault.MethodRefused:    {http.StatusMethodNotAllowed, "method_not_allowed"},
	fault.MediaUnsupported: {http.StatusUnsupportedMediaType, "unsupported_media_type"},
	fault.NotAcceptable:    {http.StatusNotAcceptable, "not_acceptable"},
	fault.TooLarge:         {http.StatusRequestEntityTooLarge, "body_too_large"},
	fault.Misdirected:      {http.StatusMisdirectedRequest, "misdirected"},

	fault.Unauthenticated:    {http.StatusUnauthorized, "unauthorized"},
	fault.CredentialsWrong:   {http.StatusUnauthorized, "invalid_credentials"},
	fault.PasswordWrong:      {http.StatusUnauthorized, "invalid_credentials"},
	fault.CodeWrong:          {http.StatusUnauthorized, "invalid_code"},
	fault.BackupCodeWrong:    {http.StatusUnauthorized, "invalid_code"},
	fault.RefreshInvalid:     {http.StatusUnauthorized, "invalid_token"},
	fault.ChallengeInvalid:   {http.StatusUnauthorized, "invalid_challenge"},
	fault.CodeRequired:       {http.StatusForbidden, "two_factor_required"},
	fault.FactorLocked:       {http.StatusForbidden, "two_factor_locked"},
	fault.Forbidden:          {http.StatusForbidden, "forbidden"},
	fault.CSRFInvalid:        {http.StatusForbidden, "csrf_invalid"},
	fault.OriginRefused:      {http.StatusForbidden, "origin_refused"},
	fault.RegistrationClosed: {http.StatusForbidden, "registration_closed"},
	fault.CodeSigninOff:      {http.StatusForbidden, "code_signin_disabled"},
	fault.DemoMode:           {http.StatusForbidden, "demo_mode"},
	fault.LastAdmin:          {http.StatusForbidden, "last_admin"},
	fault.Throttled:          {http.StatusForbidden, "throttled"},
	fault.LinkInvalid:        {http.StatusNotFound, "token_unknown"},
	fault.AccountUnknown:     {http.StatusNotFound, "username_unknown"},
	fault.SessionUnknown:     {http.StatusNotFound, "token_not_found"},
	fault.EmailUnverified:    {http.StatusFailedDependency, "not_verified"},

	fault.UsernameTaken:       {http.StatusConflict, "username_taken"},
	fault.EmailTaken:          {http.StatusConflict, "email_taken"},
	fault.VersionConflict:     {http.StatusConflict, "version_conflict"},
	fault.AuthenticatorActive: {http.StatusConflict, "authenticator_active"},
	fault.AuthenticatorNone:   {http.StatusConflict, "authenticator_none"},
	fault.LastWayIn:           {http.StatusConflict, "last_way_in"},
	fault.NotDeleted:          {http.StatusConflict, "not_deleted"},
	fault.MessageUnknown:      {http.StatusNotFound, "not_found"},
	fault.CommunityUnknown:    {http.StatusNotFound, "not_found"},
	fault.ImageUnknown:        {http.StatusNotFound, "not_found"},

	fault.Overloaded:  {http.StatusServiceUnavailable, "overloaded"},
	fault.Unavailable: {http.StatusServiceUnavailable, "unavailable"},
	fault.Internal:    {http.StatusInternalServerError, "internal"},
}
