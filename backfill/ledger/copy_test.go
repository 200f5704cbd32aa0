package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// filled makes a ledger with runs, posts, listings, follows, deferrals and facts of two
// home servers, and closes it.
func filled(t *testing.T, in kind, place string, c backfill.Clock) {
	t.Helper()
	for _, home := range []string{"home.example", "other.example"} {
		o := options(place, c)
		o.Home = home
		l := in.open(t, o)
		r := ledgertest.Begin(t, l, ledgertest.Alice)
		page := ledgertest.TopPage("https://photos.example/outbox?page=2", 9, 8, 7, 6)
		var odd []backfill.KnownPost
		for _, uri := range ledgertest.OddURIs() {
			uri = strings.ReplaceAll(uri, "|", "") + "x"
			page.Posts = append(page.Posts, fediverse.Post{URI: uri})
			odd = append(odd, backfill.KnownPost{URI: uri, Outcome: backfill.Failed, Reason: "why: '\"; DROP TABLE posts; --é\u2028"})
		}
		ledgertest.Record(t, l, r, 0, page)
		recordOutcome(t, l, r, 9, backfill.Imported)
		recordOutcome(t, l, r, 8, backfill.Refused)
		if err := l.RecordOutcomes(t.Context(), r, odd); err != nil {
			t.Fatal(err)
		}
		finishRun(t, l, r, backfill.Result{Status: backfill.Partial, Imported: 1, Reason: "é"})
		ledgertest.Begin(t, l, ledgertest.Bob) // it stays open
		if err := ledgertest.Defer(t.Context(), l, backfill.Deferral{Account: ledgertest.Alice, RetryAt: c.Now().Add(time.Hour), Reason: "busy"}); err != nil {
			t.Fatal(err)
		}
		ledgertest.Note(t, l, ledgertest.Everything, false, "carol 7", "dan 8")
		if err := l.Remember(t.Context(), "photos.example", "fact", "value", c.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// copying copies a ledger from one place to another.
func copying(t *testing.T, from, to kind, source, target string, c backfill.Clock) ledger.Copying {
	t.Helper()
	reading, writing := options(source, c), options(target, c)
	reading.ReadOnly, writing.Copy = true, true
	return ledger.Copying{From: from.open(t, reading), To: to.open(t, writing), Source: source, Command: "go on"}
}

// rowCounts counts the rows of each table, but for those about processes.
func rowCounts(t *testing.T, l *ledger.Ledger) map[string]int {
	t.Helper()
	all, err := ledger.DatabaseOf(l).(ledger.Copyable).Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, table := range all {
		if table.Name != "owners" && table.Name != "claims" && table.Name != "paces" {
			counts[table.Name] = ledgertest.Count(t, ledger.DatabaseOf(l), `SELECT count(*) FROM `+table.Name)
		}
	}
	return counts
}

func wantSame(t *testing.T, c ledger.Copying) {
	t.Helper()
	if from, to := rowCounts(t, c.From), rowCounts(t, c.To); !reflect.DeepEqual(from, to) {
		t.Errorf("%v\nwas copied as\n%v", from, to)
	}
}

func testCopy(t *testing.T, in kind) { copyTo(t, in, in) }

// A ledger can change its kind, and change back.
func TestCopyBetweenKinds(t *testing.T) {
	database := newServer(t)
	t.Run("to a database", func(t *testing.T) { copyTo(t, file{}, database) })
	t.Run("to a file", func(t *testing.T) { copyTo(t, database, file{}) })
}

func copyTo(t *testing.T, from, to kind) {
	source, target, c := t.TempDir(), t.TempDir(), backfilltest.NewClock()
	filled(t, from, source, c)
	copying := copying(t, from, to, source, target, c)
	result, err := ledger.Copy(t.Context(), copying)
	if err != nil {
		t.Fatal(err)
	}
	if result.Accounts != 4 || result.Runs != 4 || result.Posts != 2*int64(4+len(ledgertest.OddURIs())) || result.Resumed {
		t.Errorf("%+v", result)
	}
	wantSame(t, copying)
	// It is a ledger like the other one.
	want, order := standings(t, from.survey(source, "", c), ledger.Selection{})
	got, copied := standings(t, to.survey(target, "", c), ledger.Selection{})
	if !reflect.DeepEqual(got, want) || !slices.Equal(order, copied) {
		t.Errorf("%+v\nwas copied as\n%+v", want, got)
	}
	l := to.open(t, options(target, c))
	if again := ledgertest.Begin(t, l, ledgertest.Bob); !again.Resumed {
		t.Errorf("an open run was forgotten: %+v", again)
	}
	c.Step(2 * time.Hour)
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if _, known := ledgertest.Record(t, l, r, 0, ledgertest.TopPage("", 10, 9, 8)); len(known) != 3 || known[2].Outcome != backfill.Refused {
		t.Errorf("%+v", known)
	}
	finishRun(t, l, r, backfill.Result{Status: backfill.Done})
	finishWith(t, l, fediverse.Handle{User: "new", Domain: "photos.example"}, backfill.Result{Status: backfill.Done})
	to.check(t, l)
}

// A copy that is stopped anywhere is no ledger yet, and is continued.
func testCopyThatIsStopped(t *testing.T, in kind) {
	source, c := t.TempDir(), backfilltest.NewClock()
	filled(t, in, source, c)
	steps := 0
	for stopAt := 1; ; stopAt += 5 {
		target := t.TempDir()
		ctx, stop := context.WithCancel(t.Context())
		half := copying(t, in, in, source, target, c)
		steps = 0
		half.Tell = func(ledger.CopyProgress) {
			if steps++; steps == stopAt {
				stop()
			}
		}
		_, err := ledger.Copy(ctx, half)
		stop()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at step %d: %v", stopAt, err)
		}
		if err := half.To.Close(); err != nil {
			t.Fatal(err)
		}
		for _, err := range in.survey(target, "", c).EachAccount(t.Context(), ledger.Selection{}, hourly) {
			var hinted *backfill.Hinted
			if !errors.As(err, &hinted) || hinted.Hint.Kind != backfill.FinishCopy || hinted.Hint.About != "go on" {
				t.Fatalf("a copy that is not finished was opened: %v", err)
			}
		}
		other := copying(t, in, in, source, target, c)
		other.Source = "another one"
		if _, err := ledger.Copy(t.Context(), other); !errors.Is(err, ledger.ErrOtherCopy) {
			t.Errorf("a copy of another ledger: %v", err)
		}
		rest := copying(t, in, in, source, target, c)
		result, err := ledger.Copy(t.Context(), rest)
		if err != nil || !result.Resumed || result.Accounts != 4 {
			t.Fatalf("stopped at step %d: %+v, %v", stopAt, result, err)
		}
		wantSame(t, rest)
	}
	if steps < 10 {
		t.Errorf("it is copied in %d steps", steps)
	}
}

func testCopyIsRefused(t *testing.T, in kind) {
	source, target, c := t.TempDir(), t.TempDir(), backfilltest.NewClock()
	filled(t, in, source, c)
	filled(t, in, target, c)
	if _, err := ledger.Copy(t.Context(), copying(t, in, in, source, target, c)); !errors.Is(err, ledger.ErrNotEmpty) {
		t.Errorf("over a ledger: %v", err)
	}
	working := in.open(t, options(source, c))
	ledgertest.Begin(t, working, ledgertest.Bob)
	var used *backfill.LedgerInUseError
	if _, err := ledger.Copy(t.Context(), copying(t, in, in, source, t.TempDir(), c)); !errors.As(err, &used) {
		t.Errorf("from a ledger that is in use: %v", err)
	}
}

// What is recorded in a ledger while it is copied is not lost: the copy is made anew.
func testCopyOfAChangingLedger(t *testing.T, in kind) {
	source, target, c := t.TempDir(), t.TempDir(), backfilltest.NewClock()
	filled(t, in, source, c)
	first := copying(t, in, in, source, target, c)
	first.Tell = func(p ledger.CopyProgress) {
		if p.Table == "posts" && !p.Comparing {
			l := in.open(t, options(source, c))
			if err := l.Pause(t.Context(), "photos.example", c.Now().Add(time.Hour)); err != nil {
				t.Error(err)
			}
			if err := ledgertest.Undefer(t.Context(), l, ledgertest.Alice); err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := ledger.Copy(t.Context(), first); !errors.Is(err, ledger.ErrChanged) {
		t.Fatalf("got %v", err)
	}
	second := copying(t, in, in, source, target, c)
	if result, err := ledger.Copy(t.Context(), second); err != nil || !result.Resumed {
		t.Fatalf("again: %+v, %v", result, err)
	}
	wantSame(t, second)
}

// Every table of a ledger is copied, whoever adds one: each of them has a row, there and
// back.
func TestEveryTableIsCopied(t *testing.T) {
	c := backfilltest.NewClock()
	places := []string{t.TempDir(), t.TempDir(), t.TempDir()}
	l := file{}.open(t, options(places[0], c))
	db := ledger.DatabaseOf(l)
	all, err := db.(ledger.Copyable).Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx ledger.Transaction) error {
		// Whatever a row names has the number 1, too.
		if _, err := tx.ExecContext(t.Context(), `PRAGMA defer_foreign_keys = 1`); err != nil {
			return err
		}
		for _, table := range all {
			if err := insertAnything(t, tx, table); err != nil {
				return fmt.Errorf("%s: %w", table.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	database := newServer(t)
	kinds := []kind{file{}, database, file{}}
	for i := range 2 {
		next := copying(t, kinds[i], kinds[i+1], places[i], places[i+1], c)
		if _, err := ledger.Copy(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		for table, rows := range rowCounts(t, next.To) {
			if rows != 1 {
				t.Errorf("%d rows of %s were copied", rows, table)
			}
		}
	}
}

// insertAnything adds a row of the simplest values.
func insertAnything(t *testing.T, tx ledger.Transaction, table ledger.Table) error {
	t.Helper()
	values := make([]string, len(table.Columns))
	for i, c := range table.Columns {
		var kind string
		if err := tx.QueryRowContext(t.Context(), `SELECT type FROM pragma_table_info(?) WHERE name = ?`, table.Name, c.Name).Scan(&kind); err != nil {
			return err
		}
		value, known := map[string]string{"INTEGER": "1", "TEXT": "'1'", "REAL": "0.1", "BLOB": "x'00ff'"}[kind]
		if !known {
			t.Fatalf("%s.%s is of the unknown type %q", table.Name, c.Name, kind)
		}
		values[i] = value
	}
	_, err := tx.ExecContext(t.Context(), `INSERT INTO `+table.Name+` VALUES (`+strings.Join(values, ", ")+`)`)
	return err
}
