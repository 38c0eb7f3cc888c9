package secret

import (
	"fmt"
	"io"
)

// Alphanumeric are the ASCII letters and digits.
const Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Letters draws n letters and digits, each as likely as any other: 5.95 bits each.
func Letters(rand io.Reader, n int) (String, error) {
	const fair = 256 - 256%len(Alphanumeric)
	out := make([]byte, 0, n)
	for b := make([]byte, 1); len(out) < n; {
		if _, err := io.ReadFull(rand, b); err != nil {
			return String{}, fmt.Errorf("draw letters: %w", err)
		}
		if int(b[0]) < fair {
			out = append(out, Alphanumeric[int(b[0])%len(Alphanumeric)])
		}
	}
	return New(string(out)), nil
}
