package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

func TestNewerLedger(t *testing.T) {
	path := used(t)
	known := len(migrations())
	execute(t, path, fmt.Sprintf(`PRAGMA user_version = %d`, known+1))
	wantHinted(t, path, fmt.Sprintf("schema version %d, but this tootfill knows versions up to %d", known+1, known))
}

func TestMigration(t *testing.T) {
	path := used(t)
	o := options(filepath.Dir(path), backfilltest.NewClock())
	known := len(migrations())
	newest := known + 2
	steps := append(migrations(),
		`ALTER TABLE runs ADD COLUMN note TEXT; UPDATE runs SET note = 'kept'`, `CREATE TABLE extra (x INTEGER) STRICT`)

	reading := o
	reading.ReadOnly = true
	var hinted *backfill.Hinted
	if _, err := openSteps(t.Context(), reading, steps); !errors.As(err, &hinted) || !strings.Contains(err.Error(), fmt.Sprint("version ", known)) {
		t.Errorf("reading an older ledger: %v", err)
	}

	// A step that fails keeps the steps before it, and leaves nothing of its own.
	broken := append(append([]migration{}, steps[:known+1]...), `CREATE TABLE extra (x INTEGER) STRICT; nonsense`)
	if _, err := openSteps(t.Context(), o, broken); err == nil || !strings.Contains(err.Error(), fmt.Sprint("version ", newest)) {
		t.Errorf("a broken step: %v", err)
	}

	for range 2 {
		l, err := openSteps(t.Context(), o, steps)
		if err != nil {
			t.Fatal(err)
		}
		var note string
		var version, extra int
		err = l.file.reader.QueryRowContext(t.Context(), `SELECT note, (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM extra) FROM runs`).Scan(&note, &version, &extra)
		if err != nil || note != "kept" || version != newest {
			t.Errorf("note %q, version %d, %v", note, version, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantHinted(t, path, fmt.Sprintf("schema version %d, but this tootfill knows versions up to %d", newest, known))
}

// A ledger of version 1 is migrated to the newest, with everything it knows.
func TestFromTheFirstVersion(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	first := olderLedger(t, o, 1)
	insertOlder(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, o)
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if !r.Resumed || r.ID != 1 {
		t.Errorf("%+v does not go on with the open run", r)
	}
	job := backfill.Job{JID: "1", URI: "https://photos.example/1", Payload: []byte("{}")}
	if err := l.RecordJobs(t.Context(), r, []backfill.Job{job}); err != nil {
		t.Fatal(err)
	}
	if jobs, err := l.Jobs(t.Context(), r); err != nil || len(jobs) != 1 || jobs[0].JID != "1" || jobs[0].State != backfill.JobMaybePushed {
		t.Errorf("jobs %+v, error %v", jobs, err)
	}
	done := backfill.KnownPost{URI: job.URI, Outcome: backfill.Imported}
	if err := l.RecordOutcomes(t.Context(), r, []backfill.KnownPost{done}); err != nil {
		t.Fatal(err)
	}
	if jobs, err := l.Jobs(t.Context(), r); err != nil || len(jobs) != 0 {
		t.Errorf("jobs %+v, error %v", jobs, err)
	}
}

// version3Listings is what version 3 wrote for a walk of two pages that broke off,
// one that met it, one that began with a post lifted out of its place, and one above
// that; for a second source; and for a second account.
const version3Listings = `
INSERT INTO accounts VALUES
	(1, 'home.example', 'alice@photos.example'),
	(2, 'home.example', 'bob@notes.example');
INSERT INTO runs VALUES
	(1, 1, 1772366400000, NULL, 'resolve', 'interrupted', 0, 0, 0, 0, 0, 0, NULL, '', '', '{"limit":0}'),
	(2, 2, 1772366400000, 1772366400000, 'resolve', 'done', 0, 0, 0, 0, 0, 0, NULL, '', '', '{"limit":0}');
INSERT INTO posts VALUES
	(1, 1, 'https://photos.example/p/0007', 1735714800000, 'listed', 0, NULL, ''),
	(2, 1, 'https://photos.example/p/0006', 1735711200000, 'listed', 0, NULL, ''),
	(3, 1, 'https://photos.example/p/0005', 1735707600000, 'listed', 0, NULL, ''),
	(4, 1, 'https://photos.example/p/0004', 1735704000000, 'listed', 0, NULL, ''),
	(5, 1, 'https://photos.example/p/0003', 1735700400000, 'listed', 0, NULL, ''),
	(6, 1, 'https://photos.example/p/0009', 1735722000000, 'listed', 0, NULL, ''),
	(7, 1, 'https://photos.example/p/0008', 1735718400000, 'refused', 2, 1772370000000, 'empty'),
	(8, 1, 'https://photos.example/p/0020', 1735761600000, 'imported', 0, NULL, ''),
	(9, 1, 'https://photos.example/p/0019', 1735758000000, 'listed', 0, NULL, ''),
	(10, 1, 'https://photos.example/p/0030', 1735797600000, 'listed', 0, NULL, ''),
	(11, 1, 'https://photos.example/p/0029', 1735794000000, 'listed', 0, NULL, ''),
	(12, 1, 'https://photos.example/p/0028', 1735790400000, 'listed', 0, NULL, ''),
	(13, 1, 'https://photos.example/p/0027', 1735786800000, 'listed', 0, NULL, ''),
	(14, 1, 'https://photos.example/p/0002', 1735696800000, 'listed', 0, NULL, ''),
	(15, 1, 'https://photos.example/p/0001', 1735693200000, 'listed', 0, NULL, ''),
	(16, 2, 'https://photos.example/p/0003', 1735700400000, 'listed', 0, NULL, ''),
	(17, 2, 'https://photos.example/p/0002', 1735696800000, 'listed', 0, NULL, ''),
	(18, 2, 'https://photos.example/p/0001', 1735693200000, 'listed', 0, NULL, '');
INSERT INTO stretches VALUES
	(2, 1, 1, 'outbox', 'after 3', 1735700400000),
	(3, 3, 1, 'outbox', 'after 19', 1735711200000),
	(4, 4, 1, 'outbox', 'after 27', 1735786800000),
	(5, 5, 1, 'api', '', 1735693200000),
	(6, 6, 2, 'outbox', '', 1735693200000);
INSERT INTO entries VALUES
	(1, -2, 6, 2),
	(1, -1, 7, 2),
	(1, 0, 1, 2),
	(1, 1, 2, 1),
	(1, 2, 3, 1),
	(1, 3, 4, 1),
	(1, 4, 5, 1),
	(3, 0, 2, 3),
	(3, 1, 8, 3),
	(3, 2, 9, 3),
	(4, 0, 10, 4),
	(4, 1, 11, 4),
	(4, 2, 12, 4),
	(4, 3, 13, 4),
	(5, 0, 14, 5),
	(5, 1, 15, 5),
	(6, 0, 16, 6),
	(6, 1, 17, 6),
	(6, 2, 18, 6);
INSERT INTO marks VALUES
	(1, 'https://photos.example/p/0007/activity'),
	(1, 'https://photos.example/p/0008/activity'),
	(1, 'https://photos.example/p/0009/activity'),
	(3, 'https://photos.example/p/0019/activity'),
	(3, 'https://photos.example/p/0020/activity'),
	(4, 'https://photos.example/p/0029/activity'),
	(4, 'https://photos.example/p/0030/activity'),
	(5, 'https://photos.example/p/0001/activity'),
	(5, 'https://photos.example/p/0002/activity'),
	(6, 'https://photos.example/p/0001/activity'),
	(6, 'https://photos.example/p/0002/activity'),
	(6, 'https://photos.example/p/0003/activity');
INSERT INTO buckets VALUES
	(1, 1772366400000, 0),
	(2, 1772366400000, 0);
`

// The walk of a version 3 listing continues where it stopped.
func TestListingsOfVersion3(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	third, err := openSteps(t.Context(), o, migrations()[:3])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := third.file.writer.ExecContext(t.Context(), version3Listings); err != nil {
		t.Fatal(err)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, o)
	ledgertest.CheckFile(t, l.file)
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	if !r.Resumed {
		t.Errorf("%+v is not resumed", r)
	}
	s := backfill.Stretch{}
	for _, want := range []struct {
		page       backfill.ListedPage
		rest, next string
	}{
		{ledgertest.TopPage("after 30", 31, 30), "29 28 27", "after 27"},
		{ledgertest.LowerPage("after 19", 26, 20, 19), "6", "after 19"},
		{ledgertest.LowerPage("after 9", 18, 9), "8 7 5 4 3", "after 3"},
	} {
		s, _ = ledgertest.Record(t, l, r, s.ID, want.page)
		known := ledgertest.Rest(t, l, r, s, 2)
		if !s.Joined || ledgertest.Numbers(known) != want.rest || s.Next != want.next {
			t.Errorf("page %s: %+v, then %s; want %s", want.page.Posts[0].URI, s, ledgertest.Numbers(known), want.rest)
		}
		if k := known[0]; k.URI == ledgertest.URI(8) && (k.Outcome != backfill.Refused || k.Attempts != 2 || k.NextTry.IsZero() || k.Reason != "empty") {
			t.Errorf("what was known of 8: %+v", k)
		}
	}
	other := ledgertest.TopPage("after 3", 3)
	other.Source, other.Marks = "api", append(other.Marks, ledgertest.URI(2)+"/activity")
	s, _ = ledgertest.Record(t, l, r, 0, other)
	if known := ledgertest.Rest(t, l, r, s, 9); !s.Joined || s.Next != "" || ledgertest.Numbers(known) != "2 1" {
		t.Errorf("the other source: %+v, then %s", s, ledgertest.Numbers(known))
	}
	ledgertest.Finish(t, l, r, false)
	if at, err := l.NextAllowed(t.Context(), ledgertest.Alice); err != nil || at.IsZero() {
		t.Errorf("the hourly start is forgotten: %v, %v", at, err)
	}
	o.Clock.(*backfilltest.Clock).Step(2 * time.Hour)
	rb := ledgertest.Begin(t, l, ledgertest.Bob)
	s, known := ledgertest.Record(t, l, rb, 0, ledgertest.TopPage("after 2", 3, 2))
	if !s.Joined || s.Next != "" || len(known) != 2 || ledgertest.Numbers(ledgertest.Rest(t, l, rb, s, 9)) != "1" {
		t.Errorf("the other account: %+v", s)
	}
	ledgertest.CheckFile(t, l.file)
}

// olderLedger opens a ledger of an older version.
func olderLedger(t *testing.T, o Options, version int) *opened {
	t.Helper()
	older, err := openSteps(t.Context(), o, migrations()[:version])
	if err != nil {
		t.Fatal(err)
	}
	return older
}

// insertOlder inserts, as the ledger's version did, an open run of alice and a post
// that was refused twice, and then what the statements say. The methods of the ledger
// know only the newest version.
func insertOlder(t *testing.T, l *opened, statements ...string) {
	t.Helper()
	post := fmt.Sprintf(`INSERT INTO posts (account_id, uri, outcome, attempts) VALUES (1, '%s', 'refused', 2)`, ledgertest.URI(1))
	var version int
	if err := l.file.reader.QueryRowContext(t.Context(), `PRAGMA user_version`).Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version >= 6 {
		stem, tail := path.Split(ledgertest.URI(1))
		post = fmt.Sprintf(`INSERT INTO stems VALUES (1, 1, '%s'); INSERT INTO posts (stem_id, tail, outcome, attempts) VALUES (1, '%s', 3, 2)`, stem, tail)
	}
	execute(t, l.file.path, append([]string{
		`INSERT INTO accounts VALUES (1, 'home.example', 'alice@photos.example')`,
		fmt.Sprintf(`INSERT INTO runs (id, account_id, started_at) VALUES (1, 1, %d)`, l.file.Now().UnixMilli()),
		post,
	}, statements...)...)
}

// What a ledger answers when opened for reading has not changed since version 3.
func TestReadingOlderVersions(t *testing.T) {
	for version := readableFrom(migrations()); version < len(migrations()); version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) { readOlder(t, version) })
	}
}

func readOlder(t *testing.T, version int) {
	o := options(t.TempDir(), backfilltest.NewClock())
	older := olderLedger(t, o, version)
	now := o.Clock.Now().UnixMilli()
	insertOlder(t, older, fmt.Sprintf(`UPDATE runs SET finished_at = %d, status = 'done'`, now),
		fmt.Sprintf(`INSERT INTO deferred (account_id, retry_at, reason, created_at) VALUES (1, %d, '', %[1]d)`, now))
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, o.Dir)
	o.ReadOnly = true
	reading := open(t, o)
	readAll(t, reading, 1)
	wantRefused(t, reading)
	standing, err := Survey(o.Dir, "", o.Clock).Standing(t.Context(), o.Clock.Now().Add(-time.Hour))
	if err != nil || standing.DoneToday != 1 || standing.Deferred != 1 {
		t.Errorf("standing %+v, error %v", standing, err)
	}
	for a, err := range Survey(o.Dir, "", o.Clock).EachAccount(t.Context(), ledger.Selection{}, o.Limit) {
		if err != nil || a.Account != ledgertest.Alice || a.Status != backfill.Done || a.Refused != 1 || a.DeferredUntil.IsZero() {
			t.Errorf("%+v, error %v", a, err)
		}
	}
	wantUntouched(t, o.Dir, before)
	// It is migrated meanwhile.
	o.ReadOnly = false
	open(t, o)
	readAll(t, reading, 1)
	wantRefused(t, reading)
}

// wantRefused wants post 1 of alice to be known as refused twice, in another run.
func wantRefused(t *testing.T, l *opened) {
	t.Helper()
	known, err := l.Recorded(t.Context(), backfill.Run{Account: ledgertest.Alice}, []string{ledgertest.URI(1)})
	if err != nil || len(known) != 1 || known[0].Outcome != backfill.Refused || known[0].Attempts != 2 || known[0].InRun {
		t.Errorf("%+v, error %v", known, err)
	}
}

// A run that version 4 has left open is resumed in its first round. What it recorded
// does not count as its own: nobody noted that.
func TestRunOfVersion4(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	older := olderLedger(t, o, 4)
	insertOlder(t, older)
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	l := open(t, o)
	if r := ledgertest.Begin(t, l, ledgertest.Alice); !r.Resumed || r.ID != 1 || r.Round != 0 {
		t.Errorf("%+v", r)
	}
	wantRefused(t, l)
}

// The tables do not change under a process that knows only the old ones.
func TestNotMigratedInUse(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	older := olderLedger(t, o, len(migrations())-1)
	self, err := older.file.self()
	if err != nil {
		t.Fatal(err)
	}
	insertOlder(t, older, fmt.Sprintf(`INSERT INTO owners VALUES ('%s', %d, 0); INSERT INTO claims VALUES (1, 1, '%[1]s', 0)`, self.id, os.Getpid()))
	var hinted *backfill.Hinted
	var olderProcess *backfill.OlderProcessError
	if l, err := Open(t.Context(), o); !errors.As(err, &hinted) || !errors.As(err, &olderProcess) || !strings.Contains(err.Error(), fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("it was opened: %v, %v", l, err)
	}
	if n := ledgertest.Count(t, older.file, `SELECT user_version FROM pragma_user_version`); n != len(migrations())-1 {
		t.Errorf("it was brought to version %d", n)
	}
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	if again := ledgertest.Begin(t, open(t, o), ledgertest.Alice); !again.Resumed || again.ID != 1 {
		t.Errorf("%+v does not go on with the open run", again)
	}
}
