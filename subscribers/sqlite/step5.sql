-- From version 4 to 5. What all this is for stands in schema.sql.

ALTER TABLE deliveries ADD COLUMN suspect TEXT NOT NULL DEFAULT ''
	CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message');
ALTER TABLE letters ADD COLUMN suspect TEXT NOT NULL DEFAULT ''
	CHECK (suspect = '' OR suspect = 'connection' OR suspect = 'address'
		OR suspect = 'ours' OR suspect = 'message');
