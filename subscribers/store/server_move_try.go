package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
)

// tryServer makes all that a move makes in an empty database before its first row, and undoes it: whatever a
// right, a name or a setting there is in the way of is in its way too. Nobody sees anything of it.
func tryServer(ctx context.Context, url string, now time.Time) error {
	s, err := tabledServer(ctx, url, now)
	if err != nil {
		return err
	}
	return errors.Join(s.tryJobs(ctx), s.close())
}

// tryJobs looks whether River's tables can be made, or those be used that are there. River makes them in
// several transactions, which can't be tried in one.
func (s *serverEnd) tryJobs(ctx context.Context) error {
	schema, err := jobsIn(ctx, s)
	if err != nil {
		return err
	}
	name := pgx.Identifier{schema}.Sanitize()
	for _, statement := range []string{makeSchema + name, `CREATE TABLE ` + name + `.tried ()`} {
		if _, err := s.Exec(ctx, statement); err != nil {
			return mayNot(fmt.Errorf("make the tables of jobs: %w", err))
		}
	}
	return nil
}

// ownJobs refuses tables of River that another user has made.
func (s *serverEnd) ownJobs(ctx context.Context) error {
	schema, err := jobsIn(ctx, s)
	if err != nil {
		return err
	}
	theirs, err := has(ctx, s, `SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
		WHERE nspname = $1 AND NOT pg_has_role(relowner, 'USAGE')`, schema)
	if err == nil && theirs {
		err = fmt.Errorf("%w: another user's tables are in %s", digest.ErrNoRight, schema)
	}
	return err
}
