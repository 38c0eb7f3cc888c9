package transfer

import (
	"errors"

	"github.com/watchword/watchword/pkg/fault"
)

// sentences say in a report what core's rules and the store have against an account.
var sentences = map[fault.Reason]string{
	fault.UsernameRefused: "the username is not 3 to 32 letters, digits, dots, underscores or hyphens between letters or digits",
	fault.EmailMalformed:  "the email is not an address",
	fault.NameRefused:     "the name is not 1 to 100 characters that can be shown",
	fault.UsernameTaken:   "the username belongs to another account",
	fault.EmailTaken:      "the email belongs to another account",
}

func explain(err error) error {
	if err == nil {
		return nil
	}
	if sentence, ok := sentences[fault.Of(err).Reason]; ok {
		return errors.New(sentence)
	}
	return err
}
