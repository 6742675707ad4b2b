-- From version 4 to 5. What all this is for stands in schema.sql.

ALTER TABLE deliveries ADD COLUMN suspect TEXT NOT NULL DEFAULT ''
	CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message');
ALTER TABLE letters ADD COLUMN suspect TEXT NOT NULL DEFAULT ''
	CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message');

ALTER TABLE editions ADD COLUMN missed_from TEXT NOT NULL DEFAULT '' CHECK (missed_from = '' OR state = 'missed'
	AND missed_from GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND missed_from <= date);
