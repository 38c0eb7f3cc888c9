// Package launch runs the suite on one machine: the three services in one process, with the embedded stores, the inbox and
// the gateway. The services get the same settings as anywhere else and can't tell the difference.
package launch
