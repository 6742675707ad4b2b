package store

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Unreached is the error of a server that can't be reached, or lets nobody in.
type Unreached struct {
	// Hint says what to do.
	Hint  string
	cause error
}

// Error says why in one line: of several tries the last one counts.
func (u *Unreached) Error() string {
	lines := strings.Split(strings.TrimSpace(u.cause.Error()), "\n")
	return "PostgreSQL can't be reached: " + strings.TrimSpace(lines[len(lines)-1])
}

// Unwrap gives the driver's own error.
func (u *Unreached) Unwrap() error { return u.cause }

// unreached makes an error of the way in an [*Unreached], and leaves others as they are.
func unreached(err error) error {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return &Unreached{hintOf(err), err}
	}
	return err
}

// hintOf says what to do where a server does not let one in.
func hintOf(err error) string {
	const wrongPassword, noPassword, noDatabase = "28P01", "28000", "3D000"
	failed, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case !ok:
		return "is it running, and does it listen there? look at url in [database]"
	case failed.Code == wrongPassword || failed.Code == noPassword:
		return "set password_file in [database], and let this user in by pg_hba.conf"
	case failed.Code == noDatabase:
		return "as its admin: createdb --owner=vesper --locale=C --template=template0 vesper"
	}
	return "look into PostgreSQL's log"
}
