// Package core holds users' use cases: accounts and their credentials. It knows no HTTP, no BSON and no Redis.
//
// An account with its credentials is one document, so each change is one conditional update and nothing can be half
// done. Visible changes go through change, which compares the version; guesses at secrets are counted in the account
// before they are checked (Attempts), and never touch the version. What a change causes elsewhere, mails and the ending
// of sessions, is pushed into the account's outbox by the same update, and relayed from there until it has worked.
package core
