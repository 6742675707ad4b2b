-- What a server has besides. An edition is opened by chunks of its readers, each of readers
-- whose deliveries begin alike. A chunk's readers are entered as deliveries before the first of them is
-- sent to; until then each is pending. early counts those of a chunk that is not entered who
-- have a delivery already, since they left.
CREATE TABLE chunks (
	edition    BIGINT NOT NULL REFERENCES editions (number),
	number     BIGINT NOT NULL CHECK (number > 0),
	variant    TEXT COLLATE "C" NOT NULL,
	due_at     BIGINT NOT NULL,
	low        BIGINT NOT NULL,
	high       BIGINT NOT NULL CHECK (high >= low),
	ids        BIGINT[] NOT NULL,
	readers    BIGINT NOT NULL CHECK (readers > 0 AND readers = cardinality(ids)),
	early      BIGINT NOT NULL DEFAULT 0 CHECK (early BETWEEN 0 AND readers),
	entered_at BIGINT,
	-- What follows is of the machines that work on it. next_at is when the next of its messages is
	-- due; NULL once none is owed: the chunk is closed. answered and accepted count its readers whom
	-- the relay answered for, and who were accepted. stopped is why the latest run of it was stopped,
	-- worker the process that has it in hand.
	next_at    BIGINT,
	job        BIGINT,
	answered   BIGINT NOT NULL DEFAULT 0,
	accepted   BIGINT NOT NULL DEFAULT 0,
	stopped    TEXT NOT NULL DEFAULT '',
	worker     TEXT COLLATE "C" NOT NULL DEFAULT '',
	PRIMARY KEY (edition, number),
	FOREIGN KEY (edition, variant) REFERENCES edition_messages (edition, variant)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- To compress what is read once takes longer than to write it.
ALTER TABLE chunks ALTER ids SET STORAGE EXTERNAL;

CREATE INDEX chunks_waiting ON chunks (edition, due_at, low) WHERE entered_at IS NULL;
CREATE INDEX chunks_open ON chunks (edition, next_at) WHERE next_at IS NOT NULL;

-- Who is pending in a chunk that is not entered.
CREATE VIEW waiting AS
	SELECT k.edition, k.number, k.low, k.high, r.id AS subscriber, k.variant, k.due_at, e.opened_at AS at
	FROM chunks k JOIN editions e ON e.number = k.edition CROSS JOIN LATERAL unnest(k.ids) AS r (id)
	WHERE k.entered_at IS NULL AND (k.early = 0
		OR NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.edition = k.edition AND d.subscriber = r.id));

-- The deliveries as they are where all readers are entered at the opening.
CREATE VIEW ledger AS
	SELECT edition, subscriber, variant, step, reason, code, enhanced, reply, queue_id, attempts, doubts, due_at,
		first_due_at, at
	FROM deliveries
	UNION ALL
	SELECT edition, subscriber, variant, 'pending', '', 0, '', '', '', 0, 0, due_at, due_at, at
	FROM waiting;

-- The processes that work on this database. Times are of the server's clock. place is the folder
-- that a process keeps its own files in. state is '', 'draining' or 'drained'. sees says that it sees
-- the folders that all of them share. ahead is how many seconds the server's clock is ahead of its own,
-- unfit why it does no part of the editions, unfit_at since when. alike has fingerprints of what all of
-- them must have alike. knows is the version of the tables that its program knows.
CREATE TABLE machines (
	owner TEXT COLLATE "C" PRIMARY KEY,
	host  TEXT NOT NULL,
	place TEXT NOT NULL,
	role  TEXT NOT NULL,
	state TEXT NOT NULL DEFAULT '' CHECK (state IN ('', 'draining', 'drained')),
	sees  BOOLEAN NOT NULL,
	since TIMESTAMPTZ NOT NULL DEFAULT now(),
	beat  TIMESTAMPTZ NOT NULL DEFAULT now(),
	ahead BIGINT NOT NULL DEFAULT 0,
	unfit TEXT NOT NULL DEFAULT '',
	unfit_at TIMESTAMPTZ,
	alike TEXT NOT NULL DEFAULT '',
	knows BIGINT NOT NULL
);
