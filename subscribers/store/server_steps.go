package store

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"vesper/digest"
)

// bringUp brings the tables of an older program up, in one transaction. Of several processes that come at once
// the others find it done.
func (sv *server) bringUp(ctx context.Context, o Options) error {
	// River's are brought up before, as they are made before. A former River goes on with what a later one has:
	// it asks for its own columns alone. But nothing of them is changed where ours may not be.
	if _, _, err := sv.planned(ctx, idle{sv.pool}, o); err != nil {
		return err
	}
	if err := makeJobs(ctx, sv.pool); err != nil {
		return mayNot(err)
	}
	from := 0
	err := sv.transact(ctx, beginWhole, func(ctx context.Context, c conn) error {
		there, todo, err := sv.planned(ctx, c, o)
		if from = 0; err != nil || len(todo) == 0 {
			return err
		}
		from = there.version
		return sv.take(ctx, c.(*transaction), there, todo, o.Program)
	})
	if err == nil && from != 0 && o.Upgraded != nil {
		o.Upgraded(from, sv.known, "")
	}
	return mayNot(err)
}

// planned gives the steps that are to be taken. Machines whose program may not go on afterwards must have
// ended before.
func (sv *server) planned(ctx context.Context, c conn, o Options) (there tables, todo []step, err error) {
	there, err = tablesIn(ctx, c)
	switch {
	case err != nil || there.version >= sv.known:
		return there, nil, err
	case there.version < firstOnServer:
		return there, nil, fmt.Errorf("its schema is version %d, which never was on a server", there.version)
	}
	todo = o.known()[there.version-1:]
	var hosts string
	// A drained one has its pages up yet, and so it writes.
	err = c.QueryRow(ctx, `SELECT coalesce(string_agg(DISTINCT host, ', '), '') FROM machines
		WHERE `+heardOf+` AND knows < $1`, there.after(todo).worksWith).Scan(&hosts)
	if err == nil && hosts != "" {
		err = fmt.Errorf("bring the database from version %d up to %d: %w: %s", there.version, sv.known,
			digest.ErrOlder, hosts)
	}
	return there, todo, err
}

// take takes the steps, and writes down who did.
func (sv *server) take(ctx context.Context, t *transaction, there tables, todo []step, program string) error {
	for i, s := range todo {
		if _, err := t.c.PgConn().Exec(ctx, s.server).ReadAll(); err != nil {
			return fmt.Errorf("bring the database up from version %d: %w", there.version+i, err)
		}
	}
	is := there.after(todo)
	_, err := t.Exec(ctx, `UPDATE form SET version = $1, works_with = $2`, is.version, is.worksWith)
	if err == nil {
		_, err = t.Exec(ctx, `UPDATE program SET version = $1`, program)
	}
	return err
}

// formAsked has whoever begins a transaction hear which programs may work on the tables. It is asked behind the
// gate: until the transaction ends, that is true.
const formAsked = `; SELECT works_with FROM form`

// heardForm refuses a transaction in which this program would work on tables that it may not.
func (sv *server) heardForm(answers []*pgconn.Result) error {
	last := answers[len(answers)-1]
	if len(last.Rows) != 1 || last.FieldDescriptions[0].Name != "works_with" {
		return nil
	}
	worksWith, err := strconv.Atoi(string(last.Rows[0][0]))
	if err == nil && worksWith > sv.known {
		sv.outdated.Store(true)
		err = sv.isOutdated()
	}
	return err
}

// isOutdated gives digest.ErrNewer once the tables have moved on to a form that this program may not work on.
func (sv *server) isOutdated() error {
	if sv.outdated.Load() {
		return fmt.Errorf("the database has moved on: %w", digest.ErrNewer)
	}
	return nil
}

// Newer names the program that has brought the database further than this one knows, which may work on it
// all the same; "" if it is not newer.
func (s *File) Newer(ctx context.Context) (program string, err error) { return s.newer(ctx) }

func (s *core) newer(ctx context.Context) (program string, err error) {
	if s.server == nil {
		return "", nil
	}
	var version int
	err = s.read.QueryRow(ctx, `SELECT version, coalesce((SELECT version FROM program), '') FROM form`).
		Scan(&version, &program)
	if err != nil {
		return "", fmt.Errorf("look which form the database has: %w", err)
	}
	return newerThan(s.server.known, version, program), nil
}

// knowsAll refuses a database with more in it than this program knows, for what must leave nothing out.
func (s *core) knowsAll(ctx context.Context) error {
	program, err := s.newer(ctx)
	if err == nil && program != "" {
		err = fmt.Errorf("it may have something in it that this program does not know: %w: %s", digest.ErrNewer, program)
	}
	return err
}

// newerThan names a program that has made a later version than is known.
func newerThan(known, version int, program string) string {
	if version <= known {
		return ""
	}
	name, _, _ := strings.Cut(program, ",")
	return cmp.Or(name, "a newer program")
}
