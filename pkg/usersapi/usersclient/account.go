package usersclient

import (
	"context"

	"github.com/watchword/watchword/pkg/usersapi"
)

// Create makes an account at once.
func (c *Client) Create(ctx context.Context, in usersapi.Create) (usersapi.Profile, error) {
	return once[usersapi.Profile](ctx, c, usersapi.PathCreate, in)
}

// Prepare checks and seals a registration that is to wait for its link.
func (c *Client) Prepare(ctx context.Context, in usersapi.Prepare) (usersapi.Prepared, error) {
	return once[usersapi.Prepared](ctx, c, usersapi.PathPrepare, in)
}

// Commit makes the account that Prepare drafted.
func (c *Client) Commit(ctx context.Context, in usersapi.Commit) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathCommit, in)
}

// Delete soft-deletes the actor's account.
func (c *Client) Delete(ctx context.Context, in usersapi.Delete) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathDelete, in)
}

// Change sets names and password on the proof of the password.
func (c *Client) Change(ctx context.Context, in usersapi.Change) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathChange, in)
}

// ReplaceAPIKey gives the actor's account another API key.
func (c *Client) ReplaceAPIKey(ctx context.Context, in usersapi.ReplaceAPIKey) (usersapi.APIKey, error) {
	return once[usersapi.APIKey](ctx, c, usersapi.PathReplaceAPIKey, in)
}

// Enrol gives the actor's account an authenticator that waits for its first code.
func (c *Client) Enrol(ctx context.Context, in usersapi.Enrol) (usersapi.Enrolled, error) {
	return once[usersapi.Enrolled](ctx, c, usersapi.PathEnrol, in)
}

// ConfirmFactor enables it as a second factor.
func (c *Client) ConfirmFactor(ctx context.Context, in usersapi.ConfirmFactor) (usersapi.BackupCodes, error) {
	return once[usersapi.BackupCodes](ctx, c, usersapi.PathConfirmFactor, in)
}

// RemoveFactor takes it away.
func (c *Client) RemoveFactor(ctx context.Context, in usersapi.RemoveFactor) (usersapi.Done, error) {
	return once[usersapi.Done](ctx, c, usersapi.PathRemoveFactor, in)
}

// Recover switches the second factor off by a backup code.
func (c *Client) Recover(ctx context.Context, in usersapi.Recover) (usersapi.SignedIn, error) {
	return once[usersapi.SignedIn](ctx, c, usersapi.PathRecover, in)
}

// Profile gives a live account with what it says of the person.
func (c *Client) Profile(ctx context.Context, in usersapi.GetProfile) (usersapi.Profile, error) {
	return repeated[usersapi.Profile](ctx, c, usersapi.PathProfile, in)
}

// FindByAPIKey looks for the live account of an API key.
func (c *Client) FindByAPIKey(ctx context.Context, in usersapi.FindByAPIKey) (usersapi.Found, error) {
	return repeated[usersapi.Found](ctx, c, usersapi.PathFindByAPIKey, in)
}

// ShowAPIKey shows the actor's API key.
func (c *Client) ShowAPIKey(ctx context.Context, in usersapi.ShowAPIKey) (usersapi.APIKey, error) {
	return repeated[usersapi.APIKey](ctx, c, usersapi.PathShowAPIKey, in)
}
