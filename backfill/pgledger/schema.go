package pgledger

// version1 are the tables of a new ledger; package ledger says what is in them. Texts
// have the order of their bytes, as in a file.
const version1 = `
CREATE TABLE tootfill.version (version INTEGER NOT NULL);
INSERT INTO tootfill.version VALUES (0);

CREATE TABLE tootfill.accounts (
	id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	home   TEXT COLLATE "C" NOT NULL,
	handle TEXT COLLATE "C" NOT NULL,
	UNIQUE (home, handle)
);
CREATE INDEX account_of_handle ON tootfill.accounts (handle);

CREATE TABLE tootfill.runs (
	id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id  BIGINT NOT NULL REFERENCES tootfill.accounts (id),
	started_at  BIGINT NOT NULL,
	finished_at BIGINT,
	route       TEXT,
	status      TEXT,
	listed      BIGINT NOT NULL DEFAULT 0,
	eligible    BIGINT NOT NULL DEFAULT 0,
	held        BIGINT NOT NULL DEFAULT 0,
	imported    BIGINT NOT NULL DEFAULT 0,
	refused     BIGINT NOT NULL DEFAULT 0,
	failed      BIGINT NOT NULL DEFAULT 0,
	retry_at    BIGINT,
	reason      TEXT,
	cause       TEXT,
	wanted      TEXT,
	round       BIGINT NOT NULL DEFAULT 0,
	told        BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX runs_of_account ON tootfill.runs (account_id, started_at);
CREATE UNIQUE INDEX open_run ON tootfill.runs (account_id) WHERE finished_at IS NULL;

CREATE TABLE tootfill.buckets (
	account_id BIGINT PRIMARY KEY REFERENCES tootfill.accounts (id),
	saved_at   BIGINT NOT NULL,
	tokens     DOUBLE PRECISION NOT NULL
);

CREATE TABLE tootfill.owners (
	id           TEXT PRIMARY KEY,
	pid          BIGINT NOT NULL,
	host         TEXT NOT NULL,
	started_at   BIGINT NOT NULL,
	-- Until when its process counts as alive if it is not heard of again.
	leased_until BIGINT NOT NULL
);

CREATE TABLE tootfill.claims (
	account_id BIGINT PRIMARY KEY REFERENCES tootfill.accounts (id),
	run_id     BIGINT NOT NULL REFERENCES tootfill.runs (id),
	owner_id   TEXT NOT NULL REFERENCES tootfill.owners (id),
	claimed_at BIGINT NOT NULL
);
CREATE INDEX claims_of_owner ON tootfill.claims (owner_id);

CREATE TABLE tootfill.deferred (
	account_id BIGINT PRIMARY KEY REFERENCES tootfill.accounts (id),
	retry_at   BIGINT NOT NULL,
	reason     TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	wanted     TEXT
);
CREATE INDEX deferred_until ON tootfill.deferred (retry_at, account_id);

CREATE TABLE tootfill.stems (
	id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id BIGINT NOT NULL REFERENCES tootfill.accounts (id),
	stem       TEXT COLLATE "C" NOT NULL,
	UNIQUE (account_id, stem)
);

CREATE TABLE tootfill.posts (
	id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	stem_id   BIGINT NOT NULL REFERENCES tootfill.stems (id),
	tail      TEXT COLLATE "C" NOT NULL,
	published BIGINT,
	outcome   SMALLINT NOT NULL CHECK (outcome BETWEEN 0 AND 4),
	run       BIGINT,
	attempts  INTEGER NOT NULL DEFAULT 0,
	next_try  BIGINT,
	reason    TEXT NOT NULL DEFAULT '',
	UNIQUE (stem_id, tail)
);

CREATE TABLE tootfill.jobs (
	account_id BIGINT NOT NULL REFERENCES tootfill.accounts (id),
	uri        TEXT COLLATE "C" NOT NULL,
	jid        TEXT NOT NULL,
	payload    BYTEA NOT NULL,
	pushed_at  BIGINT,
	PRIMARY KEY (account_id, uri)
);

CREATE TABLE tootfill.listings (
	id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id BIGINT NOT NULL REFERENCES tootfill.accounts (id),
	source     TEXT NOT NULL,
	UNIQUE (account_id, source)
);

CREATE TABLE tootfill.stretches (
	id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	listing_id BIGINT NOT NULL REFERENCES tootfill.listings (id),
	top        BIGINT NOT NULL,
	next       TEXT,
	UNIQUE (listing_id, top)
);

CREATE TABLE tootfill.entries (
	listing_id BIGINT NOT NULL REFERENCES tootfill.listings (id),
	place      BIGINT NOT NULL,
	post_id    BIGINT NOT NULL REFERENCES tootfill.posts (id),
	PRIMARY KEY (listing_id, place),
	UNIQUE (post_id, listing_id)
);

CREATE TABLE tootfill.marks (
	listing_id BIGINT NOT NULL REFERENCES tootfill.listings (id),
	mark       TEXT COLLATE "C" NOT NULL,
	top        BIGINT NOT NULL,
	PRIMARY KEY (listing_id, mark, top)
);

CREATE TABLE tootfill.threads (
	account_id BIGINT NOT NULL REFERENCES tootfill.accounts (id),
	uri        TEXT COLLATE "C" NOT NULL,
	run_id     BIGINT NOT NULL,
	home_id    TEXT NOT NULL,
	published  BIGINT,
	answered   SMALLINT NOT NULL,
	collection TEXT NOT NULL,
	context    TEXT NOT NULL,
	ended_at   BIGINT,
	asked      BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (account_id, uri)
);
CREATE INDEX ended_threads ON tootfill.threads (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE tootfill.replies (
	home       TEXT COLLATE "C" NOT NULL,
	uri        TEXT COLLATE "C" NOT NULL,
	account_id BIGINT NOT NULL REFERENCES tootfill.accounts (id),
	run_id     BIGINT NOT NULL,
	outcome    TEXT NOT NULL,
	tried_at   BIGINT NOT NULL,
	post       TEXT COLLATE "C" NOT NULL DEFAULT '',
	attempts   INTEGER NOT NULL DEFAULT 0,
	next_try   BIGINT,
	PRIMARY KEY (home, uri)
);
CREATE INDEX replies_of_run ON tootfill.replies (account_id, run_id);

CREATE TABLE tootfill.follow_lists (
	id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	home TEXT COLLATE "C" NOT NULL,
	name TEXT NOT NULL,
	mark BIGINT,
	UNIQUE (home, name)
);

CREATE TABLE tootfill.new_follows (
	id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	list_id  BIGINT NOT NULL REFERENCES tootfill.follow_lists (id),
	handle   TEXT COLLATE "C" NOT NULL,
	follow   BIGINT NOT NULL,
	waiting  BOOLEAN NOT NULL,
	owner_id TEXT NOT NULL,
	follower TEXT COLLATE "C" NOT NULL DEFAULT '',
	UNIQUE (list_id, handle)
);
CREATE INDEX waiting_follows ON tootfill.new_follows (list_id, follow DESC, id) WHERE waiting;

CREATE TABLE tootfill.queues (
	home TEXT COLLATE "C" PRIMARY KEY
);

CREATE TABLE tootfill.asked (
	account_id BIGINT PRIMARY KEY REFERENCES tootfill.accounts (id),
	home_id    TEXT NOT NULL,
	asked_at   BIGINT NOT NULL
);
CREATE INDEX asked_in_order ON tootfill.asked (asked_at, account_id);

CREATE TABLE tootfill.askers (
	id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	home     TEXT COLLATE "C" NOT NULL,
	asker    TEXT COLLATE "C" NOT NULL,
	asked_at BIGINT NOT NULL
);
CREATE INDEX askers_of_home ON tootfill.askers (home, asker, asked_at);
CREATE INDEX askers_in_order ON tootfill.askers (asked_at);

CREATE TABLE tootfill.servers (
	home       TEXT COLLATE "C" NOT NULL,
	server     TEXT COLLATE "C" NOT NULL,
	name       TEXT COLLATE "C" NOT NULL,
	value      TEXT NOT NULL,
	until      BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (home, server, name)
);

CREATE TABLE tootfill.pauses (
	server     TEXT COLLATE "C" PRIMARY KEY,
	until      BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);

-- Nothing waits for the disk here: after a crash of the server the table is empty.
CREATE UNLOGGED TABLE tootfill.paces (
	name       TEXT COLLATE "C" PRIMARY KEY,
	record     TEXT NOT NULL,
	changed_at BIGINT NOT NULL
);

-- The rows of a list in JSON, as SQLite's function of this name has them.
CREATE FUNCTION tootfill.json_each(list TEXT) RETURNS TABLE (key BIGINT, value JSONB)
	LANGUAGE SQL IMMUTABLE STRICT AS
	$$ SELECT ordinality - 1, row.value FROM pg_catalog.jsonb_array_elements(list::JSONB) WITH ORDINALITY AS row (value, ordinality) $$;
`
