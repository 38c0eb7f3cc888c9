package password

import "slices"

// Lane is what a hash is wanted for. A busy pool is shared among the lanes in which somebody waits, so that a flood in
// one can't stop the others.
type Lane int

// The lanes.
const (
	LaneSignIn       Lane = iota // at least 60 % of a busy pool
	LaneChange                   // changes and resets
	LaneRegistration             // new accounts
	laneCount
)

// String names the lane as metrics do.
func (l Lane) String() string {
	switch l {
	case LaneSignIn:
		return "sign_in"
	case LaneChange:
		return "change"
	default:
		return "registration"
	}
}

// share is the lane's part of the pool, in tenths, while all of them wait.
func (l Lane) share() int {
	switch l {
	case LaneSignIn:
		return 6
	case LaneChange:
		return 3
	default:
		return 1
	}
}

// waiter is closed when its slot is ready.
type waiter chan struct{}

// queues hold who waits, in each lane in the order of coming.
type queues [laneCount]struct {
	waiting []waiter
	credit  int
}

func (q *queues) push(l Lane) waiter {
	w := make(waiter)
	q[l].waiting = append(q[l].waiting, w)
	return w
}

// remove takes w out; false: it was served already.
func (q *queues) remove(l Lane, w waiter) bool {
	i := slices.Index(q[l].waiting, w)
	if i < 0 {
		return false
	}
	q[l].waiting = slices.Delete(q[l].waiting, i, i+1)
	return true
}

// next takes out who is to be served next, nil if nobody waits: a smooth weighted round robin over the lanes in which
// somebody does. Each turn credits every such lane with its share, serves the richest, and has it pay for all.
func (q *queues) next() waiter {
	richest, paid := laneCount, 0
	for l := range laneCount {
		if len(q[l].waiting) == 0 {
			q[l].credit = 0
			continue
		}
		q[l].credit += l.share()
		paid += l.share()
		if richest == laneCount || q[l].credit > q[richest].credit {
			richest = l
		}
	}
	if richest == laneCount {
		return nil
	}
	q[richest].credit -= paid
	w := q[richest].waiting[0]
	q[richest].waiting = slices.Delete(q[richest].waiting, 0, 1)
	return w
}
