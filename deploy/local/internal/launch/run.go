package launch

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// loop serves until its context ends.
type loop func(ctx context.Context) error

// run starts all stages at once and stops them one after the other, the first first: whoever asks goes before whoever
// answers. A part that fails stops them all.
func run(ctx context.Context, stages [][]loop) error {
	group, failed := errgroup.WithContext(ctx)
	before := failed
	for _, stage := range stages {
		stop := before
		next, done := context.WithCancel(context.WithoutCancel(ctx))
		group.Go(func() error {
			defer done()
			return runStage(stop, stage)
		})
		before = next
	}
	return group.Wait()
}

func runStage(ctx context.Context, stage []loop) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { // a stage lasts until it is stopped, even one without parts
		<-ctx.Done()
		return nil
	})
	for _, l := range stage {
		group.Go(func() error { return l(ctx) })
	}
	return group.Wait()
}
