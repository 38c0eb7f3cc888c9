package page

import (
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
)

var english = words{
	Language: "en",
	Time:     func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },

	Username: "Username",
	Address:  "Address",
	When:     "When",
	Problem:  "There is a problem",
	Disown:   "This was not me",
	Again:    "Try again",

	Asks: map[code.Purpose]ask{
		code.Verify: {
			Title:    "Confirm your address",
			Lead:     "Your email address was given for this account:",
			Does:     "If the account is yours, confirm it. The address can then be used to reset the account’s password.",
			Button:   "Confirm my address",
			Else:     "Was it not you?",
			Instead:  "This button takes your address off the account and signs everybody out of it.",
			Done:     message{"Your address is confirmed", "{address} is the confirmed address of the account {username}.", "You can close this page."},
			Disowned: message{"Your address was taken off", "The account does not have your address any more, and everybody who was signed in to it is signed out.", "You can close this page."},
		},
		code.Pending: {
			Title:   "Confirm your registration",
			Lead:    "Somebody registered with your email address:",
			Does:    "If it was you, confirm it. This makes the account, with the password that was chosen at this registration.",
			Button:  "Confirm and make the account",
			Else:    "Was it not you?",
			Instead: "This button drops the registration, and no account is made of it.",
			Field: &field{
				Label:        "Password of this registration",
				Hint:         "Several registrations wait for your address. The password that you chose at this one shows that it is yours.",
				Autocomplete: "current-password",
				AtNeed:       true,
			},
			Done:     message{"Your account is made", "You can sign in as {username} now, and {address} is the account’s confirmed address.", "You can close this page."},
			Disowned: message{"The registration is dropped", "No account was made of it.", "You can close this page."},
		},
		code.Undo: {
			Title:   "Undo the change of your address",
			Lead:    "The address of this account was changed. It was yours until then:",
			Does:    "If it was not you who changed it, restore your address. This also signs everybody out of the account.",
			Button:  "Restore my address",
			Else:    "Did you change it yourself?",
			Instead: "Then close this page, and the change stays.",
			Done: message{
				"Your address is restored", "{address} is the confirmed address of the account {username} again, and everybody is signed out of it.",
				"Please choose a new password now, by “forgot password” where you sign in.",
			},
		},
		code.Reset: {
			Title:   "Set a new password",
			Lead:    "Somebody, most likely you, asked for a new password for this account:",
			Does:    "The button sets the new password, signs everybody out of the account and replaces its API key. If your address was not confirmed before, an authenticator that was set up earlier is removed too.",
			Button:  "Set the new password",
			Else:    "Did you not ask for this?",
			Instead: "Then close this page, and your password stays as it is.",
			Field: &field{
				Label:        "New password",
				Hint:         "From {least} to 256 characters, of any kind. Not your username or address, and none that many people use.",
				Autocomplete: "new-password",
			},
			Done: message{"Your new password is set", "Everybody who was signed in to the account is signed out.", "Sign in with the new password now."},
		},
	},

	Refusals: map[fault.Reason]message{
		fault.LinkInvalid:        {Title: "This link is not valid", Text: "It was used already, it has lapsed, or it is not the whole link from the mail."},
		fault.Malformed:          {Title: "This did not work", Text: "The request is incomplete.", Next: "Open the link from the mail again."},
		fault.EmailTaken:         {Title: "This can’t be undone any more", Text: "Another account has this address by now."},
		fault.RegistrationClosed: {Title: "Registration is closed", Text: "New accounts are not made here at the moment."},
		fault.DemoMode:           {Title: "This is a demonstration", Text: "Passwords and addresses can’t be changed here."},
		fault.OriginRefused:      {Title: "This did not work", Text: "Requests from another site are not allowed here.", Next: "Open the link from the mail again."},
		fault.MediaUnsupported:   {Title: "This did not work", Text: "The form was sent in a format that is not understood."},
		fault.NotAcceptable:      {Title: "This did not work", Text: "Only a page can be answered here."},
		fault.TooLarge:           {Title: "This did not work", Text: "The request is too large.", Next: "Open the link from the mail again."},
		fault.RouteUnknown:       {Title: "This did not work", Text: "There is nothing at this address.", Next: "Open the link from the mail again."},
		fault.MethodRefused:      {Title: "This did not work", Text: "This address can’t be used like that."},
		fault.Misdirected:        {Title: "This did not work", Text: "This host is not served here."},
		fault.Throttled:          {Title: "Too many requests", Text: "Your link stays valid. Wait a minute and try again."},
		fault.Overloaded:         {Title: "The service is busy", Text: "Your link stays valid. Try again in a moment."},
		fault.Unavailable:        {Title: "The service is not available", Text: "Your link stays valid. Try again in a moment."},
		fault.Internal:           {Title: "Something went wrong", Text: "The fault is on our side.", Next: "Open the link from the mail again later."},
	},
	Lapsed: map[string]string{
		verifyPath: "If you have just used it, all is well. Otherwise open the newest mail, or ask for a new one where you sign in or register.",
		resetPath:  "If you have just used it, sign in with the new password. Otherwise open the newest mail, or ask for a new one by “forgot password” where you sign in.",
	},

	Problems: map[fault.Reason]string{
		fault.PasswordRefused:  "This password can’t be used. Choose another one.",
		fault.CredentialsWrong: "This is not the password that was chosen at this registration.",
		fault.Throttled:        "Too many requests came from your network. Wait a minute and press the button again.",
		fault.Overloaded:       "The service is busy. Wait a moment and press the button again.",
		fault.Unavailable:      "The service is not available. Wait a moment and press the button again.",
	},
	Passwords: map[string]string{
		"too_short":    "The password is too short: it needs at least {least} characters.",
		"too_long":     "The password is too long: 256 characters are the most.",
		"too_common":   "Many people use this password, so it is easily guessed. Choose another one.",
		"equals_login": "Your username or address can’t be your password. Choose another one.",
	},
	Missing: "Enter the password that was chosen at this registration.",
}
