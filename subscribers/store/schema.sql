-- What Vesper remembers. Everything the program promises its readers is held by
-- a line of this page: a key, a check, or a unique index.
--
-- Times are Unix seconds, given by the program: SQL never asks the time. A time
-- that is not known is NULL, a text that is not known is ''.

-- The program that last changed the form of this database: one row. A program that is
-- too old for the rest reads here which one it needs, so this table never changes.
CREATE TABLE program (
	only    INTEGER PRIMARY KEY CHECK (only = 1),
	version TEXT NOT NULL
) STRICT;

-- The secrets, made together with the database so that a backup carries them.
-- They share one series of ids because a token has one byte for its key's.
-- Link keys are replaced by newer ones and verify for ever; the other two are
-- never replaced, or repeats and suppressions would not be recognised.
CREATE TABLE keys (
	id         INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 255),
	purpose    TEXT    NOT NULL CHECK (purpose IN ('link', 'message-id', 'suppression')),
	secret     BLOB    NOT NULL CHECK (length(secret) >= 32),
	created_at INTEGER NOT NULL,
	current    INTEGER NOT NULL CHECK (current IN (0, 1)),
	-- When an admin retired it: of its links only those to leave still work, and
	-- return paths.
	retired_at INTEGER CHECK (retired_at IS NULL OR current = 0)
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
	status       TEXT    NOT NULL CHECK (status = 'unconfirmed' OR status = 'active' OR status = 'unsubscribed'
		OR status = 'suppressed'),
	-- Why a reader is unsubscribed or suppressed.
	reason       TEXT    NOT NULL DEFAULT '',
	-- An IANA name; '' is the publication's.
	timezone     TEXT    NOT NULL DEFAULT '',
	variant      TEXT    NOT NULL DEFAULT 'designed',
	created_at   INTEGER NOT NULL,
	confirmed_at INTEGER,
	-- Where the address came from: a file's name, "sign-up", or "added by the
	-- admin".
	source       TEXT    NOT NULL DEFAULT '',
	-- The file's SHA-256 in hex and the record in it, counted from 1; 0 is none.
	source_hash  TEXT    NOT NULL DEFAULT '',
	source_row   INTEGER NOT NULL DEFAULT 0,
	-- The proof that the reader asked: when and from which IP address the reader
	-- signed up, and confirmed. An admin's word is none.
	asked_at     INTEGER,
	asked_from   TEXT    NOT NULL DEFAULT '',
	consent_at   INTEGER,
	consent_from TEXT    NOT NULL DEFAULT '',
	-- What the reader chose: the evenings, 1 << weekday for each with Sunday as 0;
	-- the slots as ",evening,morning,", '' for all; the first local day on which
	-- editions come again. An edition that is opened asks these three, and a message
	-- that begins asks for the last one again.
	evenings     INTEGER NOT NULL DEFAULT 127 CHECK (evenings BETWEEN 1 AND 127),
	slots        TEXT    NOT NULL DEFAULT '' CHECK (slots = '' OR slots LIKE ',%_,'),
	paused_until TEXT    NOT NULL DEFAULT ''
		CHECK (paused_until = '' OR paused_until GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	-- The admin's tags, a JSON array; '' is none.
	tags         TEXT    NOT NULL DEFAULT '',
	-- When the last confirmation letter went out to a reader who is unconfirmed:
	-- the row dies 72 hours later. NULL for who was never asked.
	invited_at   INTEGER,
	-- When the reader left or was suppressed.
	left_at      INTEGER,
	-- Which form the reader filled in, as part of the proof: a version of ours (see
	-- forms), or the origin of another site. '' is none, or not known.
	form         TEXT    NOT NULL DEFAULT '',
	-- When an admin last put the reader back. What came back of editions before that
	-- does not count any more.
	lifted_at    INTEGER,
	-- Only a confirmed reader is mailed.
	CHECK (status <> 'active' OR confirmed_at IS NOT NULL)
) STRICT;

-- Finds who has not answered, without passing all who have.
CREATE INDEX subscribers_invited ON subscribers (invited_at) WHERE invited_at IS NOT NULL;

-- The wishes of readers to get editions at another address: who asked, and when and from
-- where it was confirmed there, which stays with the reader as the proof. The former address
-- takes it back for seven days, and is forgotten then. One that was taken back stays for 30
-- days, and one that was not confirmed for as long as it could be.
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

-- Who must not come back on the list by an import, even after the row above is
-- gone: an HMAC of address_key under the suppression key, not the address. Each
-- reason stands by itself: lifting one leaves the others.
CREATE TABLE suppressions (
	address_hash BLOB    NOT NULL,
	reason       TEXT    NOT NULL CHECK (reason IN ('hard bounce', 'complaint', 'unsubscribed', 'manual')),
	created_at   INTEGER NOT NULL,
	PRIMARY KEY (address_hash, reason)
) STRICT, WITHOUT ROWID;

-- The confirmation letters of the last 30 days, and those that are sent once and never
-- again, by the same HMAC: nobody can have somebody else mailed more often than the
-- limits, whatever became of the row, and however the mailbox is spelled.
CREATE TABLE confirmations (
	address_hash BLOB    NOT NULL,
	sent_at      INTEGER NOT NULL,
	-- The IP address that asked; '' once the letter's link is dead.
	asked_from   TEXT    NOT NULL DEFAULT '',
	-- When the link was used: a link brings a reader back once.
	used_at      INTEGER,
	-- The same HMAC of what all spellings of the mailbox have in common. NULL is a
	-- letter from before this was kept.
	mailbox_hash BLOB,
	-- Whether the reader confirmed. Such a letter does not count.
	answered     INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
	-- Whether it is the one letter that a file's reader gets. It is kept for ever.
	once         INTEGER NOT NULL DEFAULT 0 CHECK (once IN (0, 1)),
	-- The form that was filled in, for the proof.
	form         TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (address_hash, sent_at)
) STRICT, WITHOUT ROWID;

-- Finds the letters to other spellings of a mailbox.
CREATE INDEX confirmations_mailbox ON confirmations (mailbox_hash) WHERE mailbox_hash IS NOT NULL;

-- The words of our sign-up form, in each version that somebody signed up with. They
-- are never changed and never deleted: they are what a proof of consent is about.
CREATE TABLE forms (
	-- A hash of the words.
	version    TEXT    PRIMARY KEY,
	words      TEXT    NOT NULL CHECK (words <> ''),
	first_used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The inbox: what was typed into the sign-up form, until somebody looks whether a
-- letter is due. It is the same row whoever that is: to enter it does not tell who
-- is on the list. Then it forgets the address, and is kept a day for the limits.
CREATE TABLE signups (
	-- Never reused: a letter must not answer another's row.
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	-- As it was typed. Nothing that could end an SMTP command is let in.
	address      TEXT    NOT NULL CHECK (address NOT GLOB '*[' || char(1) || '- <>' || char(127) || ']*'),
	asked_at     INTEGER NOT NULL,
	asked_from   TEXT    NOT NULL,
	-- The first address of the client's /24 or /56, in the 16 octets of IPv6. NULL is
	-- not known.
	network      BLOB    CHECK (length(network) = 16),
	-- The HMAC of what all spellings of the mailbox have in common.
	mailbox_hash BLOB    NOT NULL,
	-- Whether it waits, or a letter was posted for it.
	step         TEXT    NOT NULL CHECK (step IN ('waiting', 'posted', 'none')),
	-- The form that was filled in.
	form         TEXT    NOT NULL DEFAULT '',
	CHECK ((step = 'waiting') = (address LIKE '_%@_%')),
	CHECK (step = 'waiting' OR (address = '' AND asked_from = ''))
) STRICT;

-- Finds what waits, without passing what was looked at.
CREATE INDEX signups_waiting ON signups (id) WHERE step = 'waiting';

-- Counts what came from a network within the hour, and all together.
CREATE INDEX signups_network ON signups (network, asked_at);
CREATE INDEX signups_asked ON signups (asked_at);

-- The last number given to an edition: one row. Numbers are in return paths and
-- Message-IDs, so that not even a deleted edition's may be given again.
CREATE TABLE numbers (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	last INTEGER NOT NULL,
	-- How often a run of an edition began, went on sending for a second, or came to
	-- rest. The file beside the database has the same count, by which a backup that was
	-- put back is known.
	runs INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO numbers (only, last) VALUES (1, 0);

-- When the service first ran with a slot: nothing before that is due.
CREATE TABLE slots (
	name  TEXT    PRIMARY KEY,
	since INTEGER NOT NULL,
	-- The days that it has, as the configuration has them that the service ran with last: ''
	-- is none, NULL is not known. Since when, and which days it had before: what was none
	-- of its days then is not missed.
	timetable  TEXT,
	changed_at INTEGER,
	former     TEXT
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
	-- Why it is held, empty, missed or paused, or what one that is sending waits for:
	-- for people, nothing is decided by it.
	reason       TEXT    NOT NULL DEFAULT '',
	-- When the row was first written.
	entered_at   INTEGER NOT NULL,
	-- It prints what was published from window_from until before cut_off.
	window_from  INTEGER,
	cut_off      INTEGER,
	-- No delivery of it is due before it is opened, or before due_at.
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
	-- How often in a row a run of it began and neither came to an orderly end nor
	-- left more deliveries sent, failed or expired than the last one found (ended).
	-- Whoever crashes on it again and again must not do so for ever. A run that died
	-- while it only waited for the relay does not count.
	starts       INTEGER NOT NULL DEFAULT 0,
	ended        INTEGER NOT NULL DEFAULT 0,
	-- When a run of it last began, or came to an orderly end. A crash loop is probed an
	-- hour after that.
	run_at       INTEGER,
	-- The kind of its pause, which says who may let it go on. Only what is paused
	-- has one.
	pause        TEXT    NOT NULL DEFAULT ''
		CHECK (pause IN ('', 'account', 'message', 'crash loop', 'desk') AND (state = 'paused') = (pause <> '')),
	-- How many messages were under way when a run of it died: each may have arrived.
	recovered    INTEGER NOT NULL DEFAULT 0 CHECK (recovered >= 0),
	-- The other side of the equation, and the doubts, of an edition that is over:
	-- nobody counts a million rows again to show them. They are stored when it is
	-- done, and follow what is changed afterwards. NULL before.
	sent         INTEGER CHECK (state = 'cancelled' OR (state = 'done') = (sent IS NOT NULL)),
	failed       INTEGER CHECK ((sent IS NULL) = (failed IS NULL)),
	expired      INTEGER CHECK ((sent IS NULL) = (expired IS NULL)),
	skipped      INTEGER CHECK ((sent IS NULL) = (skipped IS NULL)),
	unknown      INTEGER CHECK ((sent IS NULL) = (unknown IS NULL)),
	doubts       INTEGER CHECK ((sent IS NULL) = (doubts IS NULL)),
	-- The first of several days on end that were missed, of which date is the last
	-- one; '' for a single day.
	missed_from TEXT NOT NULL DEFAULT '' CHECK (missed_from = '' OR state = 'missed'
		AND missed_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND missed_from <= date),
	-- For how many seconds after its first due time a delivery may be begun, and how
	-- many of them do not count, since somebody had paused the edition.
	until        INTEGER NOT NULL DEFAULT 86400 CHECK (until > 0),
	stood        INTEGER NOT NULL DEFAULT 0 CHECK (stood >= 0),
	-- When its pause began.
	paused_at    INTEGER,
	-- How its messages are signed: what may have arrived is signed so again. Never a
	-- key, only its fingerprint; '' where nothing is signed, or that is not known.
	signing_domain TEXT NOT NULL DEFAULT '',
	signing_selector TEXT NOT NULL DEFAULT '',
	signing_keys TEXT NOT NULL DEFAULT '',
	-- How many articles of the desk it decided about when it was opened: see looks. 0 is
	-- one that was opened before this was recorded.
	looks INTEGER NOT NULL DEFAULT 0 CHECK (looks >= 0),
	-- When the deliveries of one that was opened ahead of its time are first due; NULL for
	-- any other, whose are from opened_at on.
	due_at INTEGER CHECK (due_at >= opened_at),
	-- What puts pins and looks back where they were before such an opening, in JSON, until
	-- its first run begins.
	undo TEXT NOT NULL DEFAULT '' CHECK (undo = '' OR due_at IS NOT NULL),
	-- What the paper prints as "No. 214": one more than the slot's edition before, given
	-- when it is opened. NULL is a paper without one: a day on which none was opened, or
	-- one that was cancelled before any of it left.
	paper_number INTEGER
		CHECK (paper_number IS NULL OR number IS NOT NULL AND paper_number BETWEEN 1 AND 4294967295),
	-- When somebody cancelled it after it was opened. It is paused until nothing of it is on
	-- the wire, and cancelled then.
	cancel_at INTEGER CHECK (cancel_at IS NULL OR number IS NOT NULL),
	-- What a correction tells readers; '' where it tells them nothing, and for what is none.
	correction TEXT NOT NULL DEFAULT '' CHECK (correction = '' OR sequence > 1 AND number IS NOT NULL),
	-- When the last deliveries of one in waves are first due; NULL for one that goes to all at
	-- once.
	last_due_at INTEGER CHECK (last_due_at > opened_at),
	UNIQUE (date, slot, sequence),
	-- What is opened has all of it, what isn't has nothing of it.
	CHECK ((state IN ('open', 'sending', 'paused', 'done', 'cancelled')) = (number IS NOT NULL)),
	CHECK ((number IS NULL) = (opened_at IS NULL) AND (number IS NULL) = (cut_off IS NULL)
		AND (number IS NULL) = (window_from IS NULL) AND (number IS NULL) = (link_key IS NULL)
		AND (number IS NULL) = (content_hash IS NULL)),
	CHECK ((state = 'done') = (done_at IS NOT NULL))
) STRICT;

-- Finds what is under way, each second, without passing all that is over.
CREATE INDEX editions_unfinished ON editions (number) WHERE state IN ('open', 'sending', 'paused');

-- The promise that no two papers of a slot have the same number. A correction has its
-- edition's.
CREATE UNIQUE INDEX editions_paper ON editions (slot, paper_number) WHERE sequence = 1;

-- What is cancelled before its first run did not appear: the next one takes its number.
CREATE TRIGGER editions_unprinted AFTER UPDATE OF state ON editions
	WHEN NEW.state = 'cancelled' AND NEW.run_at IS NULL AND NEW.paper_number IS NOT NULL BEGIN
	UPDATE editions SET paper_number = NULL WHERE id = NEW.id;
END;

-- What people did to editions, in its order: who, when and why. It is kept, and decides
-- nothing: that is for the edition's state.
CREATE TABLE acts (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	date     TEXT    NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	slot     TEXT    NOT NULL,
	sequence INTEGER NOT NULL CHECK (sequence >= 1),
	act      TEXT    NOT NULL CHECK (act IN ('hold', 'release', 'pause', 'resume', 'cancel', 'correct', 'approve',
		'edit')),
	-- The user who ran the command, or whom that one named.
	by_whom  TEXT    NOT NULL CHECK (by_whom <> ''),
	reason   TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	-- Which version was approved: see content_hash of editions.
	content_hash BLOB CHECK ((act = 'approve') = (content_hash IS NOT NULL) AND coalesce(length(content_hash), 32) = 32)
) STRICT;

-- Finds the acts on an edition.
CREATE INDEX acts_edition ON acts (date, slot, sequence);

-- The proofs that were made of editions to come. A proof and its letters are there together
-- or not at all: nobody is mailed one twice.
CREATE TABLE proofs (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	date     TEXT    NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	slot     TEXT    NOT NULL,
	sequence INTEGER NOT NULL CHECK (sequence >= 1),
	-- What the edition has if just this is opened.
	content_hash BLOB NOT NULL CHECK (length(content_hash) = 32),
	at       INTEGER NOT NULL,
	-- All that is entered if this version goes, in JSON. It is kept of the edition's last
	-- proof and of the approved one, until the slot's next edition is proved; '' afterwards.
	opening  TEXT    NOT NULL,
	-- When it was approved last, and by which of the acts: the version with the latest one
	-- goes, whatever the desk has by then.
	approved_at INTEGER,
	approval INTEGER NOT NULL DEFAULT 0 CHECK ((approval = 0) = (approved_at IS NULL))
) STRICT;

-- Finds the proofs of an edition.
CREATE INDEX proofs_edition ON proofs (date, slot, sequence);

-- The letters of a proof.
CREATE TABLE proof_letters (
	proof  INTEGER NOT NULL REFERENCES proofs (id),
	letter INTEGER NOT NULL,
	PRIMARY KEY (proof, letter)
) STRICT, WITHOUT ROWID;

-- An editor's words on an edition. It has no row among the editions before it is
-- opened, since such a row would block the opening. They are never changed
-- afterwards: they are what was printed.
CREATE TABLE words (
	date     TEXT    NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	slot     TEXT    NOT NULL,
	sequence INTEGER NOT NULL CHECK (sequence >= 1),
	-- Nothing that could end a header field is let in.
	subject  TEXT    NOT NULL CHECK (subject NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*'),
	note     TEXT    NOT NULL,
	-- When they were written.
	at       INTEGER NOT NULL,
	PRIMARY KEY (date, slot, sequence),
	-- No words are no row.
	CHECK (subject <> '' OR note <> '')
) STRICT, WITHOUT ROWID;

-- The articles that an editor wants first in a slot's next edition. A pin ends when its
-- article is printed.
CREATE TABLE pins (
	slot       TEXT    NOT NULL,
	article_id TEXT    NOT NULL CHECK (article_id <> ''),
	place      INTEGER NOT NULL CHECK (place > 0),
	at         INTEGER NOT NULL,
	PRIMARY KEY (slot, article_id)
) STRICT, WITHOUT ROWID;

-- The time zones whose readers' deliveries of an edition are first due later than all others; ''
-- is that of those who have chosen none.
CREATE TABLE waves (
	edition  INTEGER NOT NULL REFERENCES editions (number),
	timezone TEXT    NOT NULL,
	due_at   INTEGER NOT NULL,
	PRIMARY KEY (edition, timezone)
) STRICT, WITHOUT ROWID;

-- What an edition says, rendered once for each variant. It is never changed.
CREATE TABLE edition_messages (
	edition INTEGER NOT NULL REFERENCES editions (number),
	variant TEXT    NOT NULL,
	subject TEXT    NOT NULL,
	bytes   BLOB    NOT NULL CHECK (length(bytes) > 0),
	PRIMARY KEY (edition, variant)
) STRICT;

-- An edition as the web page that its readers are led to. It is never changed. It
-- stands apart from the row of its edition, which is written often.
CREATE TABLE web_views (
	edition INTEGER PRIMARY KEY REFERENCES editions (number),
	bytes   BLOB    NOT NULL
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

-- Has every headline without a body, to be searched.
CREATE INDEX edition_articles_headlines ON edition_articles (edition, position, headline, article_id);

-- What the editions of a slot decided about the articles that they looked at on the
-- desk, with a row for each article and not for each look. Only an opening writes
-- here. What is not here has come since, and is printed although it is late.
CREATE TABLE looks (
	slot         TEXT    NOT NULL,
	article_id   TEXT    NOT NULL,
	-- The number of the first edition that decided so.
	edition      INTEGER NOT NULL REFERENCES editions (number),
	verdict      TEXT    NOT NULL CHECK (
		verdict IN ('printed', 'full', 'old', 'copy', 'to come', 'embargo', 'elsewhere')),
	-- The article's time, and a fingerprint of its text, as the last edition saw them.
	published_at INTEGER NOT NULL,
	text         BLOB    NOT NULL CHECK (length(text) = 16),
	PRIMARY KEY (slot, article_id)
) STRICT, WITHOUT ROWID;

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

-- The feeds that were asked, by their addresses as they are configured. What is no
-- longer configured stays: it may be configured again.
CREATE TABLE feeds (
	url        TEXT    PRIMARY KEY,
	title      TEXT    NOT NULL,
	format     TEXT    NOT NULL,
	-- The validators of the last answer (RFC 9110 8.8).
	etag       TEXT    NOT NULL,
	modified   TEXT    NOT NULL,
	-- When it was last asked, when it last answered as it should, and when it is to be
	-- asked again. NULL is never.
	checked_at INTEGER,
	good_at    INTEGER,
	next_at    INTEGER,
	-- How often in a row it did not answer as it should, and why the last time.
	failures   INTEGER NOT NULL CHECK (failures >= 0),
	error      TEXT    NOT NULL
) STRICT;

-- The stories that feeds had, with what became of each. They are never deleted: a
-- story that comes again next year is known.
CREATE TABLE stories (
	feed         TEXT    NOT NULL,
	-- The publisher's name for it, its address where there is none.
	guid         TEXT    NOT NULL CHECK (guid <> ''),
	-- Its canonical address, by which it is known in other feeds.
	url          TEXT    NOT NULL,
	-- The article that it became; empty if none.
	article_id   TEXT    NOT NULL,
	-- The headline that it was given there.
	headline     TEXT    NOT NULL,
	state        TEXT    NOT NULL CHECK (state IN ('on desk', 'passed', 'spiked', 'withdrawn', 'put away')),
	reason       TEXT    NOT NULL,
	-- When it was first seen, and the publisher's own times.
	seen_at      INTEGER NOT NULL,
	published_at INTEGER NOT NULL,
	updated_at   INTEGER,
	-- A fingerprint of what the publisher wrote, and of the file that was made of it.
	item         BLOB    NOT NULL CHECK (length(item) = 16),
	file         BLOB    NOT NULL CHECK (length(file) = 16),
	-- The address where its site's program answers for it alone; empty if it has only a page.
	api          TEXT    NOT NULL,
	-- What its publisher did to it after an editor changed its file.
	mended       TEXT    NOT NULL CHECK (mended IN ('', 'changed', 'withdrawn')),
	-- The article that was printed and that this one has what is new of; empty for a story as
	-- its feed has it.
	updates      TEXT    NOT NULL,
	-- What became of its publisher's last change after it was printed.
	refiled      TEXT    NOT NULL CHECK (refiled IN ('', 'ignored', 'nothing new', 'carried', 'enough', 'spiked')),
	PRIMARY KEY (feed, guid)
) STRICT, WITHOUT ROWID;
CREATE INDEX stories_url ON stories (url) WHERE url <> '';
CREATE INDEX stories_article ON stories (article_id) WHERE article_id <> '';
CREATE INDEX stories_updates ON stories (updates) WHERE updates <> '';

-- The topics of Amazon SNS that asked a webhook first, by the SHA-256 of its provider and
-- secret. What others publish is not heard there: anybody can have SNS sign what he wants.
CREATE TABLE topics (
	webhook      BLOB    PRIMARY KEY CHECK (length(webhook) = 32),
	topic        TEXT    NOT NULL CHECK (topic <> ''),
	confirmed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger: queue, record and promise in one. The primary key is the promise
-- that nobody gets an edition twice, and that everybody with whom it was opened
-- is accounted for once. Rows are entered when the edition is opened, and never
-- deleted: subscriber is no foreign key, since the row stays when the reader
-- goes.
--
--   pending ─► attempting ─► sent | failed | unknown, or pending again
--   pending ─► skipped | expired
--   unknown ─► pending | failed, by an operator's word; so does failed ─► pending
CREATE TABLE deliveries (
	-- The edition's number.
	edition      INTEGER NOT NULL REFERENCES editions (number),
	subscriber   INTEGER NOT NULL,
	variant      TEXT    NOT NULL,
	-- (IN would make SQLite build a table for each message, which costs as much as all the
	-- rest of its statement.)
	step         TEXT    NOT NULL CHECK (step = 'pending' OR step = 'attempting' OR step = 'sent'
		OR step = 'failed' OR step = 'expired' OR step = 'skipped' OR step = 'unknown'),
	-- Owed means: pending, and due by now. This one time serves retries, time
	-- zones and pacing alike.
	due_at       INTEGER NOT NULL,
	-- The message's Date. A row is too old to be begun so long after it, or after
	-- resumed_at, as its edition says. Never changed.
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
	-- The process that attempts it, and until when others leave it alone. After that
	-- they take it over, and so does at once whoever has the lock.
	owner        TEXT    NOT NULL DEFAULT '',
	lease_until  INTEGER,
	-- When the row last changed.
	at           INTEGER NOT NULL,
	-- When an operator asked for it again.
	resumed_at   INTEGER,
	-- Whether the reply or the queue's name quotes a mailbox: 0 none, 1 that of the
	-- row's own reader, who is found by the number, 2 maybe another's. A relay's
	-- thanks are worth little: what is sent quotes nobody.
	quotes       INTEGER NOT NULL DEFAULT 0 CHECK (quotes BETWEEN 0 AND 2 AND (quotes = 0 OR step <> 'sent')),
	-- What a pending row is suspected of. Suspects are sent behind the others, one after
	-- another.
	suspect      TEXT    NOT NULL DEFAULT '' CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message'),
	-- When it was first deferred: giving up is counted from there.
	deferred_at  INTEGER,
	-- How often it was under way when its process died. It may be what kills them.
	deaths       INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0),
	-- Which connection of the process attempts it, and as which of its messages. Of
	-- several rows of one only the first may have been sent: no final dot goes out
	-- before the outcomes of the rows before it are durable. 0: that is not known.
	connection   INTEGER NOT NULL DEFAULT 0,
	ordinal      INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (edition, subscriber),
	FOREIGN KEY (edition, variant) REFERENCES edition_messages (edition, variant),
	CHECK ((step = 'skipped') = (reason <> '')),
	CHECK ((step = 'attempting') = (lease_until IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- Finds who is owed, the longest due first, and when the next one is, without
-- passing those who were served or who are due later.
CREATE INDEX deliveries_pending ON deliveries (edition, due_at, subscriber, first_due_at, resumed_at)
	WHERE step = 'pending';

-- Finds what is under way: one row for each connection.
CREATE INDEX deliveries_attempting ON deliveries (edition) WHERE step = 'attempting';

-- Finds where an address is quoted without reading every reply of a year.
CREATE INDEX deliveries_quoting ON deliveries (edition, subscriber, step, reply, queue_id) WHERE quotes = 2;

-- The rows of a reader who is gone are found by their words from then on, since
-- nobody knows the number any more.
CREATE INDEX deliveries_quoting_own ON deliveries (subscriber) WHERE quotes = 1;
CREATE TRIGGER subscribers_gone AFTER DELETE ON subscribers BEGIN
	UPDATE deliveries SET quotes = 2 WHERE quotes = 1 AND subscriber = OLD.id;
END;

-- The outbox: letters to one person, worked by the same rules as the ledger. A
-- letter that is at its end keeps its outcome and forgets the rest: the checks
-- below are the promise that nobody's address stays here who is not on the list.
CREATE TABLE letters (
	-- Never reused: a late outcome must not settle another letter.
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	kind         TEXT    NOT NULL CHECK (kind IN ('confirmation', 'welcome', 'goodbye', 'proof', 'report', 'copy',
		'move', 'moved')),
	-- The mailbox. Nothing that could end an SMTP command is let in.
	address      TEXT    NOT NULL CHECK (address NOT GLOB '*[' || char(1) || '- <>' || char(127) || ']*'),
	-- The envelope sender; '' is the null one.
	return_path  TEXT    NOT NULL CHECK (return_path NOT GLOB '*[' || char(1) || '- <>' || char(127) || ']*'),
	-- The whole message, the same in every repeat.
	bytes        BLOB    NOT NULL,
	-- From here on as in deliveries.
	step         TEXT    NOT NULL CHECK (step = 'pending' OR step = 'attempting' OR step = 'sent'
		OR step = 'failed' OR step = 'expired' OR step = 'skipped' OR step = 'unknown'),
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
	-- The reader whom it is about. Like that of a delivery it may be gone.
	subscriber   INTEGER,
	-- As in deliveries. The own mailbox is taken out of what a relay says.
	quotes       INTEGER NOT NULL DEFAULT 0 CHECK (quotes BETWEEN 0 AND 2 AND (quotes = 0 OR step <> 'sent')),
	suspect      TEXT    NOT NULL DEFAULT '' CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message'),
	deferred_at  INTEGER,
	deaths       INTEGER NOT NULL DEFAULT 0 CHECK (deaths >= 0),
	connection   INTEGER NOT NULL DEFAULT 0,
	ordinal      INTEGER NOT NULL DEFAULT 0,
	CHECK ((step IN ('pending', 'attempting')) = (address LIKE '_%@_%')),
	CHECK ((step IN ('pending', 'attempting')) = (length(bytes) > 0)),
	CHECK (step IN ('pending', 'attempting') OR (address = '' AND return_path = '')),
	CHECK ((step = 'skipped') = (reason <> '')),
	CHECK ((step = 'attempting') = (lease_until IS NOT NULL))
) STRICT;

-- As in deliveries: what is owed, what is under way, and what names somebody.
CREATE INDEX letters_pending ON letters (due_at, id, first_due_at) WHERE step = 'pending';
CREATE INDEX letters_attempting ON letters (id) WHERE step = 'attempting';
CREATE INDEX letters_quoting ON letters (id) WHERE address <> '' OR quotes > 0;

-- Finds a reader's letters.
CREATE INDEX letters_subscriber ON letters (subscriber) WHERE subscriber IS NOT NULL;

-- What came back: a row for each reader of each thing that came. It stands beside the
-- ledger and never changes it: what the relay accepted stays accepted. The reader is no
-- foreign key, since a report stays when its reader goes.
--
--   new ─► noted | acted | held      by the rules of the list
--   held, unproven ─► noted | acted | discarded      by an admin's word
CREATE TABLE reports (
	id         INTEGER PRIMARY KEY AUTOINCREMENT,
	-- By which way it came, and its name there. What comes twice is one report.
	door       TEXT    NOT NULL CHECK (door <> ''),
	key        TEXT    NOT NULL CHECK (key <> ''),
	kind       TEXT    NOT NULL CHECK (kind IN
		('refusal', 'delivery report', 'event', 'complaint', 'automatic reply', 'reply')),
	-- What shows that it is about a message of ours to this reader; '' is nothing.
	proof      TEXT    NOT NULL CHECK (proof IN
		('', 'return path', 'message id', 'link', 'queue id', 'relay', 'admin', 'webhook')),
	-- The reader's row, 0 if nobody knows whose it is, or the reader is gone.
	subscriber INTEGER NOT NULL CHECK (subscriber >= 0),
	-- The edition's number; 0 is a letter, or not known.
	edition    INTEGER NOT NULL CHECK (edition BETWEEN 0 AND 4294967295),
	-- Whom it speaks of, where nothing proves whose it is.
	address    TEXT    NOT NULL CHECK (address = '' OR state = 'unproven'),
	-- When it came.
	at         INTEGER NOT NULL,
	-- What it means, and what said so. A refusal has no class before it is weighed.
	class      TEXT    NOT NULL CHECK (class IN ('', 'remove', 'count', 'sender', 'wait', 'complaint', 'ignore')),
	cause      TEXT    NOT NULL,
	rule       TEXT    NOT NULL,
	status     TEXT    NOT NULL,
	code       INTEGER NOT NULL,
	-- What the server said, without the mailboxes that it quotes.
	diagnostic TEXT    NOT NULL,
	-- What became of it, when, and why.
	state      TEXT    NOT NULL CHECK (state IN ('new', 'noted', 'acted', 'held', 'unproven', 'discarded')),
	decided_at INTEGER CHECK (state NOT IN ('new', 'unproven') OR decided_at IS NULL),
	why        TEXT    NOT NULL DEFAULT '',
	-- It as it came, for 30 days. Nothing is kept of a reader who is gone.
	raw        BLOB    CHECK (raw IS NULL OR length(raw) BETWEEN 1 AND 65536 AND (proof = '' OR subscriber <> 0)),
	UNIQUE (door, key),
	-- Only what is proven changes a reader, or an admin's word.
	CHECK (proof <> '' OR state IN ('unproven', 'discarded')),
	CHECK (proof <> '' OR subscriber = 0 AND edition = 0)
) STRICT;

-- Finds what is to be weighed, in the order in which it came.
CREATE INDEX reports_new ON reports (id) WHERE state = 'new';

-- Finds whether a reader is held: each opening and each message asks. There are few.
CREATE INDEX reports_held ON reports (subscriber) WHERE state = 'held';

-- Finds what came back for a reader, and for an edition.
CREATE INDEX reports_subscriber ON reports (subscriber, edition) WHERE subscriber <> 0;
CREATE INDEX reports_edition ON reports (edition, at);

-- Finds what is too old to be kept as it came, and where a mailbox may be named.
CREATE INDEX reports_kept ON reports (at) WHERE raw IS NOT NULL OR address <> '';

-- Of a reader who goes, in whatever way, nothing waits any more and nothing is kept as it
-- came.
CREATE TRIGGER reports_gone AFTER DELETE ON subscribers BEGIN
	UPDATE reports SET raw = NULL, state = CASE WHEN state IN ('new', 'held') THEN 'noted' ELSE state END
		WHERE subscriber = OLD.id AND subscriber <> 0;
END;

-- A message to ourselves ("vesper bounces test"): is what comes back heard? The address to
-- leave by stands in editions only while the last test of it came back.
CREATE TABLE tests (
	-- Drawn at random; the message's token has it.
	id      INTEGER PRIMARY KEY,
	-- Where it went, with "{token}" in the place of the token.
	address TEXT    NOT NULL CHECK (address LIKE '%{token}%'),
	sent_at INTEGER NOT NULL,
	-- When it came, and by which door; or what came instead and says that it failed.
	came_at INTEGER,
	door    TEXT    NOT NULL DEFAULT '',
	failed  TEXT    NOT NULL DEFAULT ''
) STRICT;

-- Finds the last test of an address: each opening asks.
CREATE INDEX tests_address ON tests (address, sent_at);

-- How far a mailbox was read over IMAP: what stays in it, since it is not ours, is not read
-- again.
CREATE TABLE mailboxes (
	-- user@host/folder
	name         TEXT    PRIMARY KEY,
	-- A UID is one message's as long as the mailbox has this number (RFC 3501 2.3.1.1).
	uid_validity INTEGER NOT NULL,
	-- All up to this one were read.
	uid          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How fast editions were sent: for how many messages the relays had an answer in the runs
-- of each, and how long these took, in milliseconds.
CREATE TABLE paces (
	edition  INTEGER PRIMARY KEY REFERENCES editions (number),
	messages INTEGER NOT NULL CHECK (messages > 0),
	took     INTEGER NOT NULL CHECK (took > 0)
) STRICT;

-- What the process that delivers knew of each relay when it last looked, for whoever asks
-- how it is. Nothing is decided by it.
CREATE TABLE relays (
	name        TEXT    PRIMARY KEY CHECK (name <> ''),
	-- Why it is left alone, and until when; '' is up.
	down        TEXT    NOT NULL,
	retry_at    INTEGER,
	connections INTEGER NOT NULL,
	seen_at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is told of editions that are over, and of days without one. Such a report is owed
-- from the very transaction on that ends an edition, so no crash loses it; the unique
-- (date, slot, sequence, state) is the promise that it is told once. It is no foreign key:
-- a report stays when its day is forgotten. None has an address in it. One that is paused is
-- told of when its time is over.
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
	-- The report in JSON, when it was written, and the last of what came back (reports)
	-- that it counts; '' and NULL while it is owed.
	facts       TEXT    NOT NULL DEFAULT '',
	written_at  INTEGER,
	heard       INTEGER,
	UNIQUE (date, slot, sequence, state),
	CHECK ((facts = '') = (written_at IS NULL) AND (facts = '') = (heard IS NULL))
) STRICT;

-- Finds what is owed: each second asks.
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

-- What somebody has to look at, from when it began until 30 days after it was over.
CREATE TABLE alarms (
	-- Drawn at random: its name to those who are told.
	ref      TEXT    PRIMARY KEY CHECK (ref <> ''),
	kind     TEXT    NOT NULL CHECK (kind <> ''),
	-- What it is about, "" where there is only one of the kind; and of which edition, if any.
	about    TEXT    NOT NULL,
	edition  TEXT    NOT NULL,
	-- For people, without an address.
	reason   TEXT    NOT NULL,
	hint     TEXT    NOT NULL,
	began_at INTEGER NOT NULL,
	-- Since when it is well again: it is over once that has held for a while.
	well_at  INTEGER,
	over_at  INTEGER,
	-- How many of the same were over within the day before: who flaps is told less often.
	again    INTEGER NOT NULL CHECK (again >= 0)
) STRICT, WITHOUT ROWID;

-- The promise that an alarm begins once, however often the program is started.
CREATE UNIQUE INDEX alarms_on ON alarms (kind, about) WHERE over_at IS NULL;

-- What is still to be told, and by which way. It is entered together with the alarm's
-- beginning or end, so that neither is forgotten, and removed once it was told.
CREATE TABLE alarm_words (
	alarm    TEXT    NOT NULL REFERENCES alarms (ref),
	-- 0: it began; 1: it is over.
	ends     INTEGER NOT NULL CHECK (ends IN (0, 1)),
	way      TEXT    NOT NULL CHECK (way <> ''),
	attempts INTEGER NOT NULL CHECK (attempts >= 0),
	due_at   INTEGER NOT NULL,
	PRIMARY KEY (alarm, ends, way)
) STRICT, WITHOUT ROWID;

-- The last evening of each slot for which the heartbeat was fetched.
CREATE TABLE heartbeats (
	slot    TEXT    PRIMARY KEY,
	edition TEXT    NOT NULL CHECK (edition <> ''),
	-- When that evening was finished or decided.
	at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a database that is put back from a backup must not undo, in its order: who left,
-- was suppressed, removed or erased, and who came back after that. A row is written in the
-- transaction that it is about, and a journal beside the database and in the folder of
-- backups follows this table. It names nobody, and is never changed.
CREATE TABLE departures (
	-- Without a gap: a journal that lacks one is known by it.
	id           INTEGER PRIMARY KEY AUTOINCREMENT,
	kind         TEXT    NOT NULL CHECK (kind IN ('begun', 'unsubscribed', 'complaint', 'hard bounce', 'manual',
		'removed', 'erased', 'lifted', 'returned', 'paused')),
	at           INTEGER NOT NULL,
	-- The same HMAC as in suppressions, whose key is never replaced and is in every backup.
	address_hash BLOB    CHECK ((kind = 'begun') = (address_hash IS NULL)),
	-- Until when a reader paused.
	until        TEXT    NOT NULL DEFAULT ''
) STRICT;

-- Finds whether an address has left before.
CREATE INDEX departures_address ON departures (address_hash);

-- The backups that were put in this database's place, and up to when it is known who left
-- since. Nothing is sent before an admin has accepted the last one.
CREATE TABLE restores (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	-- The time whose state the backup had.
	made_at     INTEGER NOT NULL,
	known_to    INTEGER NOT NULL CHECK (known_to >= made_at),
	restored_at INTEGER NOT NULL,
	accepted_at INTEGER
) STRICT;

-- Where this database was moved to. Nothing is done with one that is elsewhere now before an
-- admin has taken it back.
CREATE TABLE relocations (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	moved_at    INTEGER NOT NULL,
	-- A file, or the address of a server without its password.
	place       TEXT    NOT NULL CHECK (place <> ''),
	accepted_at INTEGER
) STRICT;
