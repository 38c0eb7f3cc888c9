// Package core holds auth's use cases: who you are, and how you prove it. It knows no HTTP and no Redis.
//
// A sign-in asks users whether a first factor fits, and a second one where it is on; whatever way it came, it ends in
// issue, the only place where a session begins. What its bearer has is the dialect's policy: an access token at a time with
// a refresh token that is spent by its use, or one token that lives as long as the session.
//
// Mailed tokens are looked up here and used up by the account itself, in users. A registration that waits for one is no
// account and takes no name: it is kept here as users sealed it, and users makes the account of it.
package core
