package core

import (
	"context"
	"strconv"

	"github.com/watchword/watchword/pkg/mailapi"
	"github.com/watchword/watchword/pkg/secret"
	"github.com/watchword/watchword/pkg/usersapi"
)

const backupCodeLength = 12 // letters and digits: 71 bits

// backupCodes gives the account n new backup codes in place of those it had, and their texts, which are never seen again.
func (c *Core) backupCodes(a *Account, n int) ([]secret.String, error) {
	a.BackupCodes = nil
	var texts []secret.String
	for range n {
		text, err := c.letters(backupCodeLength)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
		a.BackupCodes = append(a.BackupCodes, BackupCode{Hash: c.codes.Sum(string(a.ID), text.Reveal())})
	}
	return texts, nil
}

// SpendBackupCode spends one backup code. It shares the budget of wrong codes, and opens a factor that they locked.
func (c *Core) SpendBackupCode(ctx context.Context, in usersapi.SpendBackupCode) (usersapi.Done, error) {
	a, err := c.live(ctx, in.Account)
	if err != nil {
		return usersapi.Done{}, err
	}
	if err := c.guessCode(ctx, &a, false); err != nil {
		return usersapi.Done{}, err
	}
	entry, err := c.notice(&a, mailapi.BackupCodeUsed)
	if err != nil {
		return usersapi.Done{}, err
	}
	if entry != nil {
		entry.Data["left"] = strconv.Itoa(max(unspent(a)-1, 0))
	}
	ok, err := c.Store.SpendBackupCode(ctx, a.ID, c.codes.Candidates(string(a.ID), in.Code), c.now(), entry)
	if err == nil && !ok {
		err = c.wrongCode(ctx, a.ID)
	}
	if err != nil {
		return usersapi.Done{}, err
	}
	c.Observer.SecondFactor("backup_code")
	c.audit(ctx, "backup code spent", a.ID, "")
	if entry != nil {
		a.Outbox = append(a.Outbox, *entry)
	}
	c.settle(ctx, a)
	return usersapi.Done{Account: a.told()}, nil
}

func unspent(a Account) int {
	n := 0
	for _, code := range a.BackupCodes {
		if code.UsedAt.IsZero() {
			n++
		}
	}
	return n
}
