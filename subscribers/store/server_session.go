package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// readOnly is what a server says to who wants to write where nobody may.
const readOnly = "25006"

// A connection that only reads is none: what it says may be old, and the right to deliver is
// another one there.
var (
	errStandby  = errors.New("only a standby answers, and that only reads")
	errReadOnly = errors.New("nobody may write there, by default_transaction_read_only")
)

// errShared is a new session that is none: a pooler has handed out one that another connection of ours
// has begun. The right to deliver, which belongs to a session, would be everybody's.
var errShared = errors.New("several connections share a session, as behind a pooler in transaction mode")

// Whatever a server, a database or a user have as defaults, a session of ours has these. The gate
// needs "read committed": who has waited there must see what was written meanwhile. A large
// opening takes longer than many houses let a statement take. Not every server knows all of them.
const begins = `SELECT pg_is_in_recovery(), current_setting('transaction_read_only'),
	current_setting('vesper.session', true), set_config('vesper.session', 'begun', false),
	(SELECT count(set_config(name, value, false)) FROM pg_settings JOIN (VALUES
			('default_transaction_isolation', 'read committed'), ('client_encoding', 'UTF8'),
			('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'),
			('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
			('client_connection_check_interval', '5s')
		) AS ours (name, value) USING (name))`

// ours makes each connection one that Vesper can work with: to a server that lets it write, with
// settings that are known, and noticed when it breaks. One that comes to lead elsewhere is closed.
func ours(c *pgx.ConnConfig) {
	notices(c)
	c.ValidateConnect = beginSession
	before := c.OnPgError
	c.OnPgError = func(conn *pgconn.PgConn, failed *pgconn.PgError) bool {
		return before(conn, failed) && failed.Code != readOnly
	}
}

func beginSession(ctx context.Context, c *pgconn.PgConn) error {
	said, err := c.Exec(ctx, begins).ReadAll()
	if err != nil {
		return fmt.Errorf("begin a session: %w", err)
	}
	switch row := said[0].Rows[0]; {
	case string(row[0]) == "t":
		return errStandby
	case string(row[1]) == "on":
		return errReadOnly
	case string(row[2]) == "begun":
		return errShared
	}
	return nil
}
