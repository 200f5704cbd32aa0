package postgres

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill/backfilltest"
	"tootfill/backfill/enginetest"
	"tootfill/backfill/home"
)

// lookout looks for new follows in a real database, again and again.
type lookout struct {
	t     *testing.T
	i     *installation
	url   string
	clock *backfilltest.Clock
	home.NewFollows
	// taken counts how often each account was new.
	taken map[string]int
}

// newLookout makes a database in which the accounts 1001, 1002… are called u1, u2…
func newLookout(t *testing.T, i *installation, accounts int) *lookout {
	l := &lookout{t: t, i: i, url: i.database(t), clock: backfilltest.NewClock(), taken: map[string]int{}}
	i.run(t, l.url, `INSERT INTO accounts (id, username, domain) SELECT 1000 + n, 'u' || n, 'many.example' FROM generate_series(1, $1::int) n`, accounts)
	i.run(t, l.url, `UPDATE follows SET created_at = '2026-01-01'`)
	ledger := enginetest.OpenLedger(t, t.TempDir(), l.clock)
	t.Cleanup(func() {
		if err := ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	l.NewFollows = home.NewFollows{List: "everybody", Ledger: ledger, FirstLook: func(int) {}}
	l.from(open(t, optionsFor(t, l.url)))
	return l
}

// from makes it look at a database.
func (l *lookout) from(d *Database) {
	l.Source = home.WholeServer{Table: d, Host: "home.example", Clock: l.clock, Warn: func(text string) { l.t.Error(text) }}
}

// look returns how many accounts are new.
func (l *lookout) look() (found int) {
	l.t.Helper()
	for f, err := range l.Accounts(l.t.Context()) {
		if err != nil {
			l.t.Fatal(err)
		}
		found++
		l.taken[f.Account.User]++
		if err := l.Ledger.SettleFollow(l.t.Context(), l.List, f.Account); err != nil {
			l.t.Fatal(err)
		}
	}
	return found
}

func (l *lookout) wantNew(want int) {
	l.t.Helper()
	if got := l.look(); got != want {
		l.t.Errorf("%d accounts are new, want %d", got, want)
	}
}

// wantOnce wants each account to have been new once.
func (l *lookout) wantOnce(accounts int) {
	l.t.Helper()
	for user, times := range l.taken {
		if times != 1 {
			l.t.Errorf("%s was new %d times", user, times)
		}
	}
	if len(l.taken) != accounts {
		l.t.Errorf("%d accounts were new, want %d", len(l.taken), accounts)
	}
}

// follow has the account 1 follow some accounts, from the first to the last, by a
// connection that may be in a transaction.
func (l *lookout) follow(conn *pgx.Conn, first, last int) {
	l.t.Helper()
	execute(l.t, conn, `INSERT INTO follows (account_id, target_account_id, created_at) SELECT 1, 1000 + n, $3::timestamptz AT TIME ZONE 'UTC' FROM generate_series($1::int, $2::int) n`,
		first, last, l.clock.Now())
}

func (l *lookout) connect() *pgx.Conn {
	conn := connect(l.t, l.url)
	l.t.Cleanup(func() { hangUp(conn) })
	return conn
}

// testSlowFollows has 2,000 follows appear long after later ones were seen.
func testSlowFollows(t *testing.T, i *installation) {
	l := newLookout(t, i, 2020)
	slow, others, dump := l.connect(), l.connect(), l.connect()
	l.wantNew(0)
	execute(t, dump, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT FROM follows")
	execute(t, slow, "BEGIN")
	l.follow(slow, 1, 1000)
	for n := range 20 {
		if n == 10 {
			l.follow(slow, 1001, 2000)
		}
		l.follow(others, 2001+n, 2001+n)
		l.wantNew(1)
		l.clock.Step([]time.Duration{20 * time.Second, 2 * time.Hour}[n%2])
	}
	l.wantNew(0)
	execute(t, slow, "COMMIT")
	l.wantNew(2000)
	for range 3 { // the dump goes on, and holds up nothing
		l.clock.Step(time.Hour)
		l.wantNew(0)
	}
	l.wantOnce(2020)
	l.wantMark(2031)
}

// wantMark wants everything up to a follow to be settled.
func (l *lookout) wantMark(id int64) {
	l.t.Helper()
	if mark, err := l.Ledger.FollowMark(l.t.Context(), l.List); err != nil || mark.ID != id {
		l.t.Errorf("the mark is %+v, %v, want %d", mark, err, id)
	}
}

// testForgottenTransaction has a transaction stay open for ever. It is waited for, but
// not for ever.
func testForgottenTransaction(t *testing.T, i *installation) {
	l := newLookout(t, i, 4)
	l.wantNew(0)
	l.wantMark(11)
	forgotten, others := l.connect(), l.connect()
	execute(t, forgotten, "BEGIN; CREATE TABLE forgotten ()")
	l.follow(others, 1, 1)
	l.clock.Step(time.Hour)
	l.wantNew(1) // notes the checkpoint
	l.follow(others, 2, 2)
	l.clock.Step(23 * time.Hour)
	l.wantNew(1)
	l.wantMark(11)
	l.clock.Step(2 * time.Hour)
	l.wantNew(0)
	l.wantMark(13)
	l.follow(others, 3, 4)
	l.wantNew(2)
	l.wantOnce(4)
}

// testInFlightAtTheFirstLook: what the first look cannot see is not older.
func testInFlightAtTheFirstLook(t *testing.T, i *installation) {
	l := newLookout(t, i, 3)
	slow, others := l.connect(), l.connect()
	l.follow(others, 1, 1)
	execute(t, slow, "BEGIN")
	l.follow(slow, 2, 2)
	l.clock.Step(10 * time.Hour)
	l.follow(others, 3, 3)
	for range 3 {
		l.clock.Step(time.Hour)
		l.wantNew(0)
	}
	execute(t, slow, "COMMIT")
	l.wantNew(1)
	l.clock.Step(time.Hour)
	l.wantNew(0)
	if l.taken["u2"] != 1 {
		t.Errorf("new: %v", l.taken)
	}
}

// testFollowsInAnyOrder mixes transactions that end in any order, also with savepoints,
// with looks, by a role that may read no more than it needs. What is committed is new
// once, and nothing else.
func testFollowsInAnyOrder(t *testing.T, i *installation) {
	const accounts, steps = 300, 400
	l := newLookout(t, i, accounts)
	i.run(t, l.url, file(t, "grants.sql"))
	defer i.run(t, l.url, "DROP OWNED BY tootfill; DROP ROLE tootfill")
	o := optionsFor(t, l.url)
	o.User = "tootfill"
	l.from(open(t, o))
	l.wantNew(0)

	random := rand.New(rand.NewPCG(1, 2))
	type client struct {
		conn    *pgx.Conn
		open    bool
		follows []int // in the open transaction
		saved   int   // how many were made before the savepoint
	}
	clients := make([]client, 6)
	for n := range clients {
		clients[n].conn = l.connect()
	}
	next, committed := 1, []int(nil)
	for range steps {
		c := &clients[random.IntN(len(clients))]
		switch action := random.IntN(10); {
		case action == 0:
			l.look()
		case action == 1:
			l.clock.Step(time.Duration(random.IntN(600)) * time.Second)
		case !c.open:
			execute(t, c.conn, "BEGIN; SAVEPOINT s")
			*c = client{conn: c.conn, open: true}
		case action < 7 && next <= accounts:
			l.follow(c.conn, next, next)
			c.follows = append(c.follows, next)
			next++
		case action == 7:
			execute(t, c.conn, "ROLLBACK TO s")
			c.follows = c.follows[:c.saved]
		case action == 8:
			execute(t, c.conn, "RELEASE s; SAVEPOINT s")
			c.saved = len(c.follows)
		default:
			execute(t, c.conn, "COMMIT")
			committed = append(committed, c.follows...)
			c.open = false
		}
	}
	for n := range clients {
		execute(t, clients[n].conn, "ROLLBACK")
	}
	l.look()
	l.wantOnce(len(committed))
	for _, n := range committed {
		if l.taken[fmt.Sprint("u", n)] == 0 {
			t.Errorf("u%d is lost", n)
		}
	}
	if n := len(committed); n < accounts/4 || n > accounts*3/4 {
		t.Errorf("%d of %d follows were committed: that proves little", n, accounts)
	}
}
