package mac

import "strings"

// KeyOf gives the id of the key that a hash was made under; "" for what Sum has not given.
func KeyOf(hash string) string {
	id, _, ok := strings.Cut(hash, ":")
	if !ok {
		return ""
	}
	return id
}

// RenameKey gives a hash as an installation stores it that knows the same key by another id.
func RenameKey(hash, id string) string {
	_, sum, _ := strings.Cut(hash, ":")
	return id + ":" + sum
}
