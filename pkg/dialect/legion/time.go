package legion

import (
	"strconv"
	"time"
)

// Time writes t as the dialect does: ISO 8601 in UTC with milliseconds.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// UnixText writes t as a UNIX timestamp in a string, as expiresIn is.
func UnixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
