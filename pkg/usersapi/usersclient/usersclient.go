// Package usersclient calls users' internal API. Refusals come back as the faults that usersapi names; a failure of the
// way is fault.Unavailable.
package usersclient

import (
	"context"

	"github.com/watchword/watchword/pkg/rpc"
	"github.com/watchword/watchword/pkg/usersapi"
)

// Client has one method for each operation of usersapi. What only reads is repeated while users can't be reached; what
// counts a try or changes an account is sent once.
type Client struct{ rpc *rpc.Client }

// New calls over c, whose callee is users.
func New(c *rpc.Client) *Client { return &Client{c} }

// SignIn proves an account's first factor by its password, and the second where one is on.
func (c *Client) SignIn(ctx context.Context, in usersapi.SignIn) (usersapi.SignedIn, error) {
	return once[usersapi.SignedIn](ctx, c, usersapi.PathSignIn, in)
}

// CodeSignIn proves an account by a code alone.
func (c *Client) CodeSignIn(ctx context.Context, in usersapi.CodeSignIn) (usersapi.SignedIn, error) {
	return once[usersapi.SignedIn](ctx, c, usersapi.PathCodeSignIn, in)
}

// SecondFactor proves the second factor of an account whose first one a challenge vouches for.
func (c *Client) SecondFactor(ctx context.Context, in usersapi.SecondFactor) (usersapi.SignedIn, error) {
	return once[usersapi.SignedIn](ctx, c, usersapi.PathSecondFactor, in)
}

// Account gives a live account.
func (c *Client) Account(ctx context.Context, in usersapi.GetAccount) (usersapi.Account, error) {
	return repeated[usersapi.Account](ctx, c, usersapi.PathAccount, in)
}

// FindByEmail looks for the live account that mail for an address belongs to.
func (c *Client) FindByEmail(ctx context.Context, in usersapi.FindByEmail) (usersapi.Found, error) {
	return repeated[usersapi.Found](ctx, c, usersapi.PathFindByEmail, in)
}

// ConfirmEmail marks an account's email as verified.
func (c *Client) ConfirmEmail(ctx context.Context, in usersapi.ConfirmEmail) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathConfirmEmail, in)
}

// DisownEmail takes an address off an account.
func (c *Client) DisownEmail(ctx context.Context, in usersapi.DisownEmail) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathDisownEmail, in)
}

// UndoEmailChange restores an address verified before.
func (c *Client) UndoEmailChange(ctx context.Context, in usersapi.UndoEmailChange) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathUndoEmailChange, in)
}

// ResetPassword sets a password by mail.
func (c *Client) ResetPassword(ctx context.Context, in usersapi.ResetPassword) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathResetPassword, in)
}

func once[Out any](ctx context.Context, c *Client, path string, in any) (out Out, err error) {
	err = c.rpc.Call(ctx, path, false, in, &out)
	return out, err
}

func repeated[Out any](ctx context.Context, c *Client, path string, in any) (out Out, err error) {
	err = c.rpc.Call(ctx, path, true, in, &out)
	return out, err
}
