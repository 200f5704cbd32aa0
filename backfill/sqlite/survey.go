package sqlite

import (
	"cmp"
	"context"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/limit"
)

// everyHome stands in for a home server where none is meant. No server has a name with
// a space.
const everyHome = "every home"

// Survey surveys the ledger in a folder, of one home server or, if home is empty, of
// all of them.
func Survey(dir, home string, clock backfill.Clock) ledger.Survey {
	return ledger.Survey{Home: home, Open: func(ctx context.Context) (*ledger.Ledger, error) {
		return Open(ctx, Options{Dir: dir, Home: cmp.Or(home, everyHome), Clock: clock, Limit: unlimited, ReadOnly: true})
	}}
}

// unlimited stands in for a limit where nothing begins.
var unlimited = limit.Limit{N: 1, Per: time.Hour, Burst: 1}
