package storetest

import "testing"

func TestMemory(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) Store { return NewMemory() })
}
