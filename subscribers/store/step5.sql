-- From version 4 to 5. What all this is for stands in schema.sql.

-- The same checks without IN. SQLite has no other way to change a check but to copy the
-- table, and the ledger may have many millions of rows.
PRAGMA writable_schema = on;
UPDATE sqlite_schema SET sql = replace(sql, 'step IN
		(''pending'', ''attempting'', ''sent'', ''failed'', ''expired'', ''skipped'', ''unknown'')',
		'step = ''pending'' OR step = ''attempting'' OR step = ''sent''
		OR step = ''failed'' OR step = ''expired'' OR step = ''skipped'' OR step = ''unknown''')
	WHERE type = 'table' AND (name = 'deliveries' OR name = 'letters');
UPDATE sqlite_schema SET sql = replace(sql, 'status IN (''unconfirmed'', ''active'', ''unsubscribed'', ''suppressed'')',
		'status = ''unconfirmed'' OR status = ''active'' OR status = ''unsubscribed''
		OR status = ''suppressed''')
	WHERE type = 'table' AND name = 'subscribers';
-- A letter may be a copy, or about a move.
UPDATE sqlite_schema SET sql = replace(sql, '''goodbye'', ''proof'', ''report'')',
		'''goodbye'', ''proof'', ''report'', ''copy'',
		''move'', ''moved'')')
	WHERE type = 'table' AND name = 'letters';
PRAGMA writable_schema = reset;

ALTER TABLE deliveries ADD COLUMN suspect TEXT NOT NULL DEFAULT ''
	CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message');
ALTER TABLE letters ADD COLUMN suspect TEXT NOT NULL DEFAULT ''
	CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message');

ALTER TABLE editions ADD COLUMN missed_from TEXT NOT NULL DEFAULT '' CHECK (missed_from = '' OR state = 'missed'
	AND missed_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND missed_from <= date);

ALTER TABLE deliveries ADD COLUMN deferred_at INTEGER;
ALTER TABLE letters ADD COLUMN deferred_at INTEGER;
ALTER TABLE editions DROP COLUMN resumed_at;
ALTER TABLE editions ADD COLUMN until INTEGER NOT NULL DEFAULT 86400 CHECK (until > 0);
ALTER TABLE editions ADD COLUMN stood INTEGER NOT NULL DEFAULT 0 CHECK (stood >= 0);
ALTER TABLE editions ADD COLUMN paused_at INTEGER;
ALTER TABLE editions ADD COLUMN signing_domain TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN signing_selector TEXT NOT NULL DEFAULT '';
ALTER TABLE editions ADD COLUMN signing_keys TEXT NOT NULL DEFAULT '';

ALTER TABLE editions ADD COLUMN looks INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0);
ALTER TABLE editions ADD COLUMN due_at INTEGER CHECK (due_at >= opened_at);
ALTER TABLE editions ADD COLUMN undo TEXT NOT NULL DEFAULT '' CHECK (undo = '' OR due_at IS NOT NULL);
ALTER TABLE editions ADD COLUMN paper_number INTEGER
	CHECK (paper_number IS NULL OR number IS NOT NULL AND paper_number BETWEEN 1 AND 4294967295);
ALTER TABLE editions ADD COLUMN cancel_at INTEGER CHECK (cancel_at IS NULL OR number IS NOT NULL);
ALTER TABLE editions ADD COLUMN correction TEXT NOT NULL DEFAULT ''
	CHECK (correction = '' OR sequence > 1 AND number IS NOT NULL);
ALTER TABLE editions ADD COLUMN last_due_at INTEGER CHECK (last_due_at > opened_at);
CREATE TABLE waves (
	edition  INTEGER NOT NULL REFERENCES editions (number),
	timezone TEXT    NOT NULL,
	due_at   INTEGER NOT NULL,
	PRIMARY KEY (edition, timezone)
) STRICT, WITHOUT ROWID;
CREATE TABLE acts (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	date     TEXT    NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	slot     TEXT    NOT NULL,
	sequence INTEGER NOT NULL CHECK (sequence >= 1),
	act      TEXT    NOT NULL CHECK (act IN ('hold', 'release', 'pause', 'resume', 'cancel', 'correct', 'approve',
		'edit')),
	by_whom  TEXT    NOT NULL CHECK (by_whom <> ''),
	reason   TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	content_hash BLOB CHECK ((act = 'approve') = (content_hash IS NOT NULL) AND coalesce(length(content_hash), 32) = 32)
) STRICT;
CREATE INDEX acts_edition ON acts (date, slot, sequence);
CREATE TABLE proofs (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	date     TEXT    NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	slot     TEXT    NOT NULL,
	sequence INTEGER NOT NULL CHECK (sequence >= 1),
	content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
	at       INTEGER NOT NULL,
	opening  TEXT    NOT NULL,
	approved_at INTEGER,
	approval INTEGER NOT NULL DEFAULT 0 CHECK ((approval = 0) = (approved_at IS NULL))
) STRICT;
CREATE INDEX proofs_edition ON proofs (date, slot, sequence);
CREATE TABLE proof_letters (
	proof  INTEGER NOT NULL REFERENCES proofs (id),
	letter INTEGER NOT NULL,
	PRIMARY KEY (proof, letter)
) STRICT, WITHOUT ROWID;
CREATE INDEX edition_articles_headlines ON edition_articles (edition, position, headline, article_id);
CREATE UNIQUE INDEX editions_paper ON editions (slot, paper_number) WHERE sequence = 1;
CREATE TRIGGER editions_unprinted AFTER UPDATE OF state ON editions
	WHEN NEW.state = 'cancelled' AND NEW.run_at IS NULL AND NEW.paper_number IS NOT NULL BEGIN
	UPDATE editions SET paper_number = NULL WHERE id = NEW.id;
END;
-- What was printed before is counted in the order of its opening.
UPDATE editions SET paper_number = counted.place FROM (
	SELECT id, row_number() OVER (PARTITION BY slot ORDER BY number) AS place FROM editions
		WHERE sequence = 1 AND number IS NOT NULL AND (state <> 'cancelled' OR run_at IS NOT NULL)
	) AS counted WHERE editions.id = counted.id;
UPDATE editions SET paper_number = (SELECT e.paper_number FROM editions e
		WHERE e.date = editions.date AND e.slot = editions.slot AND e.sequence = 1)
	WHERE sequence > 1 AND number IS NOT NULL;
CREATE TABLE looks (
	slot         TEXT    NOT NULL,
	article_id   TEXT    NOT NULL,
	edition      INTEGER NOT NULL REFERENCES editions (number),
	verdict      TEXT    NOT NULL CHECK (
		verdict IN ('printed', 'full', 'old', 'copy', 'to come', 'embargo', 'elsewhere')),
	published_at INTEGER NOT NULL,
	text         BLOB    NOT NULL CHECK (length(text) = 16),
	PRIMARY KEY (slot, article_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE deliveries ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0);
ALTER TABLE letters ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0);
ALTER TABLE deliveries ADD COLUMN connection INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN connection INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;

ALTER TABLE confirmations ADD COLUMN mailbox_hash BLOB;
ALTER TABLE confirmations ADD COLUMN answered INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1));
ALTER TABLE confirmations ADD COLUMN once INTEGER NOT NULL DEFAULT 0 CHECK (once IN (0, 1));
CREATE INDEX confirmations_mailbox ON confirmations (mailbox_hash) WHERE mailbox_hash IS NOT NULL;

CREATE TABLE forms (
	version    TEXT    PRIMARY KEY,
	words      TEXT    NOT NULL CHECK (words <> ''),
	first_used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE subscribers ADD COLUMN form TEXT NOT NULL DEFAULT '';
ALTER TABLE confirmations ADD COLUMN form TEXT NOT NULL DEFAULT '';

CREATE TABLE signups (
	-- Never reused: a letter must not answer another's row.
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	address      TEXT    NOT NULL CHECK (address NOT GLOB '*[' || char(1) || '- <>' || char(127) || ']*'),
	asked_at     INTEGER NOT NULL,
	asked_from   TEXT    NOT NULL,
	network      BLOB    CHECK (length(network) = 16),
	mailbox_hash BLOB    NOT NULL,
	step         TEXT    NOT NULL CHECK (step IN ('waiting', 'posted', 'none')),
	form         TEXT    NOT NULL DEFAULT '',
	CHECK ((step = 'waiting') = (address LIKE '_%@_%')),
	CHECK (step = 'waiting' OR (address = '' AND asked_from = ''))
) STRICT;
CREATE INDEX signups_waiting ON signups (id) WHERE step = 'waiting';
CREATE INDEX signups_network ON signups (network, asked_at);
CREATE INDEX signups_asked ON signups (asked_at);

ALTER TABLE keys ADD COLUMN retired_at INTEGER CHECK (retired_at IS NULL OR current = 0);

CREATE TABLE feeds (
	url        TEXT    PRIMARY KEY,
	title      TEXT    NOT NULL,
	format     TEXT    NOT NULL,
	etag       TEXT    NOT NULL,
	modified   TEXT    NOT NULL,
	checked_at INTEGER,
	good_at    INTEGER,
	next_at    INTEGER,
	failures   INTEGER NOT NULL CHECK (failures >= 0),
	error      TEXT    NOT NULL
) STRICT;

CREATE TABLE stories (
	feed         TEXT    NOT NULL,
	guid         TEXT    NOT NULL CHECK (guid <> ''),
	url          TEXT    NOT NULL,
	article_id   TEXT    NOT NULL,
	headline     TEXT    NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN ('on desk', 'passed', 'spiked', 'withdrawn', 'put away')),
	reason       TEXT    NOT NULL,
	seen_at      INTEGER NOT NULL,
	published_at INTEGER NOT NULL,
	updated_at   INTEGER,
	item         BLOB    NOT NULL CHECK (length(item) = 16),
	file         BLOB    NOT NULL CHECK (length(file) = 16),
	api          TEXT    NOT NULL,
	mended       TEXT    NOT NULL CHECK (mended IN ('', 'changed', 'withdrawn')),
	updates      TEXT    NOT NULL,
	refiled      TEXT    NOT NULL CHECK (refiled IN ('', 'ignored', 'nothing new', 'carried', 'enough', 'spiked')),
	PRIMARY KEY (feed, guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX stories_url ON stories (url) WHERE url <> '';
CREATE INDEX stories_article ON stories (article_id) WHERE article_id <> '';
CREATE INDEX stories_updates ON stories (updates) WHERE updates <> '';

CREATE TABLE pins (
	slot       TEXT    NOT NULL,
	article_id TEXT    NOT NULL CHECK (article_id <> ''),
	place      INTEGER NOT NULL CHECK (place > 0),
	at         INTEGER NOT NULL,
	PRIMARY KEY (slot, article_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE program (
	only    INTEGER PRIMARY KEY CHECK (only = 1),
	version TEXT NOT NULL
) STRICT;

CREATE TABLE topics (
	webhook      BLOB    PRIMARY KEY CHECK (length(webhook) = 32),
	topic        TEXT    NOT NULL CHECK (topic <> ''),
	confirmed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE subscribers ADD COLUMN lifted_at INTEGER;

CREATE TABLE reports (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	door       TEXT    NOT NULL CHECK (door <> ''),
	key        TEXT    NOT NULL CHECK (key <> ''),
	kind       TEXT    NOT NULL CHECK (kind IN
		('refusal', 'delivery report', 'event', 'complaint', 'automatic reply', 'reply')),
	proof      TEXT    NOT NULL CHECK (proof IN
		('', 'return path', 'message id', 'link', 'queue id', 'relay', 'admin', 'webhook')),
	subscriber INTEGER NOT NULL CHECK (subscriber >= 0),
	edition    INTEGER NOT NULL CHECK (edition BETWEEN 0 AND 4294967295),
	address    TEXT    NOT NULL CHECK (address = '' OR state = 'unproven'),
	at         INTEGER NOT NULL,
	class      TEXT    NOT NULL CHECK (class IN ('', 'remove', 'count', 'sender', 'wait', 'complaint', 'ignore')),
	cause      TEXT    NOT NULL,
	rule       TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	code       INTEGER NOT NULL,
	diagnostic TEXT    NOT NULL,
	state      TEXT    NOT NULL CHECK (state IN ('new', 'noted', 'acted', 'held', 'unproven', 'discarded')),
	decided_at INTEGER CHECK (state NOT IN ('new', 'unproven') OR decided_at IS NULL),
	why        TEXT    NOT NULL DEFAULT '',
	raw        BLOB    CHECK (raw IS NULL OR length(raw) BETWEEN 1 AND 65536 AND (proof = '' OR subscriber <> 0)),
	UNIQUE (door, key),
	CHECK (proof <> '' OR state IN ('unproven', 'discarded')),
	CHECK (proof <> '' OR subscriber = 0 AND edition = 0)
) STRICT;
CREATE INDEX reports_new ON reports (id) WHERE state = 'new';
CREATE INDEX reports_held ON reports (subscriber) WHERE state = 'held';
CREATE INDEX reports_subscriber ON reports (subscriber, edition) WHERE subscriber <> 0;
CREATE INDEX reports_edition ON reports (edition, at);
CREATE INDEX reports_kept ON reports (at) WHERE raw IS NOT NULL OR address <> '';
CREATE TRIGGER reports_gone AFTER DELETE ON subscribers BEGIN
	UPDATE reports SET raw = NULL, state = CASE WHEN state IN ('new', 'held') THEN 'noted' ELSE state END
		WHERE subscriber = OLD.id AND subscriber <> 0;
END;

CREATE TABLE tests (
	id      INTEGER PRIMARY KEY,
	address TEXT    NOT NULL CHECK (address LIKE '%{token}%'),
	sent_at INTEGER NOT NULL,
	came_at INTEGER,
	door    TEXT    NOT NULL DEFAULT '',
	failed  TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX tests_address ON tests (address, sent_at);

CREATE TABLE mailboxes (
	name         TEXT    PRIMARY KEY,
	uid_validity INTEGER NOT NULL,
	uid          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE paces (
	edition  INTEGER PRIMARY KEY REFERENCES editions (number),
	messages INTEGER NOT NULL CHECK (messages > 0),
	took     INTEGER NOT NULL CHECK (took > 0)
) STRICT;

CREATE TABLE relays (
	name        TEXT    PRIMARY KEY CHECK (name <> ''),
	down        TEXT    NOT NULL,
	retry_at    INTEGER,
	connections INTEGER NOT NULL,
	seen_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run_reports (
	id          INTEGER PRIMARY KEY,
	date        TEXT    NOT NULL,
	slot        TEXT    NOT NULL,
	sequence    INTEGER NOT NULL,
	state       TEXT    NOT NULL CHECK (state IN ('done', 'cancelled', 'empty', 'missed', 'paused')),
	title       TEXT    NOT NULL,
	reason      TEXT    NOT NULL,
	missed_from TEXT    NOT NULL,
	ended_at    INTEGER NOT NULL,
	facts       TEXT    NOT NULL DEFAULT '',
	written_at  INTEGER,
	heard       INTEGER,
	UNIQUE (date, slot, sequence, state),
	CHECK ((facts = '') = (written_at IS NULL) AND (facts = '') = (heard IS NULL))
) STRICT;
CREATE INDEX run_reports_owed ON run_reports (id) WHERE facts = '';
CREATE TRIGGER editions_entered AFTER INSERT ON editions WHEN NEW.state IN ('empty', 'missed') BEGIN
	INSERT INTO run_reports (date, slot, sequence, state, title, reason, missed_from, ended_at)
		VALUES (NEW.date, NEW.slot, NEW.sequence, NEW.state, NEW.title, NEW.reason, NEW.missed_from, NEW.entered_at)
		ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER editions_over AFTER UPDATE OF state ON editions
	WHEN NEW.state IN ('done', 'cancelled', 'empty', 'missed') AND NEW.state <> OLD.state BEGIN
	INSERT INTO run_reports (date, slot, sequence, state, title, reason, missed_from, ended_at)
		VALUES (NEW.date, NEW.slot, NEW.sequence, NEW.state, NEW.title, NEW.reason, NEW.missed_from,
			coalesce(NEW.done_at, NEW.cancel_at, NEW.run_at, NEW.entered_at)) ON CONFLICT DO NOTHING;
END;

-- What days without an edition passed over: see looks. A day that is forgotten, or opened by
-- hand, passes nothing over.
CREATE TABLE passed_over (
	slot         TEXT    NOT NULL,
	article_id   TEXT    NOT NULL,
	date         TEXT    NOT NULL,
	sequence     INTEGER NOT NULL,
	published_at INTEGER NOT NULL,
	text         BLOB    NOT NULL CHECK (length(text) = 16),
	PRIMARY KEY (slot, article_id),
	FOREIGN KEY (date, slot, sequence) REFERENCES editions (date, slot, sequence) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX passed_over_by ON passed_over (date, slot, sequence);

CREATE TABLE alarms (
	ref      TEXT    PRIMARY KEY CHECK (ref <> ''),
	kind     TEXT    NOT NULL CHECK (kind <> ''),
	about    TEXT    NOT NULL,
	edition  TEXT    NOT NULL,
	reason   TEXT    NOT NULL,
	hint     TEXT    NOT NULL,
	began_at INTEGER NOT NULL,
	well_at  INTEGER,
	over_at  INTEGER,
	again    INTEGER NOT NULL CHECK (again >= 0)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX alarms_on ON alarms (kind, about) WHERE over_at IS NULL;

CREATE TABLE alarm_words (
	alarm    TEXT    NOT NULL REFERENCES alarms (ref),
	ends     INTEGER NOT NULL CHECK (ends IN (0, 1)),
	way      TEXT    NOT NULL CHECK (way <> ''),
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	due_at   INTEGER NOT NULL,
	PRIMARY KEY (alarm, ends, way)
) STRICT, WITHOUT ROWID;

ALTER TABLE slots ADD COLUMN timetable TEXT;
ALTER TABLE slots ADD COLUMN changed_at INTEGER;
ALTER TABLE slots ADD COLUMN former TEXT;

CREATE TABLE moves (
	subscriber  INTEGER NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
	asked_at    INTEGER NOT NULL,
	asked_from  TEXT    NOT NULL,
	by_whom     TEXT    NOT NULL,
	address     TEXT    NOT NULL,
	address_key TEXT    NOT NULL,
	moved_at    INTEGER CHECK (moved_at >= asked_at),
	moved_from  TEXT    NOT NULL DEFAULT '' CHECK (moved_from = '' OR moved_at IS NOT NULL),
	former      TEXT    NOT NULL DEFAULT '' CHECK (former = '' OR moved_at IS NOT NULL),
	former_key  TEXT    NOT NULL DEFAULT '' CHECK (former_key = '' OR moved_at IS NOT NULL),
	undone_at   INTEGER CHECK (undone_at IS NULL OR moved_at IS NOT NULL),
	PRIMARY KEY (subscriber, asked_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE heartbeats (
	slot    TEXT    PRIMARY KEY,
	edition TEXT    NOT NULL CHECK (edition <> ''),
	at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE departures (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	kind         TEXT    NOT NULL CHECK (kind IN ('begun', 'unsubscribed', 'complaint', 'hard bounce', 'manual',
		'removed', 'erased', 'lifted', 'returned', 'paused')),
	at           INTEGER NOT NULL,
	address_hash BLOB    CHECK ((kind = 'begun') = (address_hash IS NULL)),
	until        TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX departures_address ON departures (address_hash);

CREATE TABLE restores (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	made_at     INTEGER NOT NULL,
	known_to    INTEGER NOT NULL CHECK (known_to >= made_at),
	restored_at INTEGER NOT NULL,
	accepted_at INTEGER
) STRICT;

CREATE TABLE relocations (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	moved_at    INTEGER NOT NULL,
	place       TEXT    NOT NULL CHECK (place <> ''),
	accepted_at INTEGER
) STRICT;
