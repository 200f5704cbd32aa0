package commands_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"tootfill/backfill/testservers"
)

// ledgerServer is a real PostgreSQL for ledgers.
type ledgerServer struct {
	t      testing.TB
	server *testservers.Server
}

type ledgerServerKey struct{}

// databasePassword is that of the role tootfill. No output may ever contain it.
const databasePassword = "Xyzzy-4711"

func setUpDatabase(env *testscript.Env) {
	t, _ := env.T().(testing.TB) // testscript promises it for scripts that Run has started
	env.Values[ledgerServerKey{}] = &ledgerServer{t: t}
}

// databaseCommand is the script command that changes that PostgreSQL:
//
//	database start               starts it, with a role tootfill that has to tell its password, and a database of that
//	                             name. DATABASE is its address, without the password, DATABASE_HOST and DATABASE_PORT
//	                             are where it listens, DATABASE_SOCKETS the folder of its socket
//	database pool                puts a PgBouncer in transaction mode in between, to which DATABASE then leads
//	database stop, database again
//	database sql STATEMENT       runs a statement in that database as the superuser
//	database value TEXT QUERY    wants a query of that database to give TEXT
func databaseCommand(ts *testscript.TestScript, neg bool, args []string) {
	d := ts.Value(ledgerServerKey{}).(*ledgerServer)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: database WHAT...")
	}
	switch {
	case args[0] == "start":
		ts.Check(d.start())
		at := d.address("tootfill")
		ts.Setenv("DATABASE", at.String())
		ts.Setenv("DATABASE_HOST", at.Hostname())
		ts.Setenv("DATABASE_PORT", at.Port())
		ts.Setenv("DATABASE_SOCKETS", d.server.SocketDir)
		ts.Setenv("DATABASE_PASSWORD", databasePassword)
	case d.server == nil:
		ts.Fatalf("database: not started")
	case args[0] == "pool":
		pooled, err := url.Parse(testservers.PgBouncer(d.t, d.server.URL, 2).URL)
		ts.Check(err)
		at := d.address("tootfill")
		at.Host = pooled.Host
		ts.Setenv("DATABASE", at.String())
	case args[0] == "stop":
		d.server.Stop(d.t)
	case args[0] == "again":
		d.server.Start(d.t)
	case args[0] == "sql":
		_, err := d.ask(strings.Join(args[1:], " "))
		ts.Check(err)
	case args[0] == "value" && len(args) > 2:
		got, err := d.ask(strings.Join(args[2:], " "))
		ts.Check(err)
		if got != args[1] {
			ts.Fatalf("%s, want %s", got, args[1])
		}
	default:
		ts.Fatalf("database: no such word: %s", args[0])
	}
}

// accessRules let in the superuser, and others by their passwords.
const accessRules = `
local all postgres trust
host all postgres 127.0.0.1/32 trust
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
`

func (d *ledgerServer) start() error {
	d.server = testservers.StartPostgres(d.t)
	rules := filepath.Join(d.server.SocketDir, "data", "pg_hba.conf")
	if err := os.WriteFile(rules, []byte(accessRules), 0o600); err != nil {
		return err
	}
	for _, statement := range []string{
		"SELECT pg_reload_conf()", "CREATE ROLE tootfill LOGIN PASSWORD '" + databasePassword + "'", "CREATE DATABASE tootfill OWNER tootfill",
	} {
		if _, err := d.askIn("postgres", statement); err != nil {
			return err
		}
	}
	return nil
}

// address is that of the database tootfill for a role.
func (d *ledgerServer) address(role string) *url.URL {
	at, err := url.Parse(d.server.URL)
	if err != nil {
		d.t.Fatal(err)
	}
	return &url.URL{Scheme: "postgres", User: url.User(role), Host: at.Host, Path: "/tootfill"}
}

// ask runs a statement in the database tootfill as the superuser, and returns the first
// value of its answer.
func (d *ledgerServer) ask(statement string) (string, error) { return d.askIn("tootfill", statement) }

func (d *ledgerServer) askIn(database, statement string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longestWait)
	defer cancel()
	at := d.address("postgres")
	at.Path = "/" + database
	c, err := pgx.Connect(ctx, at.String())
	if err != nil {
		return "", err
	}
	defer c.Close(ctx) //nolint:errcheck // a test's own connection
	answers, err := c.PgConn().Exec(ctx, statement).ReadAll()
	if err != nil || len(answers) == 0 || len(answers[0].Rows) == 0 {
		return "", err
	}
	return string(answers[0].Rows[0][0]), nil
}
