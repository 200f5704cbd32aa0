package pgledger

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
	"tootfill/backfill/limit"
	"tootfill/backfill/testservers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func options(url string) Options {
	return Options{URL: url, Home: "home.example", Limit: limit.Limit{N: 1, Per: time.Hour, Burst: 1}}
}

func openIn(t *testing.T, o Options) *ledger.Ledger {
	t.Helper()
	l, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func execute(t *testing.T, url, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err == nil {
		_, err = db.ExecContext(t.Context(), statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestTranslate(t *testing.T) {
	for text, want := range map[string]string{
		`SELECT id FROM accounts WHERE home = ? AND handle = ?`:                            `SELECT id FROM tootfill.accounts WHERE home = $1 AND handle = $2`,
		`DELETE FROM pauses WHERE until <= ?2 AND server = ? OR until = ?2`:                `DELETE FROM tootfill.pauses WHERE until <= $2 AND server = $3 OR until = $2`,
		`INSERT INTO posts (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET run = posts.run`: `INSERT INTO tootfill.posts (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET run = posts.run`,
		`SELECT key FROM json_each(?1) AS k CROSS JOIN posts ON id = value`:                `SELECT key FROM tootfill.json_each($1) AS k JOIN tootfill.posts ON id = value`,
		`INSERT INTO runs (id) /* OVERRIDING SYSTEM VALUE */ VALUES (?)`:                   `INSERT INTO tootfill.runs (id) OVERRIDING SYSTEM VALUE VALUES ($1)`,
		`DROP TABLE IF EXISTS unfinished_copy`:                                             `DROP TABLE IF EXISTS tootfill.unfinished_copy`,
		"UPDATE runs SET round = ? /* FOR UPDATE OF claims */":                             "UPDATE tootfill.runs SET round = $1 FOR UPDATE OF claims",
	} {
		if got := translate(text); got != want {
			t.Errorf("%s\nis %s\nwant %s", text, got, want)
		}
	}
}

func TestAddressesAreNotShown(t *testing.T) {
	o := options("postgres://user:secret@db.example:5433/ledger")
	for _, text := range []string{o.String(), fmt.Sprintf("%v %+v %#v", o, o, o)} {
		if strings.Contains(text, "secret") || !strings.Contains(text, "database ledger at db.example:5433") {
			t.Errorf("%s", text)
		}
	}
	if _, err := Open(t.Context(), options("postgres://user:secret@db.example:x/ledger")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("an address that cannot be read: %v", err)
	}
}

func TestTheDatabase(t *testing.T) {
	url := testservers.Postgres(t)
	t.Run("none", func(t *testing.T) {
		o := options(url)
		o.ReadOnly = true
		if _, err := Open(t.Context(), o); !errors.Is(err, ErrNone) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("Mastodon's own", func(t *testing.T) {
		execute(t, url, `CREATE TABLE statuses (id BIGINT); CREATE TABLE status_stats (id BIGINT); CREATE TABLE account_stats (id BIGINT)`)
		if _, err := Open(t.Context(), options(url)); err == nil || !strings.Contains(err.Error(), "Mastodon's own database") {
			t.Errorf("got %v", err)
		}
		execute(t, url, `DROP TABLE statuses, status_stats, account_stats`)
	})
	t.Run("created by several at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				l, err := Open(t.Context(), options(url))
				if err != nil {
					t.Error(err)
					return
				}
				if err := l.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
	t.Run("a lease that ends", func(t *testing.T) { leaseEnds(t, url) })
}

// leaseEnds: an account is free once the lease of the process that has it is over, and
// not before.
func leaseEnds(t *testing.T, url string) {
	first, second := openIn(t, options(url)), openIn(t, options(url))
	r := ledgertest.Begin(t, first, ledgertest.Alice)
	var busy *backfill.BusyError
	if _, err := second.Begin(t.Context(), ledgertest.Alice); !errors.As(err, &busy) {
		t.Fatalf("it was begun by two: %v", err)
	}
	execute(t, url, `UPDATE tootfill.owners SET leased_until = 0`)
	if again := ledgertest.Begin(t, second, ledgertest.Alice); !again.Resumed || again.ID != r.ID {
		t.Errorf("%+v", again)
	}
	if err := first.RecordRound(t.Context(), r, 1); !errors.Is(err, ledger.ErrNotClaimed) {
		t.Errorf("the first still has it: %v", err)
	}
}

func TestTheLeaseIsRenewed(t *testing.T) {
	url := testservers.Postgres(t)
	o := options(url)
	o.Clock = backfilltest.NewClock()
	d, err := open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	l := ledger.New(d, o.Home, o.Limit)
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	ledgertest.Begin(t, l, ledgertest.Alice)
	self, err := d.Self()
	if err != nil {
		t.Fatal(err)
	}
	execute(t, url, `UPDATE tootfill.owners SET leased_until = 0`)
	if alive, err := d.IsAlive(t.Context(), d, self); err != nil || alive {
		t.Errorf("alive %t, error %v", alive, err)
	}
	if err := d.renewOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	if alive, err := d.IsAlive(t.Context(), d, self); err != nil || !alive {
		t.Errorf("renewed: alive %t, error %v", alive, err)
	}
}
