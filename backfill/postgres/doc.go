// Package postgres reads the database of the home server's Mastodon, versions
// 4.3 to 4.7. It never writes: each question is a transaction of its own that
// begins with BEGIN READ ONLY and has time limits. It uses no prepared statements
// and no settings that outlive the transaction, so that it also works through a
// PgBouncer in transaction mode.
//
// It can use Mastodon's own role. A role that may read only what is needed is
// better. These statements create it, run in Mastodon's database as a superuser;
// \password tootfill in psql gives it a password:
//
//	CREATE ROLE tootfill LOGIN;
//	ALTER ROLE tootfill SET default_transaction_read_only = on;
//	GRANT USAGE ON SCHEMA public TO tootfill;
//	GRANT SELECT (id, username, domain, uri, url, display_name, note, moved_to_account_id, suspended_at, silenced_at) ON accounts TO tootfill;
//	GRANT SELECT (account_id, statuses_count) ON account_stats TO tootfill;
//	GRANT SELECT (id, account_id, target_account_id, created_at) ON follows TO tootfill;
//	GRANT SELECT (account_id, target_account_id) ON follow_requests TO tootfill;
//	GRANT SELECT (id, account_id, title) ON lists TO tootfill;
//	GRANT SELECT (list_id, account_id) ON list_accounts TO tootfill;
//	GRANT SELECT (id, uri, deleted_at, account_id, visibility, reblog_of_id) ON statuses TO tootfill;
//	GRANT SELECT (uri) ON tombstones TO tootfill;
//	GRANT SELECT (domain, severity, reject_media) ON domain_blocks TO tootfill;
//	GRANT SELECT (domain) ON domain_allows TO tootfill;
//	GRANT SELECT (var, value) ON settings TO tootfill;
//	GRANT SELECT (version) ON schema_migrations TO tootfill;
//
// To sign requests as the server, it needs one more. This lets the role read the
// keys of all local accounts:
//
//	GRANT SELECT (private_key) ON accounts TO tootfill;
package postgres
