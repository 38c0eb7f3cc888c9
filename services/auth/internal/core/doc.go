// Package core holds auth's use cases: who you are, and how you prove it. It knows no HTTP and no Redis.
//
// A sign-in asks users whether a first factor fits, and a second one where it is on; whatever way it came, it ends in
// issue, the only place where a session begins. A session has one access token at a time that clients send, and one
// refresh token that is spent by its use. Mailed tokens are looked up here and used up by the account itself, in users.
package core
