package backfill

import "context"

// Paces lets all processes that share the ledger keep to one pace with a server. What
// they know of it is a short record, which each of them reads, reckons with and replaces.
// Errors are the ledger's.
type Paces interface {
	// Pace is the record of a name; "" if there is none.
	Pace(ctx context.Context, name string) (record string, err error)
	// SetPace replaces the record old, which is "" if there was none. done is false if
	// another process has replaced it before.
	SetPace(ctx context.Context, name, old, record string) (done bool, err error)
	// Holder is the id of this process, and Holds reports whether the process of an id
	// lives.
	Holder(ctx context.Context) (string, error)
	Holds(ctx context.Context, holder string) (bool, error)
}
