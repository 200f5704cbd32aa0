-- The part of Mastodon's db/schema.rb that is read, with its types, defaults and
-- indexes; Mastodon's own id functions are left out.
CREATE TABLE accounts (
	id bigint PRIMARY KEY,
	username character varying DEFAULT '' NOT NULL,
	domain character varying,
	private_key text,
	public_key text DEFAULT '' NOT NULL,
	note text DEFAULT '' NOT NULL,
	display_name character varying DEFAULT '' NOT NULL,
	uri character varying DEFAULT '',
	url character varying,
	moved_to_account_id bigint REFERENCES accounts ON DELETE SET NULL,
	fields jsonb,
	silenced_at timestamp without time zone,
	suspended_at timestamp without time zone
);
CREATE UNIQUE INDEX index_accounts_on_username_and_domain_lower ON accounts (lower(username::text), COALESCE(lower(domain::text), ''::text));
CREATE INDEX index_accounts_on_domain_and_id ON accounts (domain, id);
CREATE INDEX index_accounts_on_uri ON accounts (uri);

CREATE TABLE follows (
	id bigserial PRIMARY KEY,
	account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	uri character varying
);
CREATE UNIQUE INDEX index_follows_on_account_id_and_target_account_id ON follows (account_id, target_account_id);
CREATE INDEX index_follows_on_target_account_id_and_account_id ON follows (target_account_id, account_id);

CREATE TABLE follow_requests (
	id bigserial PRIMARY KEY,
	account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	target_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE
);
CREATE UNIQUE INDEX index_follow_requests_on_account_id_and_target_account_id ON follow_requests (account_id, target_account_id);

CREATE TABLE statuses (
	id bigserial PRIMARY KEY,
	uri character varying,
	text text DEFAULT '' NOT NULL,
	visibility integer DEFAULT 0 NOT NULL,
	reblog_of_id bigint REFERENCES statuses ON DELETE CASCADE,
	account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	deleted_at timestamp without time zone,
	updated_at timestamp without time zone DEFAULT now() NOT NULL
);
CREATE INDEX index_statuses_20190820 ON statuses (account_id, id DESC, visibility, updated_at) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX index_statuses_on_uri ON statuses (uri text_pattern_ops) WHERE uri IS NOT NULL;

CREATE TABLE tombstones (
	id bigserial PRIMARY KEY,
	account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
	uri character varying NOT NULL,
	by_moderator boolean
);
CREATE INDEX index_tombstones_on_uri ON tombstones (uri);

CREATE TABLE domain_blocks (
	id bigserial PRIMARY KEY,
	domain character varying DEFAULT '' NOT NULL,
	severity integer DEFAULT 0,
	reject_media boolean DEFAULT false NOT NULL
);
CREATE UNIQUE INDEX index_domain_blocks_on_domain ON domain_blocks (domain);

CREATE TABLE domain_allows (
	id bigserial PRIMARY KEY,
	domain character varying DEFAULT '' NOT NULL
);
CREATE UNIQUE INDEX index_domain_allows_on_domain ON domain_allows (domain);

CREATE TABLE settings (
	id bigserial PRIMARY KEY,
	var character varying NOT NULL,
	value text
);

CREATE TABLE schema_migrations (version character varying PRIMARY KEY);
