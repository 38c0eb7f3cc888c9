package users

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/watchword/watchword/services/users/internal/transfer"
)

const (
	importUsage = "write import --format ndjson|lynx|wolf [--dry-run] [--without-backup-codes] FILE (or - for standard input)"
	exportUsage = "write export [--to FILE]"
)

// prepareLimit is how long a database may take to be up when accounts are brought in.
const prepareLimit = 30 * time.Second

// importAccounts adds the accounts of a file to those that are there.
func (o *operator) importAccounts(ctx context.Context, args []string) error {
	set := flags("import")
	name, dry, without := set.String("format", "", ""), set.Bool("dry-run", false, ""), set.Bool("without-backup-codes", false, "")
	if err := set.Parse(args); err != nil || set.NArg() != 1 {
		return errors.New(importUsage)
	}
	format, err := transfer.ParseFormat(*name)
	if err != nil {
		return err
	}
	if err := o.demandKeys(format == transfer.NDJSON); err != nil {
		return err
	}
	in, size, err := o.source(set.Arg(0))
	if err != nil {
		return err
	}
	defer in.Close()
	bar := o.bar("importing", size, true)
	t, err := o.transfer(report{o.io.Out, "row", bar}, func() {})
	if err != nil {
		return err
	}
	if !*dry {
		limited, cancel := context.WithTimeout(ctx, prepareLimit)
		defer cancel()
		if err := o.store.Prepare(limited, o.log); err != nil {
			return err
		}
	}
	sum, err := t.Import(ctx, io.TeeReader(in, bar), transfer.Options{Format: format, DryRun: *dry, WithoutBackupCodes: *without})
	bar.end()
	imported := "imported"
	if *dry {
		imported = "would be imported"
	}
	fmt.Fprintf(o.io.Out, "%d accounts %s, %d unchanged, %d refused\n", sum.Imported, imported, sum.Unchanged, sum.Refused)
	if sum.Communities > 0 {
		fmt.Fprintf(o.io.Out, "%d communities came with them\n", sum.Communities)
	}
	if err == nil && sum.Refused > 0 {
		err = fmt.Errorf("rows refused: %d", sum.Refused)
	}
	return err
}

// source opens the file that is named, "-" for standard input, and tells its size; -1: unknown.
func (o *operator) source(path string) (io.ReadCloser, int64, error) {
	if path == "-" {
		return io.NopCloser(o.io.In), -1, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return f, -1, err
	}
	return f, info.Size(), nil
}

// exportAccounts writes every account to a file, which is there whole or not at all, or to standard output.
func (o *operator) exportAccounts(ctx context.Context, args []string) error {
	set := flags("export")
	to := set.String("to", "", "")
	if err := set.Parse(args); err != nil || set.NArg() > 0 {
		return errors.New(exportUsage)
	}
	if err := o.demandKeys(true); err != nil {
		return err
	}
	total, err := o.store.Count(ctx, true)
	if err != nil {
		return err
	}
	bar := o.bar("exporting", total, false)
	t, err := o.transfer(report{o.io.Err, "account", bar}, bar.step)
	if err != nil {
		return err
	}
	var sum transfer.Exported
	write := func(out io.Writer) (err error) {
		sum, err = t.Export(ctx, out)
		return err
	}
	if *to == "" {
		err = write(o.io.Out)
	} else {
		err = replace(*to, write)
	}
	bar.end()
	if err != nil {
		return err
	}
	fmt.Fprintf(o.io.Err, "%d accounts exported\n", sum.Written)
	if sum.Refused > 0 {
		return fmt.Errorf("accounts that can't be carried: %d", sum.Refused)
	}
	return nil
}

// replace writes a file of mode 0600 beside path and puts it in its place when it is whole and on the disk.
func replace(path string, write func(out io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".export-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// demandKeys reports the keyrings that are missing; travels: that for the way is needed.
func (o *operator) demandKeys(travels bool) error {
	return demand(map[string]bool{
		"WATCHWORD_SEAL_KEYS": o.cfg.SealKeys.Empty(), "WATCHWORD_PEPPER_KEYS": o.cfg.PepperKeys.Empty(),
		"WATCHWORD_TRANSFER_KEY": travels && o.cfg.TransferKey.Empty(),
	})
}

// transfer puts together what carries accounts; done is told of each.
func (o *operator) transfer(r report, done func()) (*transfer.Transfer, error) {
	return transfer.New(transfer.Deps{
		Accounts: o.store, SealKeys: o.cfg.SealKeys, PepperKeys: o.cfg.PepperKeys, TransferKeys: o.cfg.TransferKey,
		Now: time.Now, Rand: rand.Reader, Refused: r.refused, Noted: r.noted, Done: done,
	})
}
