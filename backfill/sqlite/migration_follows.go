package sqlite

// version8 adds the follows that were seen, and which of the accounts wait.
const version8 migration = `
-- Everybody's follows, or one person's. mark is NULL before the first look, and -1
-- where ids tell no order; see package home.
CREATE TABLE follow_lists (
	id   INTEGER PRIMARY KEY,
	home TEXT NOT NULL,
	name TEXT NOT NULL,
	mark INTEGER,
	UNIQUE (home, name)
) STRICT;
CREATE TABLE new_follows (
	id       INTEGER PRIMARY KEY,
	list_id  INTEGER NOT NULL REFERENCES follow_lists (id),
	handle   TEXT NOT NULL,
	follow   INTEGER NOT NULL,
	waiting  INTEGER NOT NULL,
	owner_id TEXT NOT NULL,
	UNIQUE (list_id, handle)
) STRICT;
CREATE INDEX waiting_follows ON new_follows (list_id, follow DESC, id) WHERE waiting;
`
