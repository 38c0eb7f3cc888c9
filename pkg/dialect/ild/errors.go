package ild

import (
	"net/http"

	"github.com/watchword/watchword/pkg/fault"
)

// refusal is how the dialect words a reason. Its document lists no 409 and no 422: both are 400 here. Its samples' words
// are kept: "Authentication required", "Insufficient permissions", "Resource not found", "An unexpected error occurred".
type refusal struct {
	status  int
	message string
}

const notFound = "Resource not found"

var refusals = map[fault.Reason]refusal{
	fault.Malformed:        {http.StatusBadRequest, "The request is not in the expected format."},
	fault.EmailMalformed:   {http.StatusBadRequest, "The email is not an address."},
	fault.UsernameRefused:  {http.StatusBadRequest, "A username is 3 to 32 letters, digits, dots, underscores or hyphens, and begins and ends with a letter or digit."},
	fault.NameRefused:      {http.StatusBadRequest, "A name is 1 to 100 characters without control characters."},
	fault.ValueRefused:     {http.StatusBadRequest, "A value is out of its bounds."},
	fault.PasswordRefused:  {http.StatusBadRequest, "This password can't be used."},
	fault.RouteUnknown:     {http.StatusNotFound, notFound},
	fault.MethodRefused:    {http.StatusMethodNotAllowed, "This path has other methods."},
	fault.MediaUnsupported: {http.StatusUnsupportedMediaType, "This path takes no body of this type."},
	fault.NotAcceptable:    {http.StatusNotAcceptable, "Only application/json can be answered."},
	fault.TooLarge:         {http.StatusRequestEntityTooLarge, "The body is too large."},
	fault.Misdirected:      {http.StatusMisdirectedRequest, "This host is not served here."},

	fault.Unauthenticated:    {http.StatusUnauthorized, "Authentication required"},
	fault.CredentialsWrong:   {http.StatusUnauthorized, "The credentials are not correct."},
	fault.CodeWrong:          {http.StatusUnauthorized, "The code is not correct or was used already."},
	fault.CodeRequired:       {http.StatusUnauthorized, "Two-factor code required"},
	fault.FactorLocked:       {http.StatusForbidden, "Too many wrong codes: the second factor is locked until the account is recovered."},
	fault.ChallengeInvalid:   {http.StatusUnauthorized, "The challenge is unknown, spent or has lapsed."},
	fault.RefreshInvalid:     {http.StatusUnauthorized, "The refresh token is not valid."},
	fault.LinkInvalid:        {http.StatusBadRequest, "The token is unknown, spent or has lapsed."},
	fault.Forbidden:          {http.StatusForbidden, "Insufficient permissions"},
	fault.CSRFInvalid:        {http.StatusForbidden, "The CSRF token is missing or not valid."},
	fault.OriginRefused:      {http.StatusForbidden, "Requests from this origin are not allowed."},
	fault.RegistrationClosed: {http.StatusForbidden, "Registration is closed."},
	fault.CodeSigninOff:      {http.StatusForbidden, "Sign-in by code alone is switched off."},
	fault.PasswordWrong:      {http.StatusBadRequest, "The password is not correct."},
	fault.BackupCodeWrong:    {http.StatusUnauthorized, "The backup code is not correct or was used already."},
	fault.EmailUnverified:    {http.StatusUnauthorized, "The credentials are not correct."},
	fault.DemoMode:           {http.StatusForbidden, "This can't be changed in a demonstration."},

	fault.AccountUnknown:      {http.StatusNotFound, notFound},
	fault.SessionUnknown:      {http.StatusNotFound, notFound},
	fault.UsernameTaken:       {http.StatusBadRequest, "The username is taken."},
	fault.EmailTaken:          {http.StatusBadRequest, "The email is taken."},
	fault.VersionConflict:     {http.StatusBadRequest, "The user was changed meanwhile."},
	fault.AuthenticatorActive: {http.StatusBadRequest, "An authenticator is enabled already."},
	fault.AuthenticatorNone:   {http.StatusBadRequest, "There is no authenticator to do this with."},
	fault.LastWayIn:           {http.StatusBadRequest, "The only way into the account can't be removed."},
	fault.LastAdmin:           {http.StatusBadRequest, "The last admin can't be demoted or deleted."},
	fault.NotDeleted:          {http.StatusBadRequest, "The user is not deleted."},
	fault.MessageUnknown:      {http.StatusNotFound, notFound},
	fault.CommunityUnknown:    {http.StatusNotFound, notFound},
	fault.ImageUnknown:        {http.StatusNotFound, notFound},
	fault.ImageRefused:        {http.StatusBadRequest, "The picture must be a JPEG, PNG, GIF or WebP of at most 40 megapixels."},

	fault.Throttled:   {http.StatusTooManyRequests, "Too many requests: wait before trying again."},
	fault.Overloaded:  {http.StatusServiceUnavailable, "The service is busy: try again soon."},
	fault.Unavailable: {http.StatusServiceUnavailable, "The service is not available: try again soon."},
	fault.Internal:    {http.StatusInternalServerError, "An unexpected error occurred"},
}
