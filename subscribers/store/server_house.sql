-- What the machines of a house agree on. In each of these kinds of folders, which all of them
-- share, lies a marker: a machine that does not see it opens nothing.
CREATE TABLE markers (
	kind    TEXT COLLATE "C" PRIMARY KEY CHECK (kind <> ''),
	made_at BIGINT NOT NULL
);

-- On which server the database was seen, and on which timeline of it: a replica that takes
-- over, and a server that is put back, begin a new one.
CREATE TABLE timelines (
	id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	server   TEXT COLLATE "C" NOT NULL CHECK (server <> ''),
	timeline BIGINT NOT NULL CHECK (timeline > 0),
	seen_at  BIGINT NOT NULL,
	UNIQUE (server, timeline)
);

-- Whether this is the database that was sent from: one row.
CREATE TABLE origin (
	"only"  BIGINT PRIMARY KEY CHECK ("only" = 1),
	-- PostgreSQL's number of this very table. Of tables that pg_restore has made it is another.
	made_as BIGINT NOT NULL,
	-- What a machine has found who has seen a later state of it; '' for nothing. Nobody sends then.
	held    TEXT COLLATE "C" NOT NULL DEFAULT ''
);

INSERT INTO origin ("only", made_as) VALUES (1, CAST(CAST('origin' AS regclass) AS oid));
