package commands_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tootfill/backfill/sandbox"
)

// BenchmarkRepeatOnServer looks for new posts of 5,000 accounts on 1,000 origins, by
// route sidekiq with a real Redis and PostgreSQL. There are none. Origins are asked
// once a second; the sandbox has no other latency, but works on the same machine.
func BenchmarkRepeatOnServer(b *testing.B) {
	const accounts = 5000
	for b.Loop() {
		w := newBenchWorld(b, 1)
		w.install(w.addMany(accounts, 1000, 1))
		first := w.run("accounts", "backfill", "--via", "sidekiq", "--following")
		if first.Held != accounts {
			b.Fatalf("%+v", first)
		}
		w.paceOrigins()
		w.anHourLater()
		r := w.run("accounts", "backfill", "--via", "sidekiq", "--following")
		if r.Imported != 0 {
			b.Fatalf("%+v", r)
		}
		b.ReportMetric(accounts/r.took.Minutes(), "accounts/min")
		b.ReportMetric(float64(r.Origin)/accounts, "origin-req/account")
		b.ReportMetric(r.memory, "peak-MiB")
	}
}

// install gives home an installation whose database has the accounts, their followers
// and all their posts. The programs run on its machine from now on.
func (w *benchWorld) install(accounts []*sandbox.Account) {
	w.b.Helper()
	i := &installation{t: w.b, fediverse: &fediverse{Sandbox: w.Sandbox}}
	folder := w.b.TempDir()
	if err := i.startServers(folder); err != nil {
		w.b.Fatal(err)
	}
	if err := (&worker{i: i}).beat(); err != nil {
		w.b.Fatal(err)
	}
	var rows, posts []string
	for n, a := range accounts {
		id := 1000 + n
		rows = append(rows, fmt.Sprintf("(%d, '%s', '%s', '%s', '%s')", id, a.Handle().User, a.Handle().Domain, a.URI(), a.URL()))
		for _, p := range a.Posts() {
			posts = append(posts, fmt.Sprintf("(%d, '%s')", id, p.URI()))
		}
	}
	err := i.sql([]string{"sql",
		"INSERT INTO accounts (id, username, domain, uri, url) VALUES " + strings.Join(rows, ", ") + ";",
		"INSERT INTO follows (account_id, target_account_id) SELECT 1, id FROM accounts WHERE domain IS NOT NULL;",
		"INSERT INTO statuses (account_id, uri) VALUES " + strings.Join(posts, ", ") + ";",
	})
	if err != nil {
		w.b.Fatal(err)
	}
	w.env = append(w.env, "TOOTFILL_SERVER=", "TOOTFILL_ACCESS_TOKEN=", "TOOTFILL_ENV_FILE="+filepath.Join(folder, ".env.production"))
}
