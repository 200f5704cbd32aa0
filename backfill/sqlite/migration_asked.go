package sqlite

// version12 adds the accounts that a service was asked for, and who has asked within the
// hour.
const version12 migration = `
CREATE TABLE queues (
	-- Whoever adds to the queue of a home server locks its row.
	home TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE asked (
	account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
	home_id    TEXT NOT NULL,
	asked_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX asked_in_order ON asked (asked_at, account_id);

CREATE TABLE askers (
	id       INTEGER PRIMARY KEY,
	home     TEXT NOT NULL,
	asker    TEXT NOT NULL,
	asked_at INTEGER NOT NULL
) STRICT;
CREATE INDEX askers_of_home ON askers (home, asker, asked_at);
CREATE INDEX askers_in_order ON askers (asked_at);
`
