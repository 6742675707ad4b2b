-- From version 1 to 2. What all this is for stands in schema.sql.

ALTER TABLE numbers ADD COLUMN runs INTEGER NOT NULL DEFAULT 0;

ALTER TABLE editions ADD COLUMN starts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE editions ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE editions ADD COLUMN run_at INTEGER;

ALTER TABLE deliveries ADD COLUMN resumed_at INTEGER;
DROP INDEX deliveries_pending;
CREATE INDEX deliveries_pending ON deliveries (edition, subscriber, due_at, first_due_at, resumed_at) WHERE step = 'pending';

CREATE TABLE letters (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	kind         TEXT    NOT NULL CHECK (kind IN ('confirmation', 'welcome', 'goodbye', 'proof', 'report')),
	address      TEXT    NOT NULL CHECK (address NOT GLOB '*[' || char(1) || '- <>' || char(127) || ']*'),
	return_path  TEXT    NOT NULL CHECK (return_path NOT GLOB '*[' || char(1) || '- <>' || char(127) || ']*'),
	bytes        BLOB    NOT NULL,
	step         TEXT    NOT NULL CHECK (step IN
		('pending', 'attempting', 'sent', 'failed', 'expired', 'skipped', 'unknown')),
	due_at       INTEGER NOT NULL,
	first_due_at INTEGER NOT NULL,
	attempts     INTEGER NOT NULL DEFAULT 0,
	doubts       INTEGER NOT NULL DEFAULT 0,
	code         INTEGER NOT NULL DEFAULT 0,
	enhanced     TEXT    NOT NULL DEFAULT '',
	reply        TEXT    NOT NULL DEFAULT '',
	queue_id     TEXT    NOT NULL DEFAULT '',
	reason       TEXT    NOT NULL DEFAULT '',
	owner        TEXT    NOT NULL DEFAULT '',
	lease_until  INTEGER,
	at           INTEGER NOT NULL,
	created_at   INTEGER NOT NULL,
	CHECK ((step IN ('pending', 'attempting')) = (address LIKE '_%@_%')),
	CHECK ((step IN ('pending', 'attempting')) = (length(bytes) > 0)),
	CHECK (step IN ('pending', 'attempting') OR (address = '' AND return_path = '')),
	CHECK ((step = 'skipped') = (reason <> '')),
	CHECK ((step = 'attempting') = (lease_until IS NOT NULL))
) STRICT;

CREATE INDEX letters_pending ON letters (id, due_at, first_due_at) WHERE step = 'pending';
