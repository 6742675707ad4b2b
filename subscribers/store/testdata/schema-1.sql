-- What Vesper remembers. Everything the program promises its readers is held by
-- a line of this page: a key, a check, or a unique index.
--
-- Times are Unix seconds, given by the program: SQL never asks the time. A time
-- that is not known is NULL, a text that is not known is ''.

-- The secrets, made together with the database so that a backup carries them.
-- They share one series of ids because a token has one byte for its key's.
-- Link keys are replaced by newer ones and verify for ever; the other two are
-- never replaced, or repeats and suppressions would not be recognised.
CREATE TABLE keys (
	id         INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 255),
	purpose    TEXT    NOT NULL CHECK (purpose IN ('link', 'message-id', 'suppression')),
	secret     BLOB    NOT NULL CHECK (length(secret) >= 32),
	created_at INTEGER NOT NULL,
	current    INTEGER NOT NULL CHECK (current IN (0, 1))
) STRICT;

-- One key of each purpose is in use.
CREATE UNIQUE INDEX keys_current ON keys (purpose) WHERE current = 1;

-- The readers. AUTOINCREMENT is the promise that a row's id never comes back:
-- the ledger outlives its readers and must not be taken for somebody else's.
-- address_key is the promise that nobody is on the list twice.
CREATE TABLE subscribers (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	-- A random number of 64 bits, the only name of a reader in links. It is kept
	-- as a signed one, so half of them are negative here.
	public_id    INTEGER NOT NULL UNIQUE,
	-- As the reader wrote it.
	address      TEXT    NOT NULL,
	-- In lower case, the domain in ASCII. Nothing that could end an SMTP command
	-- or a header field is let in, whoever writes.
	address_key  TEXT    NOT NULL UNIQUE
		CHECK (address_key LIKE '_%@_%' AND address_key NOT GLOB '*[' || char(1) || '- <>' || char(127) || ']*'),
	name         TEXT    NOT NULL DEFAULT '',
	status       TEXT    NOT NULL CHECK (status IN ('unconfirmed', 'active', 'unsubscribed', 'suppressed')),
	-- Why a reader is unsubscribed or suppressed.
	reason       TEXT    NOT NULL DEFAULT '',
	-- An IANA name; '' is the publication's.
	timezone     TEXT    NOT NULL DEFAULT '',
	variant      TEXT    NOT NULL DEFAULT 'designed',
	created_at   INTEGER NOT NULL,
	confirmed_at INTEGER,
	-- Where the address came from: a file's name, or the admin's word.
	source       TEXT    NOT NULL DEFAULT '',
	-- Only a confirmed reader is mailed.
	CHECK (status <> 'active' OR confirmed_at IS NOT NULL)
) STRICT;

-- Who must not come back on the list by an import, even after the row above is
-- gone: an HMAC of address_key under the suppression key, not the address.
CREATE TABLE suppressions (
	address_hash BLOB    PRIMARY KEY,
	reason       TEXT    NOT NULL,
	created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last number given to an edition: one row. Numbers are in return paths and
-- Message-IDs, so that not even a deleted edition's may be given again.
CREATE TABLE numbers (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	last INTEGER NOT NULL
) STRICT;

INSERT INTO numbers (only, last) VALUES (1, 0);

-- When the service first ran with a slot: nothing before that is due.
CREATE TABLE slots (
	name  TEXT    PRIMARY KEY,
	since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The editions, and the days without one. The unique (date, slot, sequence) is
-- the promise that an edition is opened once, whatever fires twice: a timer, a
-- restart or a second process.
CREATE TABLE editions (
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	-- 1, 2, 3 … over all slots, given when it is opened; NULL before.
	number       INTEGER UNIQUE CHECK (number BETWEEN 1 AND 4294967295),
	-- The local day, as 2026-11-22.
	date         TEXT    NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	slot         TEXT    NOT NULL,
	sequence     INTEGER NOT NULL CHECK (sequence >= 1),
	title        TEXT    NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN
		('due', 'held', 'empty', 'missed', 'open', 'sending', 'paused', 'done', 'cancelled')),
	-- Why it is held, empty, missed or paused.
	reason       TEXT    NOT NULL DEFAULT '',
	-- When the row was first written.
	entered_at   INTEGER NOT NULL,
	-- It prints what was published from window_from until before cut_off.
	window_from  INTEGER,
	cut_off      INTEGER,
	opened_at    INTEGER,
	done_at      INTEGER,
	-- How many readers it was opened with: one side of the equation
	-- opened = sent + failed + expired + skipped + unknown + pending + attempting.
	opened       INTEGER NOT NULL DEFAULT 0,
	-- The key that signs its tokens: a repeat is the same bytes even when a newer
	-- key signs the next edition.
	link_key     INTEGER REFERENCES keys (id),
	-- SHA-256 of the messages and the web view: what was opened is what is sent.
	content_hash BLOB    CHECK (length(content_hash) = 32),
	web_view     BLOB,
	UNIQUE (date, slot, sequence),
	-- What is opened has all of it, what isn't has nothing of it.
	CHECK ((state IN ('open', 'sending', 'paused', 'done', 'cancelled')) = (number IS NOT NULL)),
	CHECK ((number IS NULL) = (opened_at IS NULL) AND (number IS NULL) = (cut_off IS NULL)
		AND (number IS NULL) = (window_from IS NULL) AND (number IS NULL) = (link_key IS NULL)
		AND (number IS NULL) = (content_hash IS NULL)),
	CHECK ((state = 'done') = (done_at IS NOT NULL))
) STRICT;

-- What an edition says, rendered once for each variant. It is never changed.
CREATE TABLE edition_messages (
	edition INTEGER NOT NULL REFERENCES editions (number),
	variant TEXT    NOT NULL,
	subject TEXT    NOT NULL,
	bytes   BLOB    NOT NULL CHECK (length(bytes) > 0),
	PRIMARY KEY (edition, variant)
) STRICT;

-- What an edition printed, as it was when it was printed: the desk may have
-- changed since. No edition prints an article twice.
CREATE TABLE edition_articles (
	edition    INTEGER NOT NULL REFERENCES editions (number),
	-- 1 is the lead.
	position   INTEGER NOT NULL CHECK (position >= 1),
	article_id TEXT    NOT NULL,
	headline   TEXT    NOT NULL,
	url        TEXT    NOT NULL,
	-- The whole article in JSON.
	body       TEXT    NOT NULL,
	PRIMARY KEY (edition, position),
	UNIQUE (edition, article_id)
) STRICT;

-- Answers "which edition printed it?" without reading a body.
CREATE INDEX edition_articles_printed ON edition_articles (article_id, edition);

-- The ledger: queue, record and promise in one. The primary key is the promise
-- that nobody gets an edition twice, and that everybody with whom it was opened
-- is accounted for once. Rows are entered when the edition is opened, and never
-- deleted: subscriber is no foreign key, since the row stays when the reader
-- goes.
--
--   pending ─► attempting ─► sent | failed | unknown, or pending again
--   pending ─► skipped | expired
CREATE TABLE deliveries (
	-- The edition's number.
	edition      INTEGER NOT NULL REFERENCES editions (number),
	subscriber   INTEGER NOT NULL,
	variant      TEXT    NOT NULL,
	step         TEXT    NOT NULL CHECK (step IN
		('pending', 'attempting', 'sent', 'failed', 'expired', 'skipped', 'unknown')),
	-- Owed means: pending, and due by now. This one time serves retries, time
	-- zones and pacing alike.
	due_at       INTEGER NOT NULL,
	-- The message's Date, and where giving up is counted from. Never changed.
	first_due_at INTEGER NOT NULL,
	-- The replies that deferred it.
	attempts     INTEGER NOT NULL DEFAULT 0,
	-- The times it was sent again although it may have arrived.
	doubts       INTEGER NOT NULL DEFAULT 0,
	-- The last reply: its code (0: none), enhanced code, text, and the name that
	-- the relay gave the message.
	code         INTEGER NOT NULL DEFAULT 0,
	enhanced     TEXT    NOT NULL DEFAULT '',
	reply        TEXT    NOT NULL DEFAULT '',
	queue_id     TEXT    NOT NULL DEFAULT '',
	-- Why it was skipped.
	reason       TEXT    NOT NULL DEFAULT '',
	-- The process that attempts it, and until when others leave it alone.
	owner        TEXT    NOT NULL DEFAULT '',
	lease_until  INTEGER,
	-- When the row last changed.
	at           INTEGER NOT NULL,
	PRIMARY KEY (edition, subscriber),
	FOREIGN KEY (edition, variant) REFERENCES edition_messages (edition, variant),
	CHECK ((step = 'skipped') = (reason <> '')),
	CHECK ((step = 'attempting') = (lease_until IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Finds who is owed without passing all who were served.
CREATE INDEX deliveries_pending ON deliveries (edition, subscriber, due_at, first_due_at) WHERE step = 'pending';
