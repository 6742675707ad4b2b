-- From version 3 to 4. What all this is for stands in schema.sql.

CREATE TABLE web_views (
	edition INTEGER PRIMARY KEY REFERENCES editions (number),
	bytes   BLOB    NOT NULL
) STRICT;

INSERT INTO web_views (edition, bytes) SELECT number, coalesce(web_view, x'') FROM editions WHERE number IS NOT NULL;
ALTER TABLE editions DROP COLUMN web_view;

-- A new column's checks are held against the rows at once. Those that are paused
-- or done wait outside until they have what such a row has now.
CREATE TEMP TABLE kept AS SELECT id, number, state, reason, done_at FROM main.editions
	WHERE state IN ('paused', 'done');
UPDATE editions SET state = 'sending', done_at = NULL WHERE id IN (SELECT id FROM temp.kept);

ALTER TABLE editions ADD COLUMN pause TEXT NOT NULL DEFAULT ''
	CHECK (pause IN ('', 'account', 'message', 'crash loop', 'desk') AND (state = 'paused') = (pause <> ''));
ALTER TABLE editions ADD COLUMN resumed_at INTEGER;
ALTER TABLE editions ADD COLUMN recovered INTEGER NOT NULL DEFAULT 0 CHECK (recovered >= 0);
ALTER TABLE editions ADD COLUMN sent INTEGER CHECK (state = 'cancelled' OR (state = 'done') = (sent IS NOT NULL));
ALTER TABLE editions ADD COLUMN failed INTEGER CHECK ((sent IS NULL) = (failed IS NULL));
ALTER TABLE editions ADD COLUMN expired INTEGER CHECK ((sent IS NULL) = (expired IS NULL));
ALTER TABLE editions ADD COLUMN skipped INTEGER CHECK ((sent IS NULL) = (skipped IS NULL));
ALTER TABLE editions ADD COLUMN unknown INTEGER CHECK ((sent IS NULL) = (unknown IS NULL));
ALTER TABLE editions ADD COLUMN doubts INTEGER CHECK ((sent IS NULL) = (doubts IS NULL));

-- What kind a pause is was told by how its reason began.
UPDATE editions SET state = 'paused', pause = (SELECT CASE
		WHEN k.reason LIKE 'the relay refuses us%' THEN 'account'
		WHEN k.reason LIKE 'the relay refuses the message%' THEN 'message'
		WHEN k.reason LIKE 'crash loop%' THEN 'crash loop'
		ELSE 'desk' END FROM temp.kept k WHERE k.id = editions.id)
	WHERE id IN (SELECT id FROM temp.kept WHERE state = 'paused');

-- The sums of what is over are counted once.
UPDATE editions SET state = 'done', done_at = (SELECT k.done_at FROM temp.kept k WHERE k.id = editions.id),
		(sent, failed, expired, skipped, unknown, doubts) = (
			SELECT count(*) FILTER (WHERE d.step = 'sent'), count(*) FILTER (WHERE d.step = 'failed'),
				count(*) FILTER (WHERE d.step = 'expired'), count(*) FILTER (WHERE d.step = 'skipped'),
				count(*) FILTER (WHERE d.step = 'unknown'), coalesce(sum(d.doubts), 0)
			FROM deliveries d WHERE d.edition = editions.number)
	WHERE id IN (SELECT id FROM temp.kept WHERE state = 'done');
DROP TABLE temp.kept;

CREATE INDEX editions_unfinished ON editions (number) WHERE state IN ('open', 'sending', 'paused');

CREATE TABLE words (
	date     TEXT    NOT NULL CHECK (date GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
	slot     TEXT    NOT NULL,
	sequence INTEGER NOT NULL CHECK (sequence >= 1),
	subject  TEXT    NOT NULL CHECK (subject NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || ']*'),
	note     TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (date, slot, sequence),
	CHECK (subject <> '' OR note <> '')
) STRICT, WITHOUT ROWID;

ALTER TABLE deliveries ADD COLUMN quotes INTEGER NOT NULL DEFAULT 0
	CHECK (quotes BETWEEN 0 AND 2 AND (quotes = 0 OR step <> 'sent'));
ALTER TABLE letters ADD COLUMN quotes INTEGER NOT NULL DEFAULT 0
	CHECK (quotes BETWEEN 0 AND 2 AND (quotes = 0 OR step <> 'sent'));

-- A reply is taken to quote the row's own reader alone if no mailbox is left once
-- the reader's is taken out.
UPDATE deliveries SET quotes = CASE WHEN instr(queue_id, '@') = 0 AND EXISTS (SELECT 1 FROM subscribers s
		WHERE s.id = deliveries.subscriber
			AND instr(replace(lower(deliveries.reply), lower(s.address_key), ''), '@') = 0)
	THEN 1 ELSE 2 END
	WHERE step <> 'sent' AND (instr(reply, '@') > 0 OR instr(queue_id, '@') > 0);
UPDATE letters SET quotes = 2 WHERE step <> 'sent' AND (instr(reply, '@') > 0 OR instr(queue_id, '@') > 0);

DROP INDEX deliveries_pending;
CREATE INDEX deliveries_pending ON deliveries (edition, due_at, subscriber, first_due_at, resumed_at)
	WHERE step = 'pending';
CREATE INDEX deliveries_attempting ON deliveries (edition) WHERE step = 'attempting';
CREATE INDEX deliveries_quoting ON deliveries (edition, subscriber, step, reply, queue_id) WHERE quotes = 2;
CREATE INDEX deliveries_quoting_own ON deliveries (subscriber) WHERE quotes = 1;

DROP INDEX letters_pending;
CREATE INDEX letters_pending ON letters (due_at, id, first_due_at) WHERE step = 'pending';
CREATE INDEX letters_attempting ON letters (id) WHERE step = 'attempting';
CREATE INDEX letters_quoting ON letters (id) WHERE address <> '' OR quotes > 0;

CREATE TRIGGER subscribers_gone AFTER DELETE ON subscribers BEGIN
	UPDATE deliveries SET quotes = 2 WHERE quotes = 1 AND subscriber = OLD.id;
END;
