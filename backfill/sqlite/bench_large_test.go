package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledger"
	"tootfill/backfill/ledgertest"
)

// BenchmarkLedger measures a ledger of 10,000,000 posts, 500 of each account (of
// 100,000 posts with -short): its bytes per post, and how long the steps of a run
// take at the median. It needs 2 GB in the folder for temporary files, and some
// minutes before it begins to measure.
//
//	go test ./backfill/sqlite -run '^$' -bench Ledger -timeout 1h
func BenchmarkLedger(b *testing.B) {
	accounts := 20_000
	if testing.Short() {
		accounts = 200
	}
	w := newLargeLedger(b, accounts)
	b.Run("size", w.size)
	b.Run("accounts", w.eachAccount)
	b.Run("begin", w.begin)
	b.Run("subtract/top", w.readTop)
	b.Run("subtract/known", w.readKnown)
	b.Run("subtract/recorded", w.recorded)
	b.Run("record/page", w.recordPage)
	b.Run("record/outcome", func(b *testing.B) { w.recordOutcomes(b, 1) })
	b.Run("record/outcomes", func(b *testing.B) { w.recordOutcomes(b, pageSize) })
}

// pageSize is how many posts Mastodon's outbox has on a page.
const pageSize = 20

// largeLedger is a ledger with many accounts, and a run of one of them after the
// other.
type largeLedger struct {
	*opened
	random *rand.Rand
	// left are the accounts that have not had a run yet.
	left  []int
	posts int
}

func newLargeLedger(b *testing.B, accounts int) *largeLedger {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	clock := backfilltest.NewClock()
	o := options(b.TempDir(), clock)
	w := &largeLedger{random: random, left: random.Perm(accounts), posts: accounts * postsPerAccount}
	empty, err := Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	if err := empty.Close(); err != nil {
		b.Fatal(err)
	}
	buildLedger(b, filepath.Join(o.Dir, "ledger.db"), accounts, clock.Now().UnixMilli())
	clock.Step(2 * time.Hour)
	w.opened = open(b, o)
	return w
}

// next begins a run of the next account, chosen at random.
func (w *largeLedger) next(b *testing.B) backfill.Run {
	b.Helper()
	if len(w.left) == 0 {
		b.Fatal("every account has had its run: use a smaller -benchtime")
	}
	r := ledgertest.Begin(b, w.opened, w.handle())
	w.left = w.left[1:]
	return r
}

func (w *largeLedger) handle() fediverse.Handle {
	return fediverse.Handle{User: fmt.Sprint("user", w.left[0]), Domain: "photos.example"}
}

func (w *largeLedger) end(b *testing.B, r backfill.Run) {
	b.Helper()
	ledgertest.Finish(b, w.opened, r, false)
}

func (w *largeLedger) size(b *testing.B) {
	info, err := os.Stat(w.file.path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
	}
	b.ReportMetric(float64(info.Size())/float64(w.posts), "bytes/post")
}

// eachAccount reads how all accounts stand. It says when the first comes, and how long
// all of them take.
func (w *largeLedger) eachAccount(b *testing.B) {
	var first medians
	for b.Loop() {
		next, stop := iter.Pull2(Survey(w.file.options.Dir, "", w.file.options.Clock).EachAccount(b.Context(), ledger.Selection{}, w.file.options.Limit))
		first.time(func() { w.wantAccount(b, next) })
		for range len(w.left) - 1 {
			w.wantAccount(b, next)
		}
		stop()
	}
	first.report(b)
}

func (w *largeLedger) wantAccount(b *testing.B, next func() (ledger.AccountStanding, error, bool)) {
	b.Helper()
	if a, err, more := next(); err != nil || !more || a.Imported != postsPerAccount {
		b.Fatalf("%+v, more %t, error %v", a, more, err)
	}
}

func (w *largeLedger) begin(b *testing.B) {
	var m medians
	for b.Loop() {
		var r backfill.Run
		m.time(func() { r = w.next(b) })
		w.end(b, r)
	}
	m.report(b)
}

// readTop records a top page on which nothing is new.
func (w *largeLedger) readTop(b *testing.B) {
	var m medians
	for b.Loop() {
		r := w.next(b)
		page := w.known(b, r, pageSize)
		m.time(func() { ledgertest.Record(b, w.opened, r, 0, page) })
		w.end(b, r)
	}
	m.report(b)
}

func (w *largeLedger) readKnown(b *testing.B) {
	var m medians
	for b.Loop() {
		r := w.next(b)
		m.time(func() { w.known(b, r, pageSize) })
		w.end(b, r)
	}
	m.report(b)
}

func (w *largeLedger) recorded(b *testing.B) {
	var m medians
	for b.Loop() {
		r := w.next(b)
		var uris []string
		for _, p := range w.known(b, r, pageSize).Posts {
			uris = append(uris, p.URI)
		}
		m.time(func() {
			if _, err := w.Recorded(b.Context(), r, uris); err != nil {
				b.Fatal(err)
			}
		})
		w.end(b, r)
	}
	m.report(b)
}

// recordPage records a top page of new posts.
func (w *largeLedger) recordPage(b *testing.B) {
	var m medians
	for b.Loop() {
		r := w.next(b)
		page := backfill.ListedPage{Source: "outbox", First: true, Next: "next"}
		for i := range pageSize {
			uri := fmt.Sprintf("https://%s/users/%s/statuses/%d", r.Account.Domain, r.Account.User, 119372843234112345-i*22000000000)
			page.Posts = append(page.Posts, fediverse.Post{URI: uri, Published: ledgertest.DayZero.Add(-time.Duration(i) * time.Hour)})
			page.Marks = append(page.Marks, uri+"/activity")
		}
		m.time(func() { ledgertest.Record(b, w.opened, r, 0, page) })
		w.end(b, r)
	}
	m.report(b)
}

func (w *largeLedger) recordOutcomes(b *testing.B, n int) {
	var m medians
	for b.Loop() {
		r := w.next(b)
		var posts []backfill.KnownPost
		for _, p := range w.known(b, r, n).Posts {
			posts = append(posts, backfill.KnownPost{URI: p.URI, Outcome: backfill.Imported})
		}
		m.time(func() {
			if err := w.RecordOutcomes(b.Context(), r, posts); err != nil {
				b.Fatal(err)
			}
		})
		w.end(b, r)
	}
	m.report(b)
}

// known is the top page of an account as the ledger knows it.
func (w *largeLedger) known(b *testing.B, r backfill.Run, n int) backfill.ListedPage {
	b.Helper()
	s, known, err := w.Reread(b.Context(), r, "outbox")
	if err != nil || !known {
		b.Fatal(known, err)
	}
	posts, _, err := w.ReadKnown(b.Context(), r, s.Below, n)
	if err != nil || len(posts) != n {
		b.Fatal(len(posts), err)
	}
	page := backfill.ListedPage{Source: "outbox", First: true, Next: "next"}
	for _, k := range posts {
		page.Posts = append(page.Posts, fediverse.Post{URI: k.URI, Published: k.Published})
		page.Marks = append(page.Marks, k.URI+"/activity")
	}
	return page
}

// medians measures how long something takes, many times.
type medians struct{ took []time.Duration }

func (m *medians) time(f func()) {
	begun := time.Now()
	f()
	m.took = append(m.took, time.Since(begun))
}

func (m *medians) report(b *testing.B) {
	slices.Sort(m.took)
	b.ReportMetric(float64(m.took[len(m.took)/2].Microseconds())/1000, "median-ms")
	b.ReportMetric(0, "ns/op") // it includes what is not measured
}

const (
	postsPerAccount = 500
	// atATime is how many accounts are worked on at a time.
	atATime = 8
)

// buildLedger fills an empty ledger in the order in which breadth-first runs do,
// since that decides how full the pages of the file are.
func buildLedger(b *testing.B, path string, accounts int, now int64) {
	b.Helper()
	db, err := sql.Open("sqlite", dsn(path, "rw", "journal_mode(OFF)", "synchronous(OFF)", "cache_size(-200000)", "foreign_keys(0)"))
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	execute := func(statement string, args ...any) {
		b.Helper()
		if _, err := db.ExecContext(b.Context(), statement, args...); err != nil {
			b.Fatal(err)
		}
	}
	execute(buildAccounts, accounts, now)
	from := 0
	for _, to := range []int{40, 200, postsPerAccount} {
		for first := 0; first < accounts; first += 25 * atATime {
			last := min(first+25*atATime, accounts)
			execute(buildPosts, from, to-from, first, (last-first)*(to-from), atATime, pageSize, now)
		}
		from = to
	}
	execute(`PRAGMA journal_mode = WAL`)
	if err := errors.Join(db.Close(), syncFile(path)); err != nil {
		b.Fatal(err)
	}
}

// syncFile keeps what was written before from slowing down what is measured.
func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// buildAccounts makes ?1 accounts, numbered from 0, each with a run that has
// finished at ?2 and a listing. Those of every third name their posts as Misskey
// does, and the others as Mastodon.
const buildAccounts = `
CREATE TEMP TABLE a AS WITH RECURSIVE a (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM a WHERE n < ?1 - 1) SELECT n FROM a;
INSERT INTO accounts (id, home, handle) SELECT n + 1, 'home.example', 'user' || n || '@photos.example' FROM a;
INSERT INTO runs (account_id, started_at, finished_at, route, status, imported) SELECT n + 1, ?2, ?2, 'resolve', 'done', 500 FROM a;
INSERT INTO buckets SELECT n + 1, ?2, 0 FROM a;
INSERT INTO listings SELECT n + 1, n + 1, 'outbox' FROM a;
INSERT INTO stretches (listing_id, top, next) SELECT n + 1, 1 << 62, '' FROM a;
INSERT INTO stems SELECT n + 1, n + 1, iif(n % 3 = 2, 'https://photos.example/notes/', 'https://photos.example/users/user' || n || '/statuses/') FROM a;
`

// buildPosts makes ?2 posts of each account from ?3 on, beginning with post ?1: ?4
// posts in all. ?5 accounts take turns, by pages of ?6 posts.
const buildPosts = `
CREATE TEMP TABLE p AS
	WITH RECURSIVE o (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM o WHERE n < ?4 - 1)
	SELECT 1 + (SELECT coalesce(max(id), 0) FROM posts) + n AS id,
		1 + ?3 + n / (?5 * ?2) * ?5 + n % (?5 * ?6) / ?6 AS account,
		?1 + n % (?5 * ?2) / (?5 * ?6) * ?6 + n % ?6 AS nth FROM o;
INSERT INTO posts (id, stem_id, tail, published, outcome)
	SELECT id, account, iif((account - 1) % 3 = 2, lower(hex(randomblob(10))), 109372843234112345 - nth * 22000000000000 + abs(random() % 9999999999)),
		?7 - nth * 3600000, 0 FROM p ORDER BY id;
INSERT INTO entries SELECT account, (1 << 62) + nth, id FROM p ORDER BY id;
UPDATE posts SET outcome = 1, run = stem_id WHERE id >= (SELECT min(id) FROM p);
INSERT OR IGNORE INTO marks SELECT account, stem || tail || '/activity', 1 << 62
	FROM p JOIN posts USING (id) JOIN stems ON stems.id = stem_id WHERE nth < 20;
DROP TABLE p;
`
