package sqlite

// version7 adds the posts whose replies are wanted, and the replies that were tried.
const version7 migration = `
-- One without ended_at waits. asked says that home was asked for the replies.
CREATE TABLE threads (
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	uri        TEXT NOT NULL,
	run_id     INTEGER NOT NULL,
	home_id    TEXT NOT NULL,
	published  INTEGER,
	answered   INTEGER NOT NULL,
	collection TEXT NOT NULL,
	context    TEXT NOT NULL,
	ended_at   INTEGER,
	asked      INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (account_id, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_threads ON threads (ended_at) WHERE ended_at IS NOT NULL;

-- Replies are by anybody: one belongs to the conversations of several accounts.
CREATE TABLE replies (
	home       TEXT NOT NULL,
	uri        TEXT NOT NULL,
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	run_id     INTEGER NOT NULL,
	outcome    TEXT NOT NULL,
	tried_at   INTEGER NOT NULL,
	PRIMARY KEY (home, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX replies_of_run ON replies (account_id, run_id);
`

// version9 adds to a reply the post that it answers, and when it may be tried again;
// next_try is NULL if it is not.
const version9 migration = `
ALTER TABLE replies ADD COLUMN post TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE replies ADD COLUMN next_try INTEGER;
`
