package limit

import "time"

// Rule allows Count in Per, all at once if need be.
type Rule struct {
	Name  string // a metric's label: lower case and underscores
	Count int
	Per   time.Duration
}

// The rules of SECURITY.md, as functions so that nobody can change them. Config.Scale multiplies each Count.

// SignIn is for sign-in tries by client address.
func SignIn() Rule { return Rule{"sign_in", 30, time.Minute} }

// Registration is for registrations by client address.
func Registration() Rule { return Rule{"registration", 20, time.Hour} }

// MailHour and MailDay are for mails that somebody asked for, by recipient.
func MailHour() Rule { return Rule{"mail_recipient_hour", 3, time.Hour} }

// MailDay goes with MailHour.
func MailDay() Rule { return Rule{"mail_recipient_day", 10, 24 * time.Hour} }

// MailAddress is for mails that somebody asked for, by client address.
func MailAddress() Rule { return Rule{"mail_address", 60, time.Hour} }

// Reads is for reads by client address.
func Reads() Rule { return Rule{"reads", 600, time.Minute} }

// inARow labels the refusals of Attempt, and its keys.
const inARow = "failures"

// pace is a rule scaled: how long one takes up of the window, and the whole window.
type pace struct{ interval, window time.Duration }

// paced gives the pace of r with its count multiplied by scale, 1 at the least. The window is a multiple of the interval,
// so exactly count fit.
func (r Rule) paced(scale float64) pace {
	count := max(1, int64(float64(r.Count)*scale))
	interval := max(time.Microsecond, (r.Per / time.Duration(count)).Truncate(time.Microsecond))
	return pace{interval: interval, window: interval * time.Duration(count)}
}

// Backoff is how long to wait after so many wrong passwords in a row: nothing up to 9, then 30 s doubling to 1 h.
func Backoff(failures int64) time.Duration {
	if failures < free {
		return 0
	}
	return min(time.Hour, 30*time.Second<<min(failures-free, steps))
}

// free wrong passwords cost nothing; the wait grows in so many steps from there.
const (
	free  = 10
	steps = 7
)
