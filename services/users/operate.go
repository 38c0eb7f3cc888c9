package users

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os/user"
	"slices"
	"strconv"
	"time"

	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/fault"
	"github.com/watchword/watchword/pkg/mongodb"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/telemetry"
	"github.com/watchword/watchword/services/users/internal/core"
	store "github.com/watchword/watchword/services/users/internal/store/mongo"
)

// OperatorConfig is what an operator's command may need of the configuration; each asks for less of it than the service.
type OperatorConfig struct {
	Config

	TransferKey secret.Keyring `env:"WATCHWORD_TRANSFER_KEY" secret:"true" doc:"Key that seals authenticators, API keys and mailed tokens between \"users export\" and \"users import\"; a line of \"kid base64\", the same at both ends, of no use to the service."`
}

// Streams are a command's.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// operator is a command on its way.
type operator struct {
	cfg   OperatorConfig
	io    Streams
	log   *slog.Logger
	store *store.Store
}

// command is one of the operator's; nil for any other name.
func command(name string) func(o *operator, ctx context.Context, args []string) error {
	switch name {
	case "import":
		return (*operator).importAccounts
	case "export":
		return (*operator).exportAccounts
	case "totp-disable":
		return (*operator).disableFactor
	}
	return nil
}

// Operates tells whether args are an operator's command: "import", "export" or "totp-disable", each with flags.
func Operates(args []string) bool { return len(args) > 0 && command(args[0]) != nil }

// Operate runs an operator's command against the accounts' database, whether the service runs or not. An error says, too,
// that rows were refused.
func Operate(ctx context.Context, cfg OperatorConfig, streams Streams, args []string) error {
	if err := demand(map[string]bool{
		"WATCHWORD_MONGODB_URI": cfg.MongoDBURI.Empty(), "WATCHWORD_MONGODB_DATABASE": cfg.MongoDBDatabase == "",
	}); err != nil {
		return err
	}
	o := &operator{cfg: cfg, io: streams, log: telemetry.NewLogger(streams.Err, name, Version, "info")}
	tel, err := telemetry.New(ctx, telemetry.Config{Service: name, Version: Version, Logger: o.log})
	if err != nil {
		return err
	}
	db, err := mongodb.Connect(mongodb.Config{
		URI: cfg.MongoDBURI, CAFile: cfg.MongoDBCAFile, StableAPI: cfg.MongoDBStableAPI, AppName: name + "-operator/" + Version,
		Telemetry: tel, Logger: slog.New(slog.DiscardHandler), // what fails comes back
	})
	if err != nil {
		return fmt.Errorf("WATCHWORD_MONGODB_URI: %w", err)
	}
	o.store = store.New(db.Database(cfg.MongoDBDatabase))
	return errors.Join(command(args[0])(o, ctx, args[1:]), db.Disconnect(context.WithoutCancel(ctx)))
}

// demand reports the settings that are missing.
func demand(missing map[string]bool) error {
	var p env.Problems
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		if missing[name] {
			p.Add(name, "is missing; it must be set")
		}
	}
	return p.Err()
}

// flags is a set whose errors come back instead of being printed.
func flags(command string) *flag.FlagSet {
	set := flag.NewFlagSet(command, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return set
}

const disableUsage = "write totp-disable --username NAME --reason TEXT [--by WHO]"

// disableFactor switches an account's second factor off.
func (o *operator) disableFactor(ctx context.Context, args []string) error {
	set := flags("totp-disable")
	username, by, reason := set.String("username", "", ""), set.String("by", "", ""), set.String("reason", "", "")
	if err := set.Parse(args); err != nil || set.NArg() > 0 || *username == "" || *reason == "" {
		return errors.New(disableUsage)
	}
	if *by == "" {
		*by = osUser()
	}
	p, err := core.NewOperator(core.OperatorDeps{Store: o.store, Logger: o.log, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	err = p.DisableFactor(ctx, core.DisableFactor{Username: *username, By: *by, Reason: *reason})
	switch {
	case fault.Has(err, fault.AccountUnknown):
		return fmt.Errorf("no account is named %s", quoted(*username))
	case fault.Has(err, fault.AuthenticatorNone):
		return fmt.Errorf("%s has no authenticator", quoted(*username))
	case fault.Has(err, fault.LastWayIn):
		return fmt.Errorf("%s has no password: the authenticator is the only way in", quoted(*username))
	case err == nil:
		fmt.Fprintf(o.io.Out, "The second factor of %s is off.\n", quoted(*username))
	}
	return err
}

// osUser is who runs the command, as far as the system tells.
func osUser() string {
	who, err := user.Current()
	if err != nil {
		return "an unknown user"
	}
	return who.Username
}

// quoted is a name as a terminal may show it.
func quoted(s string) string {
	if core.CheckUsername(s) == nil {
		return s
	}
	return strconv.QuoteToASCII(s[:min(len(s), 64)])
}
