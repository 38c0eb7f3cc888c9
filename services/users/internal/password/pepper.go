package password

// PepperOf gives the id of the pepper that a stored hash was made with; "" where it was made without one, or can't be read.
func PepperOf(hash string) string {
	stored, err := parsePHC(hash)
	if err != nil {
		return ""
	}
	return stored.keyID
}

// RenamePepper gives a hash that was made with a pepper as an installation stores it that knows the same pepper by another
// id. ErrUnreadable for a hash without a pepper, and for what is no id.
func RenamePepper(hash, id string) (string, error) {
	stored, err := parsePHC(hash)
	if err != nil || stored.keyID == "" || !pepperID.MatchString(id) {
		return "", ErrUnreadable
	}
	stored.keyID = id
	return stored.String(), nil
}
