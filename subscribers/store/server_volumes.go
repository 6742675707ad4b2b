package store

import (
	"context"
	"fmt"
)

// The ledger of a server lies in volumes: when PostgreSQL cleans up after an edition it reads all
// indexes of the table, and over the years they become larger than what an edition has changed by far.
// A volume is the deliveries of a thousand numbers of editions, so that a volume's name is known without a
// question. Where it is full before, the numbers left are given to nobody.
const (
	volumeNumbers = 1000
	inAVolume     = 100_000_000
)

// volumeOf gives the table that an edition's deliveries lie in: on a server a volume of the ledger.
func (s *core) volumeOf(edition uint32) string {
	if s.server == nil {
		return `deliveries`
	}
	return volumeName(edition / volumeNumbers)
}

func volumeName(volume uint32) string { return fmt.Sprintf(`deliveries_%d`, volume) }

// nextNumber gives an edition its number. On a server the number has its volume of the ledger.
func (s *core) nextNumber(ctx context.Context, c conn) (number uint32, err error) {
	if !isServer(c) {
		err = c.QueryRow(ctx, `UPDATE numbers SET last = last + 1 RETURNING last`).Scan(&number)
		return number, err
	}
	err = c.QueryRow(ctx, `UPDATE numbers SET last = CASE
			WHEN (SELECT coalesce(sum(opened), 0) FROM editions WHERE number >= last - last % $1) >= CAST($2 AS BIGINT)
			THEN last - last % $1 + $1 ELSE last + 1 END
		RETURNING last`, volumeNumbers, s.inVolume).Scan(&number)
	if err != nil {
		return 0, err
	}
	return number, mayNot(makeVolume(ctx, c, number/volumeNumbers))
}

// makeVolume makes a volume of the ledger unless it is there. Whoever reads the ledger, or writes into
// another volume, goes on beside it: CREATE TABLE … PARTITION OF would wait for them, and they for it.
func makeVolume(ctx context.Context, c conn, volume uint32) error {
	name := volumeName(volume)
	there, err := has(ctx, c, `SELECT 1 FROM pg_class WHERE relname = $1
		AND relnamespace = CAST(current_schema() AS regnamespace)`, name)
	if err != nil || there {
		return err
	}
	owner, from := "", int64(volume)*volumeNumbers
	err = c.QueryRow(ctx, `SELECT pg_get_userbyid(relowner) FROM pg_class
		WHERE oid = CAST('deliveries' AS regclass)`).Scan(&owner)
	for _, statement := range []string{
		// Of a full one ten millions are dead then, which PostgreSQL cleans up in one pass with the 64 MB
		// that it has for that as it is installed.
		`CREATE TABLE ` + name + ` (LIKE deliveries INCLUDING ALL) WITH (autovacuum_vacuum_scale_factor = 0.1)`,
		// Where machines have users of their own, all of them write into it.
		`ALTER TABLE ` + name + ` OWNER TO ` + asName(owner),
		fmt.Sprintf(`ALTER TABLE deliveries ATTACH PARTITION %s FOR VALUES FROM (%d) TO (%d)`,
			name, from, from+volumeNumbers),
	} {
		if err == nil {
			_, err = c.Exec(ctx, statement)
		}
	}
	if err != nil {
		return fmt.Errorf("make a volume of the ledger: %w", err)
	}
	return nil
}

// makeVolumes makes the volumes of the ledger for all editions that there are.
func makeVolumes(ctx context.Context, c conn) error {
	rows, err := c.Query(ctx, `SELECT DISTINCT number / $1 FROM editions WHERE number IS NOT NULL`, volumeNumbers)
	return each(rows, err, func(scan scanner) error {
		var volume uint32
		if err := scan(&volume); err != nil {
			return err
		}
		return makeVolume(ctx, c, volume)
	})
}
