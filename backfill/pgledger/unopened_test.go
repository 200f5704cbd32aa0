package pgledger

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tootfill/backfill"
	"tootfill/backfill/testservers"
)

// password is what no error may show.
const password = "Xyzzy-4711"

// host is a PostgreSQL that wants passwords from everybody but its superuser.
type host struct {
	*testservers.Server
	t *testing.T
}

func startHost(t *testing.T, settings ...string) host {
	t.Helper()
	s := host{testservers.StartPostgres(t, settings...), t}
	const rules = "host all postgres 127.0.0.1/32 trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(s.SocketDir, "data", "pg_hba.conf"), []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	s.do("SELECT pg_reload_conf(); CREATE ROLE tootfill LOGIN PASSWORD '" + password + "'")
	s.do("CREATE DATABASE ledger OWNER tootfill")
	return s
}

// do changes the database postgres as the superuser.
func (s host) do(statement string) { s.t.Helper(); execute(s.t, s.URL, statement) }

// in changes the database of a ledger as the superuser.
func (s host) in(database, statement string) {
	s.t.Helper()
	execute(s.t, strings.Replace(s.URL, "/postgres?", "/"+database+"?", 1), statement)
}

// port is where it listens.
func (s host) port() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	return u.Port()
}

// address is that of a database for the role tootfill, with its password.
func (s host) address(database string) string {
	return "postgres://tootfill:" + password + "@127.0.0.1:" + s.port() + "/" + database + "?sslmode=disable"
}

// wantUnopened wants a ledger not to be opened, and the words and the hint of the error.
func wantUnopened(t *testing.T, o Options, words string, hint backfill.Hint) {
	t.Helper()
	l, err := Open(t.Context(), o)
	if err == nil {
		t.Errorf("it was opened: %v", l.Close())
		return
	}
	var known *backfill.Hinted
	if !errors.As(err, &known) || !strings.Contains(err.Error(), words) {
		t.Errorf("%v, want %q and a hint", err, words)
		return
	}
	if known.Hint.Kind != hint.Kind || !strings.Contains(known.Hint.About, hint.About) {
		t.Errorf("%v: hint %+v, want %+v", err, known.Hint, hint)
	}
	if text := fmt.Sprintf("%v %+v %#v", err, err, known.Hint); strings.Contains(text, password) || strings.Contains(err.Error(), "\n") {
		t.Errorf("it shows too much: %s", text)
	}
}

func TestUnopened(t *testing.T) {
	s := startHost(t, "-c", "max_connections=8", "-c", "superuser_reserved_connections=3")
	at := func(change func(string) string) Options { return options(change(s.address("ledger"))) }
	instead := func(old, by string) func(string) string {
		return func(address string) string { return strings.Replace(address, old, by, 1) }
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	server := backfill.Hint{Kind: backfill.DatabaseServer}
	login := backfill.Hint{Kind: backfill.DatabaseLogin}
	for _, c := range []struct {
		name  string
		o     Options
		words string
		hint  backfill.Hint
	}{
		{"nobody listens", at(instead(s.port(), "1")), "the database ledger at 127.0.0.1:1: connect: connection refused", server},
		{"no such host", at(instead("127.0.0.1", "db.invalid")), "the database ledger at db.invalid:" + s.port() + ": looking up db.invalid: ", server},
		{"no answer", options("postgres://u:" + password + "@" + silent.Addr().String() + "/x?connect_timeout=1"), "no answer in time", server},
		{"no socket", options("postgres://u:" + password + "@/x?host=/nowhere"), "the database x at /nowhere/.s.PGSQL.5432: connect: no such file", server},
		{"wrong password", at(instead("4711", "4712")), `password authentication failed for user "tootfill"`, login},
		{"no password", at(instead(":"+password, "")), `database ledger at 127.0.0.1`, login},
		{"no such role", at(instead("tootfill", "nobody")), `password authentication failed for user "nobody"`, login},
		{"no such database", at(instead("/ledger", "/none")), `database "none" does not exist`,
			backfill.Hint{Kind: backfill.OwnDatabase, About: `CREATE DATABASE "none" OWNER "tootfill"`}},
		{"no TLS", at(instead("disable", "require")), "server refused TLS connection", backfill.Hint{Kind: backfill.DatabaseTLS}},
		{"no certificate to trust", at(instead("disable", "verify-full&sslrootcert=/nowhere")), "the address of the ledger's database cannot be used: ", backfill.Hint{Kind: backfill.DatabaseAddress}},
		{"not a mode", at(instead("disable", "maybe")), "the address of the ledger's database cannot be used: ", backfill.Hint{Kind: backfill.DatabaseAddress}},
		{"no such service", at(instead("?", "?service=none&")), "the address of the ledger's database cannot be used: ", backfill.Hint{Kind: backfill.DatabaseAddress}},
	} {
		t.Run(c.name, func(t *testing.T) { wantUnopened(t, c.o, c.words, c.hint) })
	}
	t.Run("no right to connect", func(t *testing.T) {
		s.do("CREATE DATABASE closed")
		s.do("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
		wantUnopened(t, options(s.address("closed")), "permission denied for database", backfill.Hint{Kind: backfill.Grant, About: `GRANT CONNECT ON DATABASE "closed" TO "tootfill"`})
	})
	t.Run("no right to the schema", func(t *testing.T) {
		s.do("CREATE DATABASE others")
		wantUnopened(t, options(s.address("others")), "the role tootfill may not make the schema tootfill", backfill.Hint{Kind: backfill.Grant, About: `GRANT CREATE ON DATABASE "others" TO "tootfill"`})
		s.in("others", "CREATE SCHEMA tootfill")
		wantUnopened(t, options(s.address("others")), "may not make tables in the schema tootfill", backfill.Hint{Kind: backfill.Grant, About: `GRANT CREATE, USAGE ON SCHEMA tootfill TO "tootfill"`})
		s.in("others", `GRANT CREATE, USAGE ON SCHEMA tootfill TO "tootfill"`)
		openIn(t, options(s.address("others")))
	})
	t.Run("no right to the tables", func(t *testing.T) { rightsToTables(t, s) })
	t.Run("Mastodon's own", func(t *testing.T) {
		s.do("CREATE DATABASE mastodon OWNER tootfill")
		s.in("mastodon", "CREATE TABLE statuses (id BIGINT); CREATE TABLE status_stats (id BIGINT); CREATE TABLE account_stats (id BIGINT)")
		o := options(s.address("mastodon"))
		for _, o.ReadOnly = range []bool{false, true} {
			wantUnopened(t, o, "it is Mastodon's own database, and a ledger needs another one", backfill.Hint{Kind: backfill.OwnDatabase, About: "CREATE DATABASE tootfill OWNER"})
		}
	})
	t.Run("newer tables", func(t *testing.T) {
		if err := openIn(t, options(s.address("ledger"))).Close(); err != nil {
			t.Fatal(err)
		}
		s.in("ledger", "UPDATE tootfill.version SET version = 99")
		o := options(s.address("ledger"))
		for _, o.ReadOnly = range []bool{false, true} {
			wantUnopened(t, o, "it has schema version 99, but this tootfill knows versions up to", backfill.Hint{Kind: backfill.NewerProgram})
		}
		s.in("ledger", fmt.Sprint("UPDATE tootfill.version SET version = ", len(versions)))
	})
	t.Run("no changes", func(t *testing.T) {
		s.do("ALTER ROLE tootfill SET default_transaction_read_only = on")
		wantUnopened(t, options(s.address("ledger")), "it takes no changes", backfill.Say("default_transaction_read_only"))
		o := options(s.address("ledger"))
		o.ReadOnly = true
		openIn(t, o)
		s.do("ALTER ROLE tootfill RESET default_transaction_read_only")
	})
	t.Run("too many connections", func(t *testing.T) {
		s.do("ALTER ROLE tootfill CONNECTION LIMIT 0")
		wantUnopened(t, options(s.address("ledger")), `too many connections for role "tootfill"`, backfill.Say("raise max_connections"))
		s.do("ALTER ROLE tootfill CONNECTION LIMIT -1")
	})
	t.Run("a standby", func(t *testing.T) { standby(t, s) })
}

// standby: a copy of the server that has the ledger can be read.
func standby(t *testing.T, s host) {
	s.Stop(t)
	if err := os.WriteFile(filepath.Join(s.SocketDir, "data", "standby.signal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	o := options(s.address("ledger"))
	wantUnopened(t, o, "it is a standby, which takes no changes", backfill.Hint{Kind: backfill.PrimaryServer})
	o.ReadOnly = true
	openIn(t, o)
}

// rightsToTables: a role that did not make the tables may use them by what it was granted.
func rightsToTables(t *testing.T, s host) {
	s.do("CREATE ROLE owner LOGIN PASSWORD '" + password + "'; GRANT owner TO postgres; CREATE ROLE reader LOGIN PASSWORD '" + password + "'")
	s.do("CREATE DATABASE granted OWNER owner")
	owned := options(strings.Replace(s.address("granted"), "tootfill", "owner", 1))
	if err := openIn(t, owned).Close(); err != nil {
		t.Fatal(err)
	}
	o := options(strings.Replace(s.address("granted"), "tootfill", "reader", 1))
	reading := o
	reading.ReadOnly = true
	grant := func(about string) backfill.Hint { return backfill.Hint{Kind: backfill.Grant, About: about} }
	for _, o := range []Options{o, reading} {
		wantUnopened(t, o, "the role reader may not read the tables of the ledger", grant(`GRANT USAGE ON SCHEMA tootfill TO "reader"; GRANT SELECT ON ALL TABLES`))
	}
	s.in("granted", `GRANT USAGE ON SCHEMA tootfill TO "reader"; GRANT SELECT ON ALL TABLES IN SCHEMA tootfill TO "reader"`)
	openIn(t, reading)
	wantUnopened(t, o, "the role reader may not change the tables of the ledger", grant(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tootfill TO "reader"`))
	s.in("granted", `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tootfill TO "reader"`)
	openIn(t, o)
}

func TestSightsThatNoServerHereShows(t *testing.T) {
	good := sight{server: 150018, role: "r", name: "d", hasSchema: true, hasTables: true, mayCreate: true, mayRead: true, mayWrite: true, version: len(versions)}
	for _, c := range []struct {
		change  func(*sight)
		reading bool
		want    string
	}{
		{func(*sight) {}, false, ""},
		{func(s *sight) { s.server = 110022 }, true, "it is PostgreSQL 11.22, and a ledger needs 12 or later"},
		{func(s *sight) { s.server = 90624 }, false, "it is PostgreSQL 9.6.24, and"},
		{func(s *sight) { s.server = 120000 }, false, ""},
		{func(s *sight) { s.standby, s.readOnly = true, true }, false, "it is a standby"},
		{func(s *sight) { s.standby, s.readOnly = true, true }, true, ""},
		{func(s *sight) { s.version-- }, true, "before it can be read"},
		{func(s *sight) { s.version-- }, false, ""},
		{func(s *sight) { s.mastodon = true }, false, ""}, // a ledger of a program that did not look
	} {
		s := good
		c.change(&s)
		err := s.check(c.reading)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", s, err, c.want)
		}
	}
}

// TestLibpq: what the address leaves out comes from where libpq looks for it.
func TestLibpq(t *testing.T) {
	s := startHost(t)
	root := s.WriteCertificate(t)
	s.do("ALTER SYSTEM SET ssl = on")
	s.do("SELECT pg_reload_conf()")
	home := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pass := "*:" + s.port() + ":ledger:tootfill:" + password + "\n"
	service := file("services", "[ours]\nhost=127.0.0.1\nport="+s.port()+"\nuser=tootfill\ndbname=ledger\npassword="+password+"\n")
	elsewhere := file("elsewhere", pass)
	file(".pgpass", pass)
	wholly := []string{"PGHOST", "127.0.0.1", "PGPORT", s.port(), "PGUSER", "tootfill", "PGDATABASE", "ledger"}
	for _, c := range []struct {
		name, address string
		env           []string
	}{
		{"PGPASSWORD", "postgres://tootfill@127.0.0.1:" + s.port() + "/ledger", []string{"PGPASSWORD", password, "HOME", "/nowhere"}},
		{".pgpass", "postgres://tootfill@127.0.0.1:" + s.port() + "/ledger", []string{"HOME", home}},
		{"PGPASSFILE", "postgres://tootfill@127.0.0.1:" + s.port() + "/ledger", []string{"PGPASSFILE", elsewhere}},
		{"passfile", "postgres://tootfill@127.0.0.1:" + s.port() + "/ledger?passfile=" + elsewhere, nil},
		{"all of it", "postgres://", append([]string{"PGPASSWORD", password, "HOME", ""}, wholly...)},
		{"the other scheme", "postgresql://", append([]string{"HOME", home}, wholly...)},
		{"a socket", "postgres://tootfill@/ledger?host=" + s.SocketDir + "&port=" + s.port(), []string{"PGPASSWORD", password}},
		{"a socket in the place of a host", "postgres://tootfill@" + url.PathEscape(s.SocketDir) + ":" + s.port() + "/ledger", []string{"PGPASSWORD", password}},
		{"PGSERVICE", "postgres://", []string{"PGSERVICE", "ours", "PGSERVICEFILE", service}},
		{"several hosts", "postgres://tootfill@127.0.0.1:1,127.0.0.1:" + s.port() + "/ledger", []string{"PGPASSWORD", password}},
		{"TLS", "postgres://tootfill@localhost:" + s.port() + "/ledger?sslmode=verify-full&sslrootcert=" + root, []string{"PGPASSWORD", password}},
		{"TLS by variables", "postgres://tootfill@localhost:" + s.port() + "/ledger", []string{"PGPASSWORD", password, "PGSSLMODE", "verify-full", "PGSSLROOTCERT", root}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i := 0; i < len(c.env); i += 2 {
				t.Setenv(c.env[i], c.env[i+1])
			}
			seen, err := Look(t.Context(), c.address)
			if err != nil || seen.Server == "" {
				t.Errorf("%+v, %v", seen, err)
			}
			openIn(t, options(c.address))
		})
	}
	t.Run("TLS with a certificate of another host", func(t *testing.T) {
		address := "postgres://tootfill@127.0.0.1:" + s.port() + "/ledger?sslmode=verify-full&sslrootcert=" + root
		wantUnopened(t, options(address), "127.0.0.1", backfill.Hint{Kind: backfill.DatabaseTLS})
	})
	t.Run("TLS with a certificate of nobody's", func(t *testing.T) {
		wantUnopened(t, options("postgres://tootfill@localhost:"+s.port()+"/ledger?sslmode=verify-full"), "certificate", backfill.Hint{Kind: backfill.DatabaseTLS})
	})
	t.Run("PGCONNECT_TIMEOUT", func(t *testing.T) {
		t.Setenv("PGCONNECT_TIMEOUT", "3")
		config, err := options("postgres://").config()
		if err != nil || config.ConnectTimeout != 3*time.Second {
			t.Errorf("%v, %v", config.ConnectTimeout, err)
		}
	})
}
