package ledger_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
	"tootfill/backfill/pgledger"
	"tootfill/backfill/sqlite"
	"tootfill/backfill/testservers"
)

// file keeps a ledger in a file.
type file struct{}

func (file) open(t testing.TB, o placed) *ledger.Ledger {
	t.Helper()
	l, err := sqlite.Open(t.Context(), sqlite.Options{Dir: o.Place, Home: o.Home, Clock: o.Clock, Limit: o.Limit, ReadOnly: o.ReadOnly, Copy: o.Copy})
	return opened(t, l, err)
}

func (file) survey(place, home string, c backfill.Clock) ledger.Survey {
	return sqlite.Survey(place, home, c)
}

func (file) check(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	ledgertest.CheckFile(t, ledger.DatabaseOf(l))
}

func opened(t testing.TB, l *ledger.Ledger, err error) *ledger.Ledger {
	t.Helper()
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

// server keeps ledgers in a PostgreSQL, each in a database of its own.
type server struct {
	url string
	db  *sql.DB

	mu sync.Mutex
	// databases are the names of the databases by their places.
	databases map[string]string
}

func newServer(t *testing.T) *server {
	t.Helper()
	address := testservers.Postgres(t)
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return &server{url: address, db: db, databases: make(map[string]string)}
}

func (s *server) open(t testing.TB, o placed) *ledger.Ledger {
	t.Helper()
	address, err := s.address(t.Context(), o.Place)
	if err != nil {
		t.Fatal(err)
	}
	l, err := pgledger.Open(t.Context(), pgledger.Options{URL: address, Home: o.Home, Clock: o.Clock, Limit: o.Limit, ReadOnly: o.ReadOnly, Copy: o.Copy})
	return opened(t, l, err)
}

// address is that of the database that stands for a place, which it makes if need be.
func (s *server) address(ctx context.Context, place string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, there := s.databases[place]
	if !there {
		name = fmt.Sprint("ledger", len(s.databases))
		if _, err := s.db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
			return "", err
		}
		s.databases[place] = name
	}
	at, err := url.Parse(s.url)
	if err != nil {
		return "", err
	}
	at.Path = "/" + name
	if there {
		return at.String(), nil
	}
	// What only reads does not make the tables.
	o := options("", backfilltest.NewClock())
	l, err := pgledger.Open(ctx, pgledger.Options{URL: at.String(), Home: o.Home, Clock: o.Clock, Limit: o.Limit})
	if err != nil {
		return "", err
	}
	return at.String(), l.Close()
}

func (s *server) survey(place, home string, c backfill.Clock) ledger.Survey {
	return ledger.Survey{Home: home, Open: func(ctx context.Context) (*ledger.Ledger, error) {
		address, err := s.address(ctx, place)
		if err != nil {
			return nil, err
		}
		o := options("", c)
		return pgledger.Open(ctx, pgledger.Options{URL: address, Home: cmp.Or(home, "every home"), Clock: o.Clock, Limit: o.Limit, ReadOnly: true})
	}}
}

func (*server) check(t *testing.T, l *ledger.Ledger) {
	t.Helper()
	ledgertest.CheckListings(t, ledger.DatabaseOf(l))
}
