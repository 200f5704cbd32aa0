package backfill_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tootfill/backfill"
	"tootfill/backfill/enginetest"
)

// brokenAtInterrupt is a ledger whose disk fails at the moment at which the run is
// interrupted, while imports are under way. It is that of the listing's last page.
type brokenAtInterrupt struct {
	backfill.Ledger
	err       error
	under     <-chan struct{}
	interrupt func()
}

func (l *brokenAtInterrupt) RecordPage(ctx context.Context, r backfill.Run, stretch int64, p backfill.ListedPage) (backfill.Stretch, []backfill.KnownPost, error) {
	if p.Next != "" {
		return l.Ledger.RecordPage(ctx, r, stretch, p)
	}
	<-l.under
	l.interrupt()
	return backfill.Stretch{}, nil, l.err
}

// An interrupt does not hide that the ledger has failed, although the imports under way,
// and those that wait, only know of the interrupt.
func TestAnInterruptDoesNotHideAnErrorOfTheLedger(t *testing.T) {
	for range 20 {
		w := enginetest.NewWorld(t, 60)
		ctx, cancel := context.WithCancel(t.Context())
		under := make(chan struct{}, 1)
		broken := &brokenAtInterrupt{Ledger: w.Ledger, err: errors.New("the disk is full"), under: under, interrupt: cancel}
		w.Engine.Ledger = broken
		w.Home.OnImport = func(string, int) error {
			select {
			case under <- struct{}{}:
			default:
			}
			<-ctx.Done()
			return ctx.Err()
		}
		results, err := w.RunIn(ctx, enginetest.Alice)
		if !errors.Is(err, broken.err) {
			t.Fatalf("the run ended with %v", err)
		}
		if len(results) != 1 || results[0].Status != backfill.FailedAccount || !strings.HasSuffix(results[0].Reason, broken.err.Error()) {
			t.Fatalf("%+v", results)
		}
	}
}
