package postgres

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
)

// refusal wants a database not to open, and returns the hint and the error.
func refusal(t *testing.T, o Options) (hint backfill.Hint, _ error) {
	t.Helper()
	d, err := Open(t.Context(), o)
	if err == nil {
		d.Close()
		t.Fatalf("the %s was opened", o)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error shows the password: %v", err)
	}
	var hinted *backfill.Hinted
	if !errors.As(err, &hinted) {
		t.Fatalf("no hint with: %v", err)
	}
	return hinted.Hint, err
}

func testRefused(t *testing.T, i *installation) {
	url := i.database(t)
	i.run(t, url, "CREATE ROLE locked LOGIN PASSWORD 'right'; REVOKE CONNECT ON DATABASE template1 FROM PUBLIC; CREATE ROLE outsider LOGIN")
	_, silent := listen(t)
	var login *LoginError
	var unavailable *backfill.UnavailableError
	for name, tt := range map[string]struct {
		change      func(*Options)
		target      any
		words, hint string
	}{
		"wrong password":   {func(o *Options) { o.User = "locked" }, &login, "locked", "DB_USER and DB_PASS"},
		"no role":          {func(o *Options) { o.User = "nobody" }, &login, "nobody", "DB_USER and DB_PASS"},
		"no database":      {func(o *Options) { o.Name = "none" }, &login, "none", "DB_NAME"},
		"no right":         {func(o *Options) { o.User, o.Name = "outsider", "template1" }, &login, "template1", "GRANT CONNECT"},
		"nobody listens":   {func(o *Options) { o.Port = "1" }, &unavailable, "127.0.0.1:1 cannot be reached: connect: connection refused", "DB_HOST, DB_PORT"},
		"no TLS":           {func(o *Options) { o.SSLMode = "require" }, &unavailable, "TLS", "DB_SSLMODE"},
		"no answer":        {func(o *Options) { o.Port = silent }, &unavailable, "no answer in time", "DB_HOST"},
		"through a dialer": {func(o *Options) { o.Dial = noDial }, &unavailable, "no route here", "DB_HOST"},
	} {
		t.Run(name, func(t *testing.T) {
			o := optionsFor(t, url)
			o.Password, o.ConnectTimeout, o.fromURL = "hunter2", 5*time.Second, false
			if name == "no answer" {
				o.ConnectTimeout = 100 * time.Millisecond
			}
			tt.change(&o)
			hint, err := refusal(t, o)
			if !errors.As(err, tt.target) || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("error: %v", err)
			}
			if !strings.Contains(err.Error(), o.Name) || !strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("the error does not name the database and its server: %v", err)
			}
			if !strings.Contains(hint.About, tt.hint) {
				t.Errorf("hint: %+v", hint)
			}
			o.fromURL = true
			if hint, _ := refusal(t, o); !strings.Contains(hint.About, "DATABASE_URL") {
				t.Errorf("hint where a URL is set: %+v", hint)
			}
		})
	}
}

func noDial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no route here")
}

// listen starts a server that accepts connections and never answers.
func listen(t *testing.T) (l net.Listener, port string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return l, port
}

func testMissing(t *testing.T, i *installation) {
	url := i.database(t)
	superuser := connect(t, url)
	defer hangUp(superuser)
	tables, columns := needed()
	for n := range tables {
		execute(t, superuser, "ALTER TABLE "+tables[n]+" RENAME COLUMN "+columns[n]+" TO elsewhere")
		_, err := refusal(t, optionsFor(t, url))
		var missing *SchemaError
		if !errors.As(err, &missing) || missing.Table != tables[n] || missing.Column != columns[n] || !strings.Contains(err.Error(), "4.3 to 4.7") {
			t.Errorf("without %s.%s: %v", tables[n], columns[n], err)
		}
		execute(t, superuser, "ALTER TABLE "+tables[n]+" RENAME COLUMN elsewhere TO "+columns[n])
	}
	d := open(t, optionsFor(t, url))
	i.run(t, url, "ALTER TABLE tombstones RENAME TO elsewhere")
	var missing *SchemaError
	if _, err := refusal(t, optionsFor(t, url)); !errors.As(err, &missing) || missing.Table != "tombstones" || missing.Column != "" {
		t.Errorf("without tombstones: %v", err)
	}
	_, err := d.Tombstones(t.Context(), []string{"https://photos.example/p/4"})
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "tombstones") || !strings.Contains(err.Error(), "4.3 to 4.7") {
		t.Errorf("without tombstones, later on: %v", err)
	}
}

func testGrants(t *testing.T, i *installation) {
	url := i.database(t)
	i.run(t, url, file(t, "grants.sql"))
	o := optionsFor(t, url)
	o.User = "tootfill"
	d := open(t, o)
	a := account(t, d, "alice@photos.example")
	var failed []error
	note := func(_ any, err error) { failed = append(failed, err) }
	note(d.AccountAt(t.Context(), a.URI))
	note(d.Standing(t.Context(), a))
	note(d.Followers(t.Context(), a))
	note(d.HeldURIs(t.Context(), []string{a.URI}))
	note(d.Tombstones(t.Context(), []string{a.URI}))
	note(d.DomainBlock(t.Context(), "photos.example"))
	note(d.AccountBlock(t.Context(), a))
	note(d.HeldCount(t.Context(), a))
	note(d.DomainAllowed(t.Context(), "photos.example"))
	note(d.Retention(t.Context()))
	note(d.SchemaVersion(t.Context()))
	if err := errors.Join(failed...); err != nil || len(followed(t, d, 0)) != 3 {
		t.Error(err)
	}
	var closed *AccessError
	if _, _, err := d.InstanceKey(t.Context()); !errors.As(err, &closed) || closed.Column != "private_key" || closed.User != "tootfill" {
		t.Errorf("the key without a right to it: %v", err)
	}
	i.run(t, url, file(t, "grants_signing.sql"))
	if _, _, err := d.InstanceKey(t.Context()); !errors.Is(err, ErrNoClearKey) {
		t.Errorf("the key with the right to it: %v", err)
	}
	testNarrowRole(t, o)
	testEachGrant(t, i, url, o)
	i.run(t, url, "REVOKE SELECT (uri) ON tombstones FROM tootfill")
	if _, err := d.Tombstones(t.Context(), []string{a.URI}); !errors.As(err, &closed) || !strings.Contains(err.Error(), "tombstones") {
		t.Errorf("a right taken back later on: %v", err)
	}
}

// testNarrowRole checks that PostgreSQL itself keeps the role from doing more than it
// needs.
func testNarrowRole(t *testing.T, o Options) {
	config, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer hangUp(conn)
	for _, sql := range []string{
		"SELECT text FROM statuses", "SELECT public_key FROM accounts", "SELECT * FROM settings", "INSERT INTO tombstones (uri) VALUES ('x')",
		"CREATE TABLE x ()", "SET transaction_read_only = off; DELETE FROM statuses",
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("the role may do: %s", sql)
		}
	}
}

// testEachGrant revokes each right in turn, which Open must then name.
func testEachGrant(t *testing.T, i *installation, url string, o Options) {
	superuser := connect(t, url)
	defer hangUp(superuser)
	tables, columns := needed()
	for n := range tables {
		right := "SELECT (" + columns[n] + ") ON " + tables[n]
		execute(t, superuser, "REVOKE "+right+" FROM tootfill")
		hint, err := refusal(t, o)
		var closed *AccessError
		if !errors.As(err, &closed) || closed.Table != tables[n] || closed.Column != columns[n] || hint.Kind != backfill.Grant || !strings.Contains(hint.About, "GRANT "+right+" TO tootfill") {
			t.Errorf("without %s: %v (%+v)", right, err, hint)
		}
		execute(t, superuser, "GRANT "+right+" TO tootfill")
	}
}

func TestGrantsInTheDocumentation(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var quoted []string
	for line := range strings.Lines(string(doc)) {
		if sql, ok := strings.CutPrefix(line, "//\t"); ok {
			quoted = append(quoted, sql)
		}
	}
	if want := file(t, "grants.sql") + file(t, "grants_signing.sql"); strings.Join(quoted, "") != want {
		t.Errorf("doc.go quotes\n%s\nwant\n%s", strings.Join(quoted, ""), want)
	}
}
