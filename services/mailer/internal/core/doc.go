// Package core accepts mails, keeps them in a queue and delivers them, at least once each.
//
// A mail is accepted when it is stored: its recipient and data sealed, as the data hold one-time tokens. Its key makes it
// unique; a second one with the key is answered as the first. A dispatcher leases the mail that is due longest for a worker,
// which renders and sends it. What becomes of a try:
//
//	sent          the mail's sealed part is removed at once, the rest after 7 days
//	refused       the recipient's server said no for good: dead
//	failed        anything else, be it the server, the network or the renderer: waits, then is tried again
//	expired       failed, and 24 hours are over, or the link that is the mail's only purpose has lapsed: dead
//	interrupted   the process died: the lease ends after a minute and another tries
//
// A dead mail stays for 30 days, and an operator may have it sent again. At most one duplicate is sent for each crash
// between the server's yes and the store's; both have the same Message-ID.
package core
