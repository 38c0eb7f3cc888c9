// Package command is the launcher's command line.
package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
	"github.com/spf13/cobra"

	"github.com/watchword/watchword/deploy/local/internal/journey"
	"github.com/watchword/watchword/deploy/local/internal/keys"
	"github.com/watchword/watchword/deploy/local/internal/launch"
	"github.com/watchword/watchword/pkg/env"
	"github.com/watchword/watchword/pkg/telemetry"
)

// New is the root: without a subcommand it runs the whole suite.
func New() *cobra.Command {
	root := &cobra.Command{
		Use:           "local",
		Short:         "Watchword on one machine: three services, embedded stores, an inbox and a gateway",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, done := untilInputEnds(cmd.Context())
			defer done()
			cfg, err := settings()
			if err != nil {
				return err
			}
			return launch.Run(ctx, launch.Options{
				Data:   cfg.Data,
				Listen: cfg.Listen,
				Inbox:  cfg.Inbox,
				Lookup: os.LookupEnv,
				Out:    os.Stdout,
				Log:    os.Stderr,
			})
		},
	}
	root.AddCommand(storesCommand(), helloCommand(), totpCommand(), keysCommand(), settingsCommand(), backupCommand())
	return root
}

func storesCommand() *cobra.Command {
	var o launch.StoresOptions
	cmd := &cobra.Command{
		Use:   "stores",
		Short: "Run the embedded stores alone",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, done := untilInputEnds(cmd.Context())
			defer done()
			cfg, err := settings()
			if err != nil {
				return err
			}
			o.Data = cfg.Data
			return launch.RunStores(ctx, o, telemetry.NewLogger(os.Stderr, "local", "", "warn"))
		},
	}
	cmd.Flags().StringVar(&o.MongoDB, "mongodb", "127.0.0.1:0", "address of the embedded MongoDB; empty: none")
	cmd.Flags().StringVar(&o.Redis, "redis", "127.0.0.1:0", "address of the embedded Redis; empty: none")
	return cmd
}

func helloCommand() *cobra.Command {
	var o journey.Options
	cmd := &cobra.Command{
		Use:   "hello",
		Short: "Sign up, read the mail, verify, sign in and refresh, against whatever runs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := settings()
			if err != nil {
				return err
			}
			if info, err := launch.ReadInfo(cfg.Data); err == nil {
				o.Gateway, o.Inbox = first(o.Gateway, info.Gateway), first(o.Inbox, info.Inbox)
			}
			o.Gateway, o.Inbox = first(o.Gateway, "http://"+cfg.Listen), first(o.Inbox, "http://"+cfg.Inbox)
			o.Out = cmd.OutOrStdout()
			return journey.Run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Gateway, "gateway", "", "where the API is (default: what runs here)")
	cmd.Flags().StringVar(&o.Inbox, "inbox", "", "where the inbox is (default: what runs here)")
	return cmd
}

func totpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "totp SECRET",
		Short: "Print the code an authenticator with that secret shows now (legion: SHA256, 6 digits, 30 s)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := totp.GenerateCodeCustom(args[0], time.Now(), totp.ValidateOpts{
				Period: 30, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA256,
			})
			if err != nil {
				return fmt.Errorf("the secret is not base32: %w", err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), code)
			return nil
		},
	}
}

func keysCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keys DIR",
		Short: "Mint the suite's keys into DIR, where they are missing",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			_, err := keys.Mint(args[0])
			return err
		},
	}
}

func backupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy the data of what runs here into a new folder, which can be run in its place",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := settings()
			if err != nil {
				return err
			}
			return launch.Backup(cmd.Context(), cfg.Data, args[0])
		},
	}
}

// untilInputEnds ends with standard input where WATCHWORD_EXIT_ON_STDIN_EOF is 1: a test that dies takes what it started
// with it.
func untilInputEnds(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if os.Getenv("WATCHWORD_EXIT_ON_STDIN_EOF") == "1" {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin) // its end or its failure mean the same
			cancel()
		}()
	}
	return ctx, cancel
}

// settings are the launcher's own.
func settings() (local, error) {
	var cfg local
	err := env.Load(&cfg, os.LookupEnv)
	return cfg, err
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
