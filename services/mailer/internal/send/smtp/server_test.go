package smtp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/watchword/watchword/pkg/secret"
)

func TestParseServer(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"smtp://mail.example.com":                         "mail.example.com:587 required false",
		"smtp://mail.example.com:25?starttls=optional":    "mail.example.com:25 optional false",
		"smtp://mail.example.com?starttls=disabled":       "mail.example.com:587 disabled false",
		"smtps://mail.example.com":                        "mail.example.com:465 required true",
		"smtp://u:p%40ss@mail.example.com/":               "mail.example.com:587 required false",
		"smtp://u:hunter2@localhost:25?starttls=disabled": "localhost:25 disabled false",
		"smtp://[::1]:1025?starttls=disabled":             "[::1]:1025 disabled false",
	} {
		s, err := ParseServer(secret.New(url))
		if got := fmt.Sprintf("%s %s %t", s.address(), s.starttls, s.implicitTLS); err != nil || got != want {
			t.Errorf("%s is %s, %v", url, got, err)
		}
		if strings.Contains(fmt.Sprint(s), "hunter2") {
			t.Errorf("%s shows its password", url)
		}
	}
	for _, url := range []string{
		"", "mail.example.com:587", "http://mail.example.com", "smtp://", "smtp://:587", "smtp://h:0", "smtp://h:65536", "smtp://h/path",
		"smtp://h?starttls=maybe", "smtp://h?tls=on", "smtp://h?starttls=required&starttls=disabled", "smtps://h?starttls=disabled",
		"smtp://hunter2@h", "smtp://:hunter2@h", "smtp://u:hunter2@h?starttls=optional", "smtp://u:hunter2@h?starttls=disabled", "smtp://u:hunter2@h:x",
	} {
		if s, err := ParseServer(secret.New(url)); err == nil {
			t.Errorf("%q is %s", url, s)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error repeats it: %v", url, err)
		}
	}
}
