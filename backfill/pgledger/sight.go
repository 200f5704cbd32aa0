package pgledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"tootfill/backfill"
)

// oldestServer is the oldest PostgreSQL that a ledger works with: 12, which Mastodon 4.3
// asks for. Identity columns came with 10 (its release notes, E.3.3.4).
const oldestServer = 120000

// sight is what a database shows of itself before a ledger is opened in it.
type sight struct {
	// server is the version of PostgreSQL as it counts: 150018 is 15.18.
	server int
	// standby says that it is a copy of another server, and readOnly that it takes no
	// changes, which is also true of a standby.
	standby, readOnly bool
	role, name        string
	// mastodon says that Mastodon's tables are there.
	mastodon bool
	// hasSchema says that there is a schema tootfill, and hasTables that a ledger is in it.
	hasSchema, hasTables bool
	// mayCreate is the right to make what is missing: the schema, or tables in it.
	mayCreate bool
	// mayRead and mayWrite are rights to all tables that are there.
	mayRead, mayWrite bool
	// version is that of the tables; 0 if there are none, or they may not be read.
	version int
}

// look reads the catalog as tables: a look for one name (to_regclass) may be answered from
// before another process made the tables.
const look = `WITH
	schema AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'tootfill'),
	tables AS (SELECT c.oid, c.relname FROM pg_catalog.pg_class c JOIN schema ON schema.oid = c.relnamespace WHERE c.relkind = 'r')
SELECT current_setting('server_version_num')::INTEGER, pg_catalog.pg_is_in_recovery(), current_setting('transaction_read_only')::BOOLEAN,
	current_user::TEXT, current_database()::TEXT,
	3 = (SELECT count(DISTINCT tablename) FROM pg_catalog.pg_tables
		WHERE schemaname <> 'tootfill' AND tablename IN ('statuses', 'status_stats', 'account_stats')),
	EXISTS (SELECT 1 FROM schema), EXISTS (SELECT 1 FROM tables WHERE relname = 'version'),
	coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM schema), has_database_privilege(current_database(), 'CREATE')),
	coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM schema), FALSE)
		AND coalesce((SELECT bool_and(has_table_privilege(oid, 'SELECT')) FROM tables), TRUE),
	coalesce((SELECT bool_and(has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')) FROM tables), TRUE)`

// see looks at the database.
func see(ctx context.Context, q querier) (s sight, err error) {
	err = q.QueryRowContext(ctx, look).Scan(&s.server, &s.standby, &s.readOnly, &s.role, &s.name,
		&s.mastodon, &s.hasSchema, &s.hasTables, &s.mayCreate, &s.mayRead, &s.mayWrite)
	if err == nil && s.hasTables && s.mayRead {
		err = q.QueryRowContext(ctx, `SELECT version FROM tootfill.version`).Scan(&s.version)
	}
	return s, err
}

// check reports why a ledger cannot be opened in the database, for reading or for
// writing; nil if it can. One that is not there yet can be made.
func (s sight) check(reading bool) error {
	role := pgx.Identifier{s.role}.Sanitize()
	switch {
	case s.server < oldestServer:
		return hinted(backfill.Say("keep the ledger in a newer PostgreSQL, or in a folder"),
			"it is PostgreSQL %s, and a ledger needs %d or later", shownVersion(s.server), oldestServer/10000)
	case s.mastodon && !s.hasTables:
		return hinted(backfill.Hint{Kind: backfill.OwnDatabase, About: "CREATE DATABASE tootfill OWNER " + role},
			"it is Mastodon's own database, and a ledger needs another one")
	case s.standby && !reading:
		return hinted(backfill.Hint{Kind: backfill.PrimaryServer}, "it is a standby, which takes no changes")
	case s.readOnly && !reading:
		return hinted(backfill.Say("default_transaction_read_only is set for the role or the database"), "it takes no changes")
	case !s.hasTables:
		return s.checkCreation(reading, role)
	case !s.mayRead:
		return hinted(backfill.Hint{Kind: backfill.Grant, About: "GRANT USAGE ON SCHEMA tootfill TO " + role + "; GRANT SELECT ON ALL TABLES IN SCHEMA tootfill TO " + role},
			"the role %s may not read the tables of the ledger", s.role)
	case !s.mayWrite && !reading:
		return hinted(backfill.Hint{Kind: backfill.Grant, About: "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tootfill TO " + role},
			"the role %s may not change the tables of the ledger", s.role)
	}
	return s.checkVersion(reading)
}

// checkCreation checks whether what is missing can be made.
func (s sight) checkCreation(reading bool, role string) error {
	switch {
	case reading:
		return ErrNone
	case s.mayCreate:
		return nil
	case s.hasSchema:
		return hinted(backfill.Hint{Kind: backfill.Grant, About: "GRANT CREATE, USAGE ON SCHEMA tootfill TO " + role},
			"the role %s may not make tables in the schema tootfill", s.role)
	}
	return hinted(backfill.Hint{Kind: backfill.Grant, About: "GRANT CREATE ON DATABASE " + pgx.Identifier{s.name}.Sanitize() + " TO " + role},
		"the role %s may not make the schema tootfill", s.role)
}

func (s sight) checkVersion(reading bool) error {
	newest := len(versions)
	switch {
	case s.version > newest:
		return hinted(backfill.Hint{Kind: backfill.NewerProgram}, "it has schema version %d, but this tootfill knows versions up to %d", s.version, newest)
	case s.version < newest && reading:
		return hinted(backfill.Hint{Kind: backfill.RunInEarnest}, "it has schema version %d and must be brought to version %d before it can be read", s.version, newest)
	}
	return nil
}

func hinted(hint backfill.Hint, format string, args ...any) error {
	return &backfill.Hinted{Err: fmt.Errorf(format, args...), Hint: hint}
}

// shownVersion is a version as people know it: 9.6.24, 11.22.
func shownVersion(n int) string {
	if n < 100000 {
		return fmt.Sprintf("%d.%d.%d", n/10000, n/100%100, n%100)
	}
	return fmt.Sprintf("%d.%d", n/10000, n%10000)
}

// Sight is what a look at a ledger has shown.
type Sight struct {
	// Place names the database and its server.
	Place string
	// Version is that of its tables; 0 if there is no ledger yet. Newest is the one to
	// which the next run brings it.
	Version, Newest int
	// Server is the version of PostgreSQL: 15.18.
	Server string
}

// Look reports whether a ledger can be opened, or made, for writing. It changes nothing.
// Errors are those of [Open].
func Look(ctx context.Context, address string) (s Sight, err error) {
	o := Options{URL: address}
	s = Sight{Place: o.String(), Newest: len(versions)}
	d, err := connect(o)
	if err != nil {
		return s, err
	}
	seen, err := see(ctx, d.db)
	if err == nil {
		s.Version, s.Server = seen.version, strings.TrimSuffix(shownVersion(seen.server), ".0")
		err = seen.check(false)
	}
	if err == nil && seen.hasTables {
		err = d.checkCopy(ctx)
	}
	if err != nil {
		err = d.unopened(ctx, err)
	}
	return s, closing(err, d)
}
