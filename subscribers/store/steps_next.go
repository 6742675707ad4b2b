//go:build nextstep

package store

import "os"

// next gives a step that no released program has, for scripts that have an older and a newer program work on
// one database. It brings one up, and makes none. With STEP=changes the program before it may not go on.
func next() []step {
	s := step{
		file:   `ALTER TABLE deliveries ADD COLUMN weight INTEGER NOT NULL DEFAULT 1`,
		server: `ALTER TABLE deliveries ADD COLUMN weight BIGINT NOT NULL DEFAULT 1`,
		adds:   true,
	}
	if os.Getenv("STEP") == "changes" {
		return []step{{file: `DROP TABLE pins`, server: `DROP TABLE pins`}}
	}
	const more = `;
		ALTER TABLE subscribers ADD COLUMN nickname TEXT NOT NULL DEFAULT '';
		CREATE TABLE weights (subscriber BIGINT PRIMARY KEY REFERENCES subscribers (id) ON DELETE CASCADE);
		CREATE INDEX subscribers_nickname ON subscribers (nickname) WHERE nickname <> ''`
	s.file, s.server = s.file+more, s.server+more
	return []step{s}
}
