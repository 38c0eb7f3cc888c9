package page

import (
	"fmt"
	"time"

	"github.com/watchword/watchword/pkg/code"
	"github.com/watchword/watchword/pkg/fault"
)

var monate = [...]string{
	"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember",
}

var german = words{
	Language: "de",
	Time: func(t time.Time) string {
		t = t.UTC()
		return fmt.Sprintf("%d. %s %d, %s Uhr (UTC)", t.Day(), monate[t.Month()-1], t.Year(), t.Format("15:04"))
	},

	Username: "Benutzer",
	Address:  "Adresse",
	When:     "Zeit",
	Problem:  "Das hat nicht geklappt",
	Disown:   "Das war ich nicht",
	Again:    "Noch einmal versuchen",

	Asks: map[code.Purpose]ask{
		code.Verify: {
			Title:    "Bestätigen Sie Ihre Adresse",
			Lead:     "Ihre E-Mail-Adresse wurde für dieses Konto angegeben:",
			Does:     "Wenn das Konto Ihnen gehört, bestätigen Sie es. Mit der Adresse kann dann das Passwort des Kontos zurückgesetzt werden.",
			Button:   "Meine Adresse bestätigen",
			Else:     "Waren Sie das nicht?",
			Instead:  "Dieser Knopf nimmt Ihre Adresse aus dem Konto und meldet dort alle ab.",
			Done:     message{"Ihre Adresse ist bestätigt", "{address} ist die bestätigte Adresse des Kontos {username}.", "Sie können diese Seite schließen."},
			Disowned: message{"Ihre Adresse ist entfernt", "Das Konto hat Ihre Adresse nicht mehr, und alle, die dort angemeldet waren, sind abgemeldet.", "Sie können diese Seite schließen."},
		},
		code.Pending: {
			Title:   "Bestätigen Sie Ihre Registrierung",
			Lead:    "Jemand hat sich mit Ihrer E-Mail-Adresse registriert:",
			Does:    "Wenn Sie das waren, bestätigen Sie es. Damit entsteht das Konto, mit dem Passwort, das bei dieser Registrierung gewählt wurde.",
			Button:  "Bestätigen und Konto anlegen",
			Else:    "Waren Sie das nicht?",
			Instead: "Dieser Knopf verwirft die Registrierung, und es entsteht kein Konto daraus.",
			Field: &field{
				Label:        "Passwort dieser Registrierung",
				Hint:         "Für Ihre Adresse warten mehrere Registrierungen. Das Passwort, das Sie bei dieser gewählt haben, zeigt, dass es Ihre ist.",
				Autocomplete: "current-password",
				AtNeed:       true,
			},
			Done:     message{"Ihr Konto ist angelegt", "Sie können sich jetzt als {username} anmelden, und {address} ist die bestätigte Adresse des Kontos.", "Sie können diese Seite schließen."},
			Disowned: message{"Die Registrierung ist verworfen", "Es ist kein Konto daraus entstanden.", "Sie können diese Seite schließen."},
		},
		code.Undo: {
			Title:   "Machen Sie die Änderung Ihrer Adresse rückgängig",
			Lead:    "Die Adresse dieses Kontos wurde geändert. Bis dahin war es Ihre:",
			Does:    "Wenn nicht Sie das waren, stellen Sie Ihre Adresse wieder her. Damit werden auch alle, die im Konto angemeldet sind, abgemeldet.",
			Button:  "Meine Adresse wiederherstellen",
			Else:    "Haben Sie sie selbst geändert?",
			Instead: "Dann schließen Sie diese Seite, und es bleibt bei der Änderung.",
			Done: message{
				"Ihre Adresse gilt wieder", "{address} ist wieder die bestätigte Adresse des Kontos {username}, und alle sind dort abgemeldet.",
				"Bitte wählen Sie jetzt ein neues Passwort („Passwort vergessen“ bei der Anmeldung).",
			},
		},
		code.Reset: {
			Title:   "Wählen Sie ein neues Passwort",
			Lead:    "Jemand, vermutlich Sie, möchte ein neues Passwort für dieses Konto:",
			Does:    "Der Knopf setzt das neue Passwort, meldet alle ab, die im Konto angemeldet sind, und ersetzt den API-Schlüssel. Falls Ihre Adresse noch nicht bestätigt war, wird auch ein früher eingerichteter Authenticator entfernt.",
			Button:  "Neues Passwort setzen",
			Else:    "Wollten Sie das nicht?",
			Instead: "Dann schließen Sie diese Seite, und Ihr Passwort bleibt, wie es ist.",
			Field: &field{
				Label:        "Neues Passwort",
				Hint:         "{least} bis 256 beliebige Zeichen. Nicht Ihr Benutzername, nicht Ihre Adresse und keines, das viele verwenden.",
				Autocomplete: "new-password",
			},
			Done: message{"Ihr neues Passwort gilt", "Alle, die im Konto angemeldet waren, sind abgemeldet.", "Melden Sie sich jetzt mit dem neuen Passwort an."},
		},
	},

	Refusals: map[fault.Reason]message{
		fault.LinkInvalid:        {Title: "Dieser Link ist nicht gültig", Text: "Er wurde schon verwendet, er ist abgelaufen, oder es ist nicht der ganze Link aus der E-Mail."},
		fault.Malformed:          {Title: "Das hat nicht geklappt", Text: "Die Anfrage ist unvollständig.", Next: "Öffnen Sie den Link aus der E-Mail noch einmal."},
		fault.EmailTaken:         {Title: "Das geht nicht mehr", Text: "Die Adresse gehört inzwischen zu einem anderen Konto."},
		fault.RegistrationClosed: {Title: "Die Registrierung ist geschlossen", Text: "Zurzeit entstehen hier keine neuen Konten."},
		fault.DemoMode:           {Title: "Dies ist eine Vorführung", Text: "Passwörter und Adressen können hier nicht geändert werden."},
		fault.OriginRefused:      {Title: "Das hat nicht geklappt", Text: "Anfragen von anderen Seiten sind hier nicht erlaubt.", Next: "Öffnen Sie den Link aus der E-Mail noch einmal."},
		fault.MediaUnsupported:   {Title: "Das hat nicht geklappt", Text: "Das Formular kam in einem Format, das nicht verstanden wird."},
		fault.NotAcceptable:      {Title: "Das hat nicht geklappt", Text: "Hier kann nur mit einer Seite geantwortet werden."},
		fault.TooLarge:           {Title: "Das hat nicht geklappt", Text: "Die Anfrage ist zu groß.", Next: "Öffnen Sie den Link aus der E-Mail noch einmal."},
		fault.RouteUnknown:       {Title: "Das hat nicht geklappt", Text: "Unter dieser Adresse gibt es nichts.", Next: "Öffnen Sie den Link aus der E-Mail noch einmal."},
		fault.MethodRefused:      {Title: "Das hat nicht geklappt", Text: "Diese Adresse kann so nicht verwendet werden."},
		fault.Misdirected:        {Title: "Das hat nicht geklappt", Text: "Diesen Host gibt es hier nicht."},
		fault.Throttled:          {Title: "Zu viele Anfragen", Text: "Ihr Link bleibt gültig. Warten Sie eine Minute und versuchen Sie es noch einmal."},
		fault.Overloaded:         {Title: "Der Dienst ist überlastet", Text: "Ihr Link bleibt gültig. Versuchen Sie es gleich noch einmal."},
		fault.Unavailable:        {Title: "Der Dienst ist nicht erreichbar", Text: "Ihr Link bleibt gültig. Versuchen Sie es gleich noch einmal."},
		fault.Internal:           {Title: "Etwas ist schiefgegangen", Text: "Der Fehler liegt bei uns.", Next: "Öffnen Sie den Link aus der E-Mail später noch einmal."},
	},
	Lapsed: map[string]string{
		verifyPath: "Wenn Sie ihn eben verwendet haben, ist alles gut. Sonst öffnen Sie die neueste E-Mail, oder fordern Sie bei der Anmeldung oder Registrierung eine neue an.",
		resetPath:  "Wenn Sie ihn eben verwendet haben, melden Sie sich mit dem neuen Passwort an. Sonst öffnen Sie die neueste E-Mail, oder fordern Sie eine neue an („Passwort vergessen“ bei der Anmeldung).",
	},

	Problems: map[fault.Reason]string{
		fault.PasswordRefused:  "Dieses Passwort kann nicht verwendet werden. Wählen Sie ein anderes.",
		fault.CredentialsWrong: "Das ist nicht das Passwort, das bei dieser Registrierung gewählt wurde.",
		fault.Throttled:        "Aus Ihrem Netz kamen zu viele Anfragen. Warten Sie eine Minute und drücken Sie den Knopf noch einmal.",
		fault.Overloaded:       "Der Dienst ist überlastet. Warten Sie einen Moment und drücken Sie den Knopf noch einmal.",
		fault.Unavailable:      "Der Dienst ist nicht erreichbar. Warten Sie einen Moment und drücken Sie den Knopf noch einmal.",
	},
	Passwords: map[string]string{
		"too_short":    "Das Passwort ist zu kurz: Es braucht mindestens {least} Zeichen.",
		"too_long":     "Das Passwort ist zu lang: Es darf höchstens 256 Zeichen haben.",
		"too_common":   "Dieses Passwort verwenden viele, es ist leicht zu erraten. Wählen Sie ein anderes.",
		"equals_login": "Ihr Benutzername oder Ihre Adresse kann nicht das Passwort sein. Wählen Sie ein anderes.",
	},
	Missing: "Geben Sie das Passwort ein, das bei dieser Registrierung gewählt wurde.",
}
