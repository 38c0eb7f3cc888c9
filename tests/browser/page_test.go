package browser

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/watchword/watchword/tests/kit"
)

func TestThePagesBehindMailedLinks(t *testing.T) {
	t.Parallel()
	binary := chromium(t)
	suite := start(t)
	browser := launch(t, binary)
	for name, test := range map[string]func(j journey){
		"an address is confirmed":                    confirms,
		"an address is confirmed, without scripts":   withoutScripts(confirms),
		"this was not me":                            disowns,
		"this was not me, without scripts":           withoutScripts(disowns),
		"a password is reset":                        resets,
		"a password is reset, without scripts":       withoutScripts(resets),
		"a change of address is undone":              undoes,
		"one of several registrations is confirmed":  confirmsOneOfSeveral,
		"an address is confirmed by keyboard":        confirmsByKeyboard,
		"a password is reset by keyboard":            resetsByKeyboard,
		"everything is in German":                    speaksGerman,
		"the token leaves the address bar":           hidesTheToken,
		"the pages fit a narrow screen, and fingers": fitsAPhone,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(journey{suite, open(t, browser), t})
		})
	}
}

func withoutScripts(test func(j journey)) func(j journey) {
	return func(j journey) {
		j.withoutScripts()
		test(j)
	}
}

func confirms(j journey) {
	a := j.RegisterEmail(j.t)
	link := j.mailed(a.Email, kit.Verify)
	p := j.visit(link).says(http.StatusOK, "Confirm your address", a.Username, a.Email, "UTC").speaks("en")
	for button, does := range map[string]string{
		"Confirm my address": "confirm it",
		"This was not me":    "takes your address off the account and signs everybody out of it",
	} {
		if got := p.find("button", button).description; !strings.Contains(got, does) {
			j.t.Errorf("%q is described as %q", button, got)
		}
	}
	if j.verified(a) {
		j.t.Error("looking at the page confirmed the address")
	}
	j.press("Confirm my address").says(http.StatusOK, "Your address is confirmed", a.Email, a.Username)
	if !j.verified(a) {
		j.t.Error("the address is not confirmed")
	}
	j.visit(link).says(http.StatusUnprocessableEntity, "This link is not valid", "all is well")
}

func disowns(j journey) {
	a := j.RegisterEmail(j.t)
	stranger := j.SignIn(j.t, a)
	j.visit(j.mailed(a.Email, kit.Verify)).says(http.StatusOK, "Confirm your address", a.Username)
	j.press("This was not me").says(http.StatusOK, "Your address was taken off")
	if stranger.Alive() {
		j.t.Error("a session of that account lives on")
	}
	j.Client(j.t).Register(kit.Account{Email: a.Email}) // which is free again
}

func resets(j journey) {
	a := j.RegisterVerified(j.t)
	j.visit(j.forgot(a)).says(http.StatusOK, "Set a new password", a.Username, a.Email, "From 8 to 256 characters")
	p := j.send("New password", "short", "Set the new password").says(http.StatusUnprocessableEntity, "Set a new password", a.Username)
	p.find("alert", "There is a problem")
	const why = "The password is too short: it needs at least 8 characters."
	p.find("link", why)
	if field := p.find("textbox", "New password"); !field.invalid || !strings.Contains(field.description, why) {
		j.t.Errorf("the field is %+v", field)
	}
	fresh := kit.Password()
	j.send("New password", fresh, "Set the new password").says(http.StatusOK, "Your new password is set")
	j.Client(j.t).Login(a.Username, fresh).Want(http.StatusOK)
}

func undoes(j journey) {
	a := j.RegisterVerified(j.t)
	c := j.SignIn(j.t, a)
	c.Put("/users/"+a.ID, map[string]any{"name": a.Name, "username": a.Username, "email": kit.Name() + "@example.com"}).Want(http.StatusOK)
	p := j.visit(j.mailed(a.Email, kit.Undo)).says(http.StatusOK, "Undo the change of your address", a.Username, a.Email)
	if n := len(p.all("button")); n != 1 {
		j.t.Errorf("%d buttons", n)
	}
	j.press("Restore my address").says(http.StatusOK, "Your address is restored", a.Email)
	if c.Alive() || !j.verified(a) {
		j.t.Error("the address is not restored, or a session lives on")
	}
}

// A stranger has registered with the same address: its owner confirms one registration, by its password, and drops the other.
func confirmsOneOfSeveral(j journey) {
	own := kit.Account{Username: kit.Name(), Email: kit.Name() + "@example.com", Password: kit.Password()}
	strangers := kit.Account{Username: kit.Name(), Email: own.Email, Password: kit.Password()}
	j.Client(j.t).Attempt("nerdcult", own)
	j.Client(j.t).Attempt("wolf", strangers)
	link := func(a kit.Account) string {
		return j.Mail(j.t, a.Email, func(m kit.Mail) bool { return m.Is(kit.Pending) && strings.Contains(m.Text, a.Username) }).Link()
	}
	const field, button = "Password of this registration", "Confirm and make the account"
	j.visit(link(own)).says(http.StatusOK, "Confirm your registration", own.Username, own.Email, "UTC").find("textbox", field)
	j.press(button).says(http.StatusUnprocessableEntity, "Confirm your registration", own.Username, "Enter the password that was chosen")
	j.send(field, strangers.Password, button).says(http.StatusUnprocessableEntity, "Confirm your registration", "This is not the password that was chosen")
	j.send(field, own.Password, button).says(http.StatusOK, "Your account is made", own.Username, own.Email)
	j.Client(j.t).Login(own.Username, own.Password).Want(http.StatusOK)
	j.visit(link(strangers)).says(http.StatusOK, "Confirm your registration", strangers.Username)
	j.press("This was not me").says(http.StatusOK, "The registration is dropped")
	j.Client(j.t).Login(strangers.Username, strangers.Password).Refused(http.StatusUnauthorized, "invalid_credentials")
}

func confirmsByKeyboard(j journey) {
	a := j.RegisterEmail(j.t)
	j.visit(j.mailed(a.Email, kit.Verify))
	j.patiently(func() *page {
		j.tabs("button Confirm my address", "button This was not me")
		j.must(chromedp.Do(j.ctx, chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift))))
		return j.submits(" ")
	}).says(http.StatusOK, "Your address is confirmed")
}

func resetsByKeyboard(j journey) {
	a := j.RegisterVerified(j.t)
	j.visit(j.forgot(a))
	const why = "Your username or address can’t be your password. Choose another one."
	j.patiently(func() *page {
		j.tabs("textbox New password")
		return j.submits(a.Username + kb.Enter)
	}).says(http.StatusUnprocessableEntity, "Set a new password", why)
	j.tabs("link " + why)
	fresh := kit.Password()
	j.patiently(func() *page {
		j.tabs("textbox New password")
		return j.submits(fresh + kb.Enter)
	}).says(http.StatusOK, "Your new password is set")
	j.Client(j.t).Login(a.Username, fresh).Want(http.StatusOK)
}

func speaksGerman(j journey) {
	j.speaking("fr;q=0.5, de-AT, en;q=0.8")
	a := j.RegisterEmail(j.t)
	link := j.mailed(a.Email, kit.Verify)
	j.visit(link).says(http.StatusOK, "Bestätigen Sie Ihre Adresse", a.Username, "Uhr (UTC)").speaks("de").find("button", "Das war ich nicht")
	j.press("Meine Adresse bestätigen").says(http.StatusOK, "Ihre Adresse ist bestätigt").speaks("de")
	j.visit(link).says(http.StatusUnprocessableEntity, "Dieser Link ist nicht gültig").speaks("de")
	j.visit(j.forgot(a)).says(http.StatusOK, "Wählen Sie ein neues Passwort")
	j.send("Neues Passwort", "kurz", "Neues Passwort setzen").says(http.StatusUnprocessableEntity, "Wählen Sie ein neues Passwort", "Das Passwort ist zu kurz").speaks("de")
	j.speaking("fr")
	j.visit(link).says(http.StatusUnprocessableEntity, "This link is not valid").speaks("en")
}

// What is in the address bar is in the history too, and on the screen of whoever looks over a shoulder.
func hidesTheToken(j journey) {
	a := j.RegisterEmail(j.t)
	link := j.mailed(a.Email, kit.Verify)
	j.visit(link)
	where, _, _ := strings.Cut(link, "?")
	if got := j.location(); got != where {
		j.t.Errorf("the address bar shows %s", got)
	}
	history, err := chromedp.Run(j.ctx, chromedp.NavigationEntries())
	if err != nil {
		j.t.Fatal(err)
	}
	for _, entry := range history.Entries {
		if strings.Contains(entry.URL, "token") {
			j.t.Errorf("the history holds %s", entry.URL)
		}
	}
}

func fitsAPhone(j journey) {
	if err := chromedp.Do(j.ctx, chromedp.EmulateViewport(320, 568, chromedp.EmulateMobile, chromedp.EmulateTouch)); err != nil {
		j.t.Fatal(err)
	}
	a := j.RegisterEmail(j.t)
	links := []string{j.mailed(a.Email, kit.Verify), j.forgot(a), j.Gateway + "/verify?token=x"}
	links[2] = strings.Replace(links[2], "127.0.0.1", host, 1)
	for _, link := range links {
		j.visit(link)
		for expression, want := range map[string]string{
			"document.documentElement.scrollWidth <= 320":                                                                                     "nothing is wider than the screen",
			"[...document.querySelectorAll('button, input:not([type=hidden], [hidden])')].every(e => e.offsetHeight >= 44)":                   "every control is as high as a finger",
			"[...document.querySelectorAll('input:not([type=hidden], [hidden])')].every(e => parseFloat(getComputedStyle(e).fontSize) >= 16)": "fields don't make a phone zoom",
		} {
			if ok, err := chromedp.Run(j.ctx, chromedp.Evaluate[bool](expression)); err != nil || !ok {
				j.t.Errorf("%s is not true, %v", want, err)
			}
		}
	}
}
