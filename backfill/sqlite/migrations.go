package sqlite

import "tootfill/backfill/ledger"

const version1 migration = `
CREATE TABLE accounts (
	id     INTEGER PRIMARY KEY,
	home   TEXT NOT NULL,
	handle TEXT NOT NULL,
	UNIQUE (home, handle)
) STRICT;

-- A run without finished_at is open. There is at most one of them per account.
CREATE TABLE runs (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	account_id  INTEGER NOT NULL REFERENCES accounts (id),
	started_at  INTEGER NOT NULL,
	finished_at INTEGER,
	route       TEXT,
	status      TEXT,
	listed      INTEGER NOT NULL DEFAULT 0,
	eligible    INTEGER NOT NULL DEFAULT 0,
	held        INTEGER NOT NULL DEFAULT 0,
	imported    INTEGER NOT NULL DEFAULT 0,
	refused     INTEGER NOT NULL DEFAULT 0,
	failed      INTEGER NOT NULL DEFAULT 0,
	retry_at    INTEGER,
	reason      TEXT
) STRICT;
CREATE INDEX runs_of_account ON runs (account_id, started_at);
CREATE UNIQUE INDEX open_run ON runs (account_id) WHERE finished_at IS NULL;

CREATE TABLE posts (
	id         INTEGER PRIMARY KEY,
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	uri        TEXT NOT NULL,
	published  INTEGER,
	outcome    TEXT NOT NULL CHECK (outcome IN ('listed', 'imported', 'held', 'refused', 'failed')),
	attempts   INTEGER NOT NULL DEFAULT 0,
	next_try   INTEGER,
	reason     TEXT NOT NULL DEFAULT '',
	UNIQUE (account_id, uri)
) STRICT;

-- A stretch is what callers know by its id. Its posts hang on its chain, so that
-- two stretches become one by moving the posts of the shorter chain alone.
CREATE TABLE stretches (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	chain      INTEGER NOT NULL UNIQUE,
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	source     TEXT NOT NULL,
	next       TEXT NOT NULL,
	bottom     INTEGER
) STRICT;
CREATE INDEX stretches_of_account ON stretches (account_id, source);

-- The posts of a chain in the order of the listing. Positions grow downwards and
-- may be negative. The walk is the id of the stretch on whose behalf the post was
-- listed last: a stretch that has joined another knows by it what is its own.
CREATE TABLE entries (
	chain    INTEGER NOT NULL,
	position INTEGER NOT NULL,
	post_id  INTEGER NOT NULL REFERENCES posts (id),
	walk     INTEGER NOT NULL,
	PRIMARY KEY (chain, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_of_post ON entries (post_id, chain);

-- The ids of all entries of the top page of a chain, whatever their kind.
CREATE TABLE marks (
	chain INTEGER NOT NULL,
	mark  TEXT NOT NULL,
	PRIMARY KEY (chain, mark)
) STRICT, WITHOUT ROWID;

CREATE TABLE deferred (
	account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
	retry_at   INTEGER NOT NULL,
	reason     TEXT NOT NULL,
	created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE buckets (
	account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
	saved_at   INTEGER NOT NULL,
	tokens     REAL NOT NULL
) STRICT;

CREATE TABLE servers (
	home       TEXT NOT NULL,
	server     TEXT NOT NULL,
	name       TEXT NOT NULL,
	value      TEXT NOT NULL,
	until      INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (home, server, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE owners (
	id         TEXT PRIMARY KEY,
	pid        INTEGER NOT NULL,
	started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE claims (
	account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
	run_id     INTEGER NOT NULL REFERENCES runs (id),
	owner_id   TEXT NOT NULL REFERENCES owners (id),
	claimed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX claims_of_owner ON claims (owner_id);
`

// version2 adds the jobs in home's Sidekiq whose outcome is not known yet. One
// without pushed_at was about to be pushed.
const version2 migration = `
CREATE TABLE jobs (
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	uri        TEXT NOT NULL,
	jid        TEXT NOT NULL,
	payload    BLOB NOT NULL,
	pushed_at  INTEGER,
	PRIMARY KEY (account_id, uri)
) STRICT, WITHOUT ROWID;
`

// version3 adds why runs ended as they did, what they and deferred accounts were
// wanted for, and the pauses that servers have asked for, whichever home server was
// being filled.
const version3 migration = `
ALTER TABLE runs ADD COLUMN cause TEXT;
ALTER TABLE runs ADD COLUMN wanted TEXT;
ALTER TABLE deferred ADD COLUMN wanted TEXT;
CREATE TABLE pauses (
	server     TEXT PRIMARY KEY,
	until      INTEGER NOT NULL,
	created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

// version4 makes a listing one list of posts with gaps (listing.go of package ledger).
// Before, each stretch had its own chain of posts, and joining two moved the posts of
// one. The stretch with the highest id belongs to the latest walk, and stands on top; a
// post in several stretches stands in the uppermost.
const version4 migration = `
DROP INDEX entry_of_post;
DROP INDEX stretches_of_account;
ALTER TABLE stretches RENAME TO old_stretches;
ALTER TABLE entries RENAME TO old_entries;
ALTER TABLE marks RENAME TO old_marks;

CREATE TABLE listings (
	id         INTEGER PRIMARY KEY,
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	source     TEXT NOT NULL,
	UNIQUE (account_id, source)
) STRICT;

-- The parts of a listing that were read without a gap; the lowest top is that of
-- the uppermost. next is the cursor of the gap below, empty where the listing
-- ends, and NULL where the stretch touches the one below.
CREATE TABLE stretches (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	listing_id INTEGER NOT NULL REFERENCES listings (id),
	top        INTEGER NOT NULL,
	next       TEXT,
	UNIQUE (listing_id, top)
) STRICT;

-- The posts of a listing by their places. They grow downwards.
CREATE TABLE entries (
	listing_id INTEGER NOT NULL REFERENCES listings (id),
	place      INTEGER NOT NULL,
	post_id    INTEGER NOT NULL REFERENCES posts (id),
	PRIMARY KEY (listing_id, place)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_of_post ON entries (post_id, listing_id);

-- The ids of all entries of the top page of a stretch, whatever their kind.
CREATE TABLE marks (
	listing_id INTEGER NOT NULL REFERENCES listings (id),
	mark       TEXT NOT NULL,
	top        INTEGER NOT NULL,
	PRIMARY KEY (listing_id, mark, top)
) STRICT, WITHOUT ROWID;

INSERT INTO listings (account_id, source) SELECT DISTINCT account_id, source FROM old_stretches ORDER BY 1, 2;
CREATE TEMP TABLE moved AS
	SELECT chain, listings.id AS listing_id, next,
		(1 << 62) - (count(*) OVER above - row_number() OVER (above ORDER BY old_stretches.id DESC)) * (1 << 32) AS top
	FROM old_stretches JOIN listings USING (account_id, source) WINDOW above AS (PARTITION BY listings.id);
INSERT INTO stretches (listing_id, top, next) SELECT listing_id, top, next FROM moved ORDER BY listing_id, top DESC;
INSERT OR IGNORE INTO entries (listing_id, place, post_id)
	SELECT listing_id, top - 1 + row_number() OVER (PARTITION BY chain ORDER BY position), post_id
	FROM old_entries JOIN moved USING (chain) ORDER BY listing_id, top, position;
INSERT INTO marks (listing_id, mark, top) SELECT listing_id, mark, top FROM old_marks JOIN moved USING (chain);

DROP TABLE moved;
DROP TABLE old_marks;
DROP TABLE old_entries;
DROP TABLE old_stretches;
`

// version5 adds the round that a run has come to, and which run has recorded the
// outcome of a post: NULL if none did, or one of an older version.
const version5 migration = `
ALTER TABLE runs ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN run INTEGER;
`

// stemOfURI is the stem of a URI, as cutURI has it. Of all but the last character,
// rtrim takes away what follows the last slash: any character but a slash.
const stemOfURI = `rtrim(substr(uri, 1, length(uri) - 1), replace(uri, '/', ''))`

// version6 stores the stem of a URI once for all the posts that share it, and an outcome
// as a number (stem.go and outcome.go of package ledger). The entries are only rebuilt so
// that they refer to the new posts. The indexes are made last, which leaves no room in
// them.
const version6 migration = `
DROP INDEX entry_of_post;
ALTER TABLE posts RENAME TO old_posts;
ALTER TABLE entries RENAME TO old_entries;

CREATE TABLE stems (
	id         INTEGER PRIMARY KEY,
	account_id INTEGER NOT NULL REFERENCES accounts (id),
	stem       TEXT NOT NULL,
	UNIQUE (account_id, stem)
) STRICT;

CREATE TABLE posts (
	id        INTEGER PRIMARY KEY,
	stem_id   INTEGER NOT NULL REFERENCES stems (id),
	tail      TEXT NOT NULL,
	published INTEGER,
	outcome   INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 4),
	run       INTEGER,
	attempts  INTEGER NOT NULL DEFAULT 0,
	next_try  INTEGER,
	reason    TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE entries (
	listing_id INTEGER NOT NULL REFERENCES listings (id),
	place      INTEGER NOT NULL,
	post_id    INTEGER NOT NULL REFERENCES posts (id),
	PRIMARY KEY (listing_id, place)
) STRICT, WITHOUT ROWID;

INSERT INTO stems (account_id, stem) SELECT DISTINCT account_id, ` + stemOfURI + ` FROM old_posts ORDER BY 1, 2;
INSERT INTO posts (id, stem_id, tail, published, outcome, run, attempts, next_try, reason)
	SELECT old_posts.id, stems.id, substr(uri, length(stem) + 1), published,
		` + ledger.OutcomeCode + `,
		run, attempts, next_try, reason
	FROM old_posts CROSS JOIN stems ON stems.account_id = old_posts.account_id AND stem = ` + stemOfURI + ` ORDER BY old_posts.id;
INSERT INTO entries SELECT listing_id, place, post_id FROM old_entries ORDER BY 1, 2;

DROP TABLE old_entries;
DROP TABLE old_posts;
CREATE UNIQUE INDEX post_of_stem ON posts (stem_id, tail);
CREATE UNIQUE INDEX entry_of_post ON entries (post_id, listing_id);
`
