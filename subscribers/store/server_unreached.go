package store

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"vesper/digest"
)

// Unreached is the error of a server that can't be reached, or lets nobody in.
type Unreached struct {
	// Hint says what to do.
	Hint  string
	cause error
}

// Error says why in one line: of several tries the last one counts.
func (u *Unreached) Error() string {
	if why := unusable(u.cause); why != nil {
		return "PostgreSQL can't be used: " + why.Error()
	}
	lines := strings.Split(strings.TrimSpace(u.cause.Error()), "\n")
	return "PostgreSQL can't be reached: " + strings.TrimSpace(lines[len(lines)-1])
}

// Unwrap gives the driver's own error, and that it is a [digest.ErrAway].
func (u *Unreached) Unwrap() []error { return []error{u.cause, digest.ErrAway} }

// unreached makes an error of the way to the server an [*Unreached], and leaves others as they are.
func unreached(err error) error {
	failed, ok := errors.AsType[*pgconn.PgError](err)
	if unheard(err) || ok && isMixed(failed) {
		return &Unreached{hintOf(err), err}
	}
	return err
}

// unusable gives why a server that answered can't be worked with, nil if that is not it.
func unusable(err error) error {
	for _, why := range []error{errStandby, errReadOnly, errShared} {
		if errors.Is(err, why) {
			return why
		}
	}
	return nil
}

// hintOf says what to do where a server does not let one in.
func hintOf(err error) string {
	const wrongPassword, noPassword, noDatabase, tooMany = "28P01", "28000", "3D000", "53300"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case errors.Is(err, errStandby):
		return "name the primary in url, or all servers: postgres://USER@HOST,OTHER/NAME"
	case errors.Is(err, errReadOnly):
		return "its admin, or who hosts it, set that for the server, the database or the user; is its disk full?"
	case errors.Is(err, errShared), ok && isMixed(failed):
		return "name PostgreSQL itself in url, or the pooler's port for whole sessions"
	case !ok:
		return "is it running, and does it listen there? look at url in [database]"
	case failed.Code == wrongPassword || failed.Code == noPassword:
		return "set password_file in [database], and let this user in by pg_hba.conf"
	case failed.Code == tooMany:
		return "each machine needs up to 17 connections, a command up to 16: raise max_connections, or the limit of the " +
			"user or the database"
	case failed.Code == noDatabase:
		return "as its admin: createdb --owner=vesper --locale=C --template=template0 vesper"
	}
	return "look into PostgreSQL's log"
}

// isMixed says whether a session is not as this connection has left it.
func isMixed(failed *pgconn.PgError) bool {
	const thereAlready, notThere = "42P05", "26000" // a prepared statement
	return failed.Code == thereAlready || failed.Code == notThere
}
