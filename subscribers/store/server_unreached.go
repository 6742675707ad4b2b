package store

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"vesper/digest"
)

// Unreached is the error of a server that can't be reached, or lets nobody in.
type Unreached struct {
	cause error
	// away says that it may be there in a moment. One that answered, and let nobody in, is not waited for.
	away bool
}

// Hint says what to do, if the server is that of the configuration.
func (u *Unreached) Hint() string {
	return u.HintAt("url in [database]", "password_file in [database]")
}

// HintAt says what to do where the server's address and its user's password are named elsewhere.
func (u *Unreached) HintAt(url, password string) string { return hintOf(u.cause, url, password) }

// Error says why in one line: of several tries the last one counts.
func (u *Unreached) Error() string {
	if why := unusable(u.cause); why != nil {
		return "PostgreSQL can't be used: " + why.Error()
	}
	lines := strings.Split(strings.TrimSpace(u.cause.Error()), "\n")
	said := "PostgreSQL refuses the connection: "
	if u.away {
		said = "PostgreSQL can't be reached: "
	}
	return said + strings.TrimSpace(lines[len(lines)-1])
}

// Unwrap gives the driver's own error, and that it is a [digest.ErrAway] if it is one.
func (u *Unreached) Unwrap() []error {
	if u.away {
		return []error{u.cause, digest.ErrAway}
	}
	return []error{u.cause}
}

// unreached makes an error of the way to the server an [*Unreached], and leaves others as they are.
func unreached(err error) error {
	failed, answered := errors.AsType[*pgconn.PgError](err)
	_, connecting := errors.AsType[*pgconn.ConnectError](err)
	switch {
	case unheard(err) || answered && isMixed(failed):
		return &Unreached{err, true}
	case answered && connecting:
		return &Unreached{err, false}
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

// hintOf says what to do where a server does not let one in. url and password say where its address is
// named, and its user's password.
func hintOf(err error, url, password string) string {
	const wrongPassword, noUser, noDatabase, tooMany = "28P01", "28000", "3D000", "53300"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case errors.Is(err, errStandby):
		return "name the primary in " + url + ", or all servers: postgres://USER@HOST,OTHER/NAME"
	case errors.Is(err, errReadOnly):
		return "its admin, or who hosts it, set that for the server, the database or the user; is its disk full?"
	case errors.Is(err, errShared), ok && isMixed(failed):
		return "name PostgreSQL itself in " + url + ", or the pooler's port for whole sessions"
	case !ok:
		return "is it running, and does it listen there? look at " + url
	case failed.Code == wrongPassword:
		return "set " + password + ": the password is wrong, or none was given"
	case failed.Code == noUser:
		return "is there such a user (createuser)? let it in by pg_hba.conf"
	case failed.Code == tooMany:
		return "each machine needs up to 17 connections, a command up to 16: raise max_connections, or the limit of the " +
			"user or the database"
	case failed.Code == noDatabase:
		return "as its admin: createdb --owner=vesper --encoding=UTF8 --template=template0 vesper"
	}
	return "look into PostgreSQL's log"
}

// isMixed says whether a session is not as this connection has left it.
func isMixed(failed *pgconn.PgError) bool {
	const thereAlready, notThere = "42P05", "26000" // a prepared statement
	return failed.Code == thereAlready || failed.Code == notThere
}
