package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
	"tootfill/backfill/fediverse"
	"tootfill/backfill/recorded"
	"tootfill/backfill/testservers"
)

// installation is a PostgreSQL in which every test has a database of its own.
type installation struct {
	*testservers.Server
	// version is the Mastodon whose tables a database gets.
	version string
	made    int
	// templates are the names of the databases to copy, and shared the URLs of those
	// that no test changes; both by version.
	templates, shared map[string]string
}

// TestPostgres holds all tests that need a server, because starting one is slow.
func TestPostgres(t *testing.T) {
	i := &installation{Server: testservers.StartPostgres(t, "-c", "hba_file="+accessRules(t)), version: recorded.Mastodon46, templates: map[string]string{}, shared: map[string]string{}}
	for _, test := range []struct {
		name string
		run  func(*testing.T, *installation)
	}{
		{"accounts", testAccounts},
		{"accounts that are no handles", testUnreadable},
		{"standing and followers", testFollowers},
		{"standing to one person", testStandingOf},
		{"followed", testFollowed},
		{"lists", testLists},
		{"rights to lists", testListRights},
		{"all rights", testRights},
		{"followed in pages", testFollowedPages},
		{"new follows", testFollowTable},
		{"new follows in pages", testFollowTablePages},
		{"slow follows", testSlowFollows},
		{"a forgotten transaction", testForgottenTransaction},
		{"follows in flight at the first look", testInFlightAtTheFirstLook},
		{"follows in any order", testFollowsInAnyOrder},
		{"posts", testPosts},
		{"a thousand posts", testManyPosts},
		{"posts by an index", testIndexes},
		{"held posts counted", testHeldCount},
		{"ids of posts", testStatusIDs},
		{"posts of accounts counted", testPostCounts},
		{"held posts counted by an index", testHeldCountIndex},
		{"blocks", testBlocks},
		{"allowed domains", testAllowed},
		{"retention", testRetention},
		{"instance key", testInstanceKey},
		{"schema version", testSchemaVersion},
		{"nothing is written", testReadOnly},
		{"the tables of Mastodon 4.3", testOlderTables},
		{"a role of its own", testGrants},
		{"something is missing", testMissing},
		{"refused", testRefused},
		{"a slow question", testSlow},
		{"the end of the context", testCancelled},
		{"socket", testSocket},
		{"closed", testClosed},
		{"through pgbouncer", testPgBouncer},
		{"going away", testGoingAway}, // must be last: it restarts the server
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, i) })
	}
}

// testOlderTables repeats the tests that depend on tables, with those of an older
// release. The tables of both releases are as real servers have them.
func testOlderTables(t *testing.T, i *installation) {
	older := *i
	older.version = recorded.Mastodon43
	for name, test := range map[string]func(*testing.T, *installation){
		"accounts": testAccounts, "followers": testFollowers, "standing": testStandingOf, "followed": testFollowed, "new follows": testFollowTable, "posts": testPosts, "blocks": testBlocks,
		"held posts counted": testHeldCount, "ids of posts": testStatusIDs, "allowed domains": testAllowed, "retention": testRetention, "posts by an index": testIndexes,
	} {
		t.Run(name, func(t *testing.T) { test(t, &older) })
	}
	i.made = older.made
}

// accessRules writes a file that makes PostgreSQL ask the role locked for a password.
func accessRules(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hba")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "pg_hba.conf")
	rules := "local all all trust\nhost all locked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
	if err := os.WriteFile(path, []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the server runs as another user
		t.Fatal(err)
	}
	return path
}

// database makes a database with Mastodon's tables and some rows, for a test that
// changes it, and returns its URL for the superuser.
func (i *installation) database(t testing.TB) string {
	t.Helper()
	i.made++
	name := fmt.Sprintf("mastodon_%d", i.made)
	i.run(t, i.URL, "CREATE DATABASE "+name+" TEMPLATE "+i.template(t))
	return i.urlOf(name)
}

// template returns the name of the database that the others are copied from: copying
// one is much faster than making its tables.
func (i *installation) template(t testing.TB) string {
	t.Helper()
	if name := i.templates[i.version]; name != "" {
		return name
	}
	name := fmt.Sprintf("template_%d", len(i.templates))
	i.run(t, i.URL, "CREATE DATABASE "+name)
	i.run(t, i.urlOf(name), recorded.Schema(t, i.version))
	i.run(t, i.urlOf(name), file(t, "rows.sql"))
	i.templates[i.version] = name
	return name
}

func (i *installation) urlOf(database string) string {
	return strings.Replace(i.URL, "/postgres?", "/"+database+"?", 1)
}

func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// run runs statements as the superuser.
func (i *installation) run(t testing.TB, url, sql string, args ...any) {
	t.Helper()
	conn := connect(t, url)
	defer hangUp(conn)
	execute(t, conn, sql, args...)
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func execute(t testing.TB, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func optionsFor(t testing.TB, url string) Options {
	t.Helper()
	env := map[string]string{"DATABASE_URL": url, "LOCAL_DOMAIN": "home.example", "WEB_DOMAIN": "social.home.example"}
	o, err := OptionsFromEnv(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func open(t testing.TB, o Options) *Database {
	t.Helper()
	d, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// unchanged opens the database that is shared by the tests that only read.
func (i *installation) unchanged(t testing.TB) *Database {
	t.Helper()
	url := i.shared[i.version]
	if url == "" {
		url = i.database(t)
		i.shared[i.version] = url
	}
	return open(t, optionsFor(t, url))
}

func handle(t testing.TB, text string) fediverse.Handle {
	t.Helper()
	h, err := fediverse.ParseHandle(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func account(t testing.TB, d *Database, text string) fediverse.Account {
	t.Helper()
	a, err := d.Account(t.Context(), handle(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func testSchemaVersion(t *testing.T, i *installation) {
	url := i.database(t)
	d := open(t, optionsFor(t, url))
	if v, err := d.SchemaVersion(t.Context()); err != nil || v != "20241007071624" {
		t.Errorf("version %q, %v", v, err)
	}
	i.run(t, url, "DELETE FROM schema_migrations")
	if v, err := d.SchemaVersion(t.Context()); err != nil || v != "" {
		t.Errorf("without migrations: version %q, %v", v, err)
	}
}

func testReadOnly(t *testing.T, i *installation) {
	d := i.unchanged(t)
	for _, sql := range []string{
		"INSERT INTO tombstones (account_id, uri) VALUES (100, 'x')", "UPDATE accounts SET note = ''",
		"DELETE FROM statuses", "CREATE TABLE x ()", "SELECT nextval('tombstones_id_seq')",
	} {
		_, err := read(t.Context(), d, func(ctx context.Context, tx pgx.Tx) (struct{}, error) {
			_, err := tx.Exec(ctx, sql)
			return struct{}{}, err
		})
		if err == nil || !strings.Contains(err.Error(), "read-only transaction") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if held, err := d.HeldURIs(t.Context(), []string{"https://photos.example/p/1"}); err != nil || len(held) != 1 {
		t.Errorf("afterwards: %v, %v", held, err)
	}
}

func testSlow(t *testing.T, i *installation) {
	d := i.unchanged(t)
	_, err := read(t.Context(), d, func(ctx context.Context, tx pgx.Tx) (int, error) {
		if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = '20ms'"); err != nil {
			return 0, err
		}
		_, err := tx.Exec(ctx, "SELECT pg_sleep(10)")
		return 0, err
	})
	if err == nil || !strings.Contains(err.Error(), "too busy") {
		t.Errorf("a slow statement: %v", err)
	}
	d.answer = 50 * time.Millisecond
	_, err = read(t.Context(), d, func(ctx context.Context, tx pgx.Tx) (int, error) {
		_, err := tx.Exec(ctx, "SELECT pg_sleep(10)")
		return 0, err
	})
	var unavailable *backfill.UnavailableError
	if !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "no answer within 50ms") {
		t.Errorf("a silent server: %v", err)
	}
	d.answer = answerTime
	limits, err := read(t.Context(), d, func(ctx context.Context, tx pgx.Tx) (limits [4]string, err error) {
		err = tx.QueryRow(ctx, `SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
			current_setting('transaction_read_only'), current_setting('application_name')`).
			Scan(&limits[0], &limits[1], &limits[2], &limits[3])
		return limits, err
	})
	if want := [4]string{"10s", "2s", "on", "tootfill"}; err != nil || limits != want {
		t.Errorf("a transaction has %v, %v, want %v", limits, err, want)
	}
}

func testCancelled(t *testing.T, i *installation) {
	d := i.unchanged(t)
	for range 2 * maxConns { // no slot may be lost
		ctx, cancel := context.WithCancel(t.Context())
		_, err := read(ctx, d, func(ctx context.Context, tx pgx.Tx) (int, error) {
			time.AfterFunc(5*time.Millisecond, cancel)
			_, err := tx.Exec(ctx, "SELECT pg_sleep(10)")
			return 0, err
		})
		if err != context.Canceled {
			t.Errorf("cancelled: %v", err)
		}
	}
	account(t, d, "alice@photos.example")
}

func testSocket(t *testing.T, i *installation) {
	o := optionsFor(t, i.database(t))
	o.Host = i.SocketDir
	account(t, open(t, o), "alice@photos.example")
	o.Port = "1"
	if _, err := Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), i.SocketDir+"/.s.PGSQL.1") {
		t.Errorf("no socket: %v", err)
	}
}

func testClosed(t *testing.T, i *installation) {
	d := i.unchanged(t)
	d.Close()
	d.Close()
	if _, err := d.Retention(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
}
