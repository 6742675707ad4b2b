-- From version 2 to 3. What all this is for stands in schema.sql.

ALTER TABLE subscribers ADD COLUMN source_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN source_row INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscribers ADD COLUMN asked_at INTEGER;
ALTER TABLE subscribers ADD COLUMN asked_from TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN consent_at INTEGER;
ALTER TABLE subscribers ADD COLUMN consent_from TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN evenings INTEGER NOT NULL DEFAULT 127 CHECK (evenings BETWEEN 1 AND 127);
ALTER TABLE subscribers ADD COLUMN slots TEXT NOT NULL DEFAULT '' CHECK (slots = '' OR slots LIKE ',%_,');
ALTER TABLE subscribers ADD COLUMN paused_until TEXT NOT NULL DEFAULT ''
	CHECK (paused_until = '' OR paused_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]');
ALTER TABLE subscribers ADD COLUMN tags TEXT NOT NULL DEFAULT '';
ALTER TABLE subscribers ADD COLUMN invited_at INTEGER;
ALTER TABLE subscribers ADD COLUMN left_at INTEGER;
CREATE INDEX subscribers_invited ON subscribers (invited_at) WHERE invited_at IS NOT NULL;

-- The key of the suppressions grows, which no ALTER does.
CREATE TEMP TABLE kept AS SELECT address_hash, reason, created_at FROM main.suppressions;
DROP TABLE main.suppressions;

CREATE TABLE suppressions (
	address_hash BLOB    NOT NULL,
	reason       TEXT    NOT NULL CHECK (reason IN ('hard bounce', 'complaint', 'unsubscribed', 'manual')),
	created_at   INTEGER NOT NULL,
	PRIMARY KEY (address_hash, reason)
) STRICT, WITHOUT ROWID;

INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, reason, created_at FROM temp.kept;
DROP TABLE temp.kept;

CREATE TABLE confirmations (
	address_hash BLOB    NOT NULL,
	sent_at      INTEGER NOT NULL,
	asked_from   TEXT    NOT NULL DEFAULT '',
	used_at      INTEGER,
	PRIMARY KEY (address_hash, sent_at)
) STRICT, WITHOUT ROWID;

ALTER TABLE letters ADD COLUMN subscriber INTEGER;
CREATE INDEX letters_subscriber ON letters (subscriber) WHERE subscriber IS NOT NULL;
