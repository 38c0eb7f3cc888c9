package launch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
)

// TestStagesStopInOrder: whoever asks stops before whoever answers, also where a stage in between is empty.
func TestStagesStopInOrder(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var order []string
	part := func(name string) loop {
		return func(ctx context.Context) error {
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
			return nil
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, [][]loop{{part("gateway")}, {part("services")}, nil, {part("stores")}}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"gateway", "services", "stores"}; !slices.Equal(order, want) {
		t.Errorf("stopped in the order %v, want %v", order, want)
	}
}

func TestAPartThatFailsStopsAll(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	wait := func(ctx context.Context) error { <-ctx.Done(); return nil }
	err := run(t.Context(), [][]loop{{wait}, {func(context.Context) error { return broken }}, {wait}})
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v, want %v", err, broken)
	}
}
