package command

import (
	"bytes"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/services/auth"
	"github.com/watchword/watchword/services/mailer"
	"github.com/watchword/watchword/services/users"
)

// The table stands between these lines of a Markdown file.
const (
	settingsBegin = "<!-- settings: made by `make docs-fix` -->\n"
	settingsEnd   = "<!-- end of settings -->\n"
)

// local are the settings of the launcher itself.
type local struct {
	Listen string `env:"WATCHWORD_LISTEN" envDefault:"127.0.0.1:8080" doc:"Address of the local run's gateway."`
	Inbox  string `env:"WATCHWORD_INBOX_LISTEN" envDefault:"127.0.0.1:8025" doc:"Address of the local run's inbox."`
	Data   string `env:"WATCHWORD_DATA" envDefault:".data" doc:"Folder of the local run's data and keys."`
}

func settingsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "settings FILE",
		Short: "Write the table of all settings into a Markdown file, between its two marks",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			old, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			now, err := withSettings(old)
			if err != nil {
				return err
			}
			return os.WriteFile(args[0], now, 0o644)
		},
	}
}

// withSettings gives the page with its table as the code has it.
func withSettings(page []byte) ([]byte, error) {
	before, rest, begins := bytes.Cut(page, []byte(settingsBegin))
	_, after, ends := bytes.Cut(rest, []byte(settingsEnd))
	if !begins || !ends {
		return nil, errors.New("the file lacks the marks between which the table of settings stands")
	}
	var out bytes.Buffer
	out.Write(before)
	out.WriteString(settingsBegin)
	settings := env.Settings(map[string]any{"auth": auth.Config{}, "users": users.OperatorConfig{}, "mailer": mailer.Config{}, "local": local{}})
	if err := env.WriteTable(&out, settings); err != nil {
		return nil, err
	}
	out.WriteString(settingsEnd)
	out.Write(after)
	return out.Bytes(), nil
}
