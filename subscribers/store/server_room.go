package store

import (
	"vesper/digest"
)

// aMachine is how many connections a machine has at most: those of its process, and the one with the right to send.
const aMachine = most + 1

// hasRoom looks whether the server lets in as many connections as the machines that live may need.
func (e *examination) hasRoom(c conn) {
	var room, ofUser, ofDatabase, machines int
	err := c.QueryRow(e.ctx, `SELECT CAST(current_setting('max_connections') AS BIGINT)
				- CAST(current_setting('superuser_reserved_connections') AS BIGINT)
				- CAST(coalesce(current_setting('reserved_connections', true), '0') AS BIGINT),
			(SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
			(SELECT datconnlimit FROM pg_database WHERE datname = current_database()),
			(SELECT count(*) FROM machines WHERE role = 'serve' AND `+heardOf+`)`).
		Scan(&room, &ofUser, &ofDatabase, &machines)
	if err != nil {
		e.say("connections", digest.Warn, "", "how many PostgreSQL lets in can't be read: %v", err)
		return
	}
	by, hint := "max_connections", "raise max_connections, and begin PostgreSQL anew"
	// Less than none is no limit.
	if ofUser >= 0 && ofUser < room {
		room, by, hint = ofUser, "the user's limit", "as its admin: ALTER ROLE USER CONNECTION LIMIT -1"
	}
	if ofDatabase >= 0 && ofDatabase < room {
		room, by, hint = ofDatabase, "the database's limit", "as its admin: ALTER DATABASE NAME CONNECTION LIMIT -1"
	}
	if needs := aMachine * max(1, machines); room < needs {
		e.say("connections", digest.Warn, hint,
			"%s lets in %d, and the machines that serve may need %d, %d each: commands and a machine that starts are refused",
			by, room, needs, aMachine)
	}
}
