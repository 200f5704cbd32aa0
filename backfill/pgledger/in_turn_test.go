package pgledger

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
	"tootfill/backfill/testservers"
)

// TestTransactionsInTurn: what one process reads in order to write, no other changes in
// between.
func TestTransactionsInTurn(t *testing.T) {
	w := watched{url: testservers.Postgres(t)}
	db, err := sql.Open("pgx", w.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w.db, w.one, w.two = db, openIn(t, options(w.url)), openIn(t, options(w.url))
	t.Run("a note that is replaced", w.replacedNote)
	t.Run("a note that is new", w.newNote)
	t.Run("a note that is renamed", w.renamedNote)
	t.Run("a token that is given back", w.returnedToken)
}

// watched is a database with two processes, and what shows who waits in it.
type watched struct {
	url      string
	db       *sql.DB
	one, two *ledger.Ledger
}

// meanwhile begins something in another process, and returns once that is done or waits
// for a lock. wait waits for its end.
func (w watched) meanwhile(t *testing.T, something func(context.Context) error) (wait func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := something(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	for waiting := false; !waiting; {
		select {
		case <-ended:
			return func() {}
		default:
		}
		const waits = `SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock')`
		if err := w.db.QueryRowContext(t.Context(), waits).Scan(&waiting); err != nil {
			t.Error(err)
			break
		}
	}
	return func() { <-ended }
}

func noteOf(reason string, limit int) backfill.Deferral {
	return backfill.Deferral{Account: ledgertest.Alice, RetryAt: time.Unix(1, 0), Reason: reason, Wanted: &backfill.Wanted{Limit: limit}}
}

// wantNote wants Alice to have one note, and removes it.
func (w watched) wantNote(t *testing.T, want backfill.Deferral) {
	t.Helper()
	n := 0
	for d, err := range w.one.Deferrals(t.Context()) {
		if n++; err != nil || d.Account != ledgertest.Alice || d.Reason != want.Reason || d.Wanted.Limit != want.Wanted.Limit {
			t.Errorf("got %+v, %v, want %+v", d, err, want)
		}
	}
	if n != 1 {
		t.Errorf("%d notes", n)
	}
	if err := ledgertest.Undefer(t.Context(), w.one, ledgertest.Alice); err != nil {
		t.Error(err)
	}
}

func keepsLarge(noted backfill.Wanted) bool { return noted.Limit > 10 }

// deferLarge notes Alice in the second process.
func (w watched) deferLarge(ctx context.Context) error {
	return ledgertest.Defer(ctx, w.two, noteOf("large", 50))
}

func (w watched) replacedNote(t *testing.T) {
	if err := ledgertest.Defer(t.Context(), w.one, noteOf("small", 5)); err != nil {
		t.Fatal(err)
	}
	var wait func()
	keeps := func(noted backfill.Wanted) bool {
		if wait == nil {
			wait = w.meanwhile(t, w.deferLarge)
		}
		return keepsLarge(noted)
	}
	if err := w.one.Settle(t.Context(), backfill.Settlement{Account: ledgertest.Alice, Undefer: true, Keeps: keeps}); err != nil {
		t.Error(err)
	}
	wait()
	w.wantNote(t, noteOf("large", 50))
}

// newNote: there is none yet when both processes begin.
func (w watched) newNote(t *testing.T) {
	var waits [2]func()
	w.whileLocked(t, `UPDATE accounts SET handle = handle WHERE handle = 'alice@photos.example'`, func() {
		waits[0] = w.meanwhile(t, w.deferLarge)
		small := noteOf("small", 5)
		waits[1] = w.meanwhile(t, func(ctx context.Context) error {
			return w.one.Settle(ctx, backfill.Settlement{Account: ledgertest.Alice, Deferral: &small, Keeps: keepsLarge})
		})
	})
	waits[0]()
	waits[1]()
	w.wantNote(t, noteOf("large", 50))
}

// whileLocked does something while a third process has changed rows and not yet
// committed.
func (w watched) whileLocked(t *testing.T, change string, do func()) {
	t.Helper()
	d, err := open(t.Context(), options(w.url))
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx ledger.Transaction) error {
		_, err := tx.ExecContext(t.Context(), change)
		do()
		return err
	})
	if err = errors.Join(err, d.Close(nil)); err != nil {
		t.Error(err)
	}
}

// renamedNote: whoever renames a note takes along what another process has just put in
// its place.
func (w watched) renamedNote(t *testing.T) {
	small := noteOf("small", 5)
	small.Account.User = "alicia"
	if err := ledgertest.Defer(t.Context(), w.one, small); err != nil {
		t.Fatal(err)
	}
	var wait func()
	w.whileLocked(t, `UPDATE deferred SET reason = 'large', wanted = '{"limit":50}'`, func() {
		wait = w.meanwhile(t, func(ctx context.Context) error {
			return w.two.RenameDeferral(ctx, small.Account, ledgertest.Alice)
		})
	})
	wait()
	w.wantNote(t, noteOf("large", 50))
}

// returnedToken: what another process takes from a bucket is not lost when a token is
// given back.
func (w watched) returnedToken(t *testing.T) {
	r := ledgertest.Begin(t, w.one, ledgertest.Bob)
	var wait func()
	w.whileLocked(t, `UPDATE buckets SET tokens = -0.75`, func() {
		wait = w.meanwhile(t, func(ctx context.Context) error {
			return ledgertest.End(ctx, w.one, r, backfill.Result{Status: backfill.Skipped, Unspent: true}, false)
		})
	})
	wait()
	var tokens float64
	if err := w.db.QueryRowContext(t.Context(), `SELECT tokens FROM tootfill.buckets`).Scan(&tokens); err != nil || tokens != 0.25 {
		t.Errorf("%v tokens, %v", tokens, err)
	}
}
