// Package password says which passwords may be chosen, hashes them, and bounds what hashing may cost.
//
// Rule judges a new password. Hasher makes and checks hashes: argon2id over a keyed digest of the password, and the
// formats of accounts that came from elsewhere. Pool stands before a Hasher: so many hashes at a time, a short queue for
// each lane, and a refusal at once beyond that. The package counts no wrong guesses and stores nothing.
//
// The list of common passwords is derived from Django's and zxcvbn's: see common.LICENSE.
package password
