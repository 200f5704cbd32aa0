package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/backfilltest"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/ledgertest"
)

func oddPosts() (uris []string) {
	for _, odd := range ledgertest.OddURIs() {
		uris = append(uris, strings.Replace(odd, "|", "", 1))
	}
	return uris
}

// Posts of every form of URI are found again, with what was known of them, when they
// come from an older ledger.
func TestPostsOfVersion5(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	older := olderLedger(t, o, 5)
	insertOlder(t, older, `INSERT INTO listings VALUES (1, 1, 'outbox')`, `INSERT INTO stretches VALUES (1, 1, 1 << 62, '')`)
	texts := []string{"listed", "imported", "held", "refused", "failed"}
	outcomes := []backfill.Outcome{backfill.Listed, backfill.Imported, backfill.Held, backfill.Refused, backfill.Failed}
	posts := oddPosts()
	for i, uri := range posts {
		// The ids have gaps, and do not follow the order of the listing.
		execute(t, older.file.path, fmt.Sprintf(`INSERT INTO posts VALUES (%d, 1, '%s', %d, '%s', %d, NULL, 'reason %[5]d', 1);
			INSERT INTO entries VALUES (1, (1 << 62) + %[5]d, %[1]d)`,
			1000-7*i, uri, ledgertest.DayZero.Add(time.Duration(i)*time.Hour).UnixMilli(), texts[i%len(texts)], i))
	}
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	want := make([]backfill.KnownPost, len(posts))
	for i, uri := range posts {
		want[i] = backfill.KnownPost{
			URI: uri, Published: ledgertest.DayZero.Add(time.Duration(i) * time.Hour), Outcome: outcomes[i%len(texts)],
			InRun: true, Attempts: i, Reason: fmt.Sprintf("reason %d", i),
		}
	}
	l := open(t, o)
	r := ledgertest.Begin(t, l, ledgertest.Alice)
	recorded, err := l.Recorded(t.Context(), r, posts)
	if err != nil {
		t.Fatal(err)
	}
	wantPosts(t, "Recorded", recorded, want)
	s, _ := ledgertest.Reread(t, l, r, "outbox")
	wantPosts(t, "ReadKnown", ledgertest.Rest(t, l, r, s, 3), want)
	page := backfill.ListedPage{Source: "outbox", First: true}
	for _, uri := range posts {
		page.Posts = append(page.Posts, fediverse.Post{URI: uri})
	}
	_, listed := ledgertest.Record(t, l, r, 0, page)
	wantPosts(t, "RecordPage", listed, want)
	if n := ledgertest.Count(t, l.file, `SELECT count(*) FROM pragma_foreign_key_check`); n != 0 {
		t.Errorf("%d broken references", n)
	}
}

func wantPosts(t *testing.T, what string, got, want []backfill.KnownPost) {
	t.Helper()
	same := func(a, b backfill.KnownPost) bool {
		return a.URI == b.URI && a.Published.Equal(b.Published) && a.Outcome == b.Outcome && a.InRun == b.InRun &&
			a.Attempts == b.Attempts && a.NextTry.Equal(b.NextTry) && a.Reason == b.Reason
	}
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

// Several processes may come upon an older ledger at once: one of them brings it up
// to date.
func TestUpgradeRace(t *testing.T) {
	o := options(t.TempDir(), backfilltest.NewClock())
	older := olderLedger(t, o, 5)
	insertOlder(t, older)
	if err := older.Close(); err != nil {
		t.Fatal(err)
	}
	const processes = 4
	ledgers := make(chan *opened, processes)
	for range processes {
		go func() {
			l, err := openSteps(t.Context(), o, migrations())
			if err != nil {
				t.Error(err)
			}
			ledgers <- l
		}()
	}
	for range processes {
		l := <-ledgers
		if l == nil {
			continue
		}
		wantRefused(t, l)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
