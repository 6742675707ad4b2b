package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
)

// rightToDeliver is the number of the lock in PostgreSQL that who delivers has. It belongs to
// a connection: the server takes it back from a process or a machine that dies.
const rightToDeliver = 0x5673_7072_0002

// nameLimit is how long an application's name may be on a server.
const nameLimit = 63

// takeRight takes the right to deliver, for a process of this role. When another process has
// it, the error is a *digest.HeldError.
func (sv *server) takeRight(ctx context.Context, role string, now time.Time) error {
	config := sv.pool.Config().ConnConfig.Copy()
	config.RuntimeParams["application_name"] = signature(role, now)
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("lock the database: %w", err)
	}
	got := false
	err = c.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, int64(rightToDeliver)).Scan(&got)
	if err == nil && !got {
		held, asked := sv.holder(ctx)
		if err = asked; err == nil {
			if held == nil {
				held = &digest.HeldError{}
			}
			err = held
		}
	}
	if err != nil {
		return errors.Join(err, c.Close(ctx))
	}
	sv.rightMu.Lock()
	defer sv.rightMu.Unlock()
	sv.right = c
	return nil
}

// giveBack gives the right back.
func (sv *server) giveBack() error {
	sv.rightMu.Lock()
	defer sv.rightMu.Unlock()
	if sv.right == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// A connection that is broken has lost it already.
	_ = sv.right.Close(ctx)
	sv.right = nil
	return nil
}

// signature says who has the right, and since when, in what the server shows of a connection.
func signature(role string, now time.Time) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	s := fmt.Sprintf("vesper %s %d %s %s", role, os.Getpid(), now.UTC().Format(time.RFC3339), host)
	return s[:min(len(s), nameLimit)]
}

// holder gives who has the right to deliver; nil if nobody has.
func (sv *server) holder(ctx context.Context) (*digest.HeldError, error) {
	var name string
	err := missing(idle{sv.pool}.QueryRow(ctx, `SELECT a.application_name
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_database d ON d.oid = l.database
		WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
			AND (CAST(l.classid AS BIGINT) << 32) | CAST(l.objid AS BIGINT) = $1`, int64(rightToDeliver)).Scan(&name))
	if errors.Is(err, digest.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look who has the database: %w", err)
	}
	fields := strings.Fields(name)
	if len(fields) < 4 {
		return &digest.HeldError{}, nil
	}
	held := &digest.HeldError{Role: fields[1]}
	if held.PID, err = strconv.Atoi(fields[2]); err == nil {
		held.Since, err = time.Parse(time.RFC3339, fields[3])
	}
	if err != nil {
		// Another program's connection can't have it: what it says is not for us to judge.
		return &digest.HeldError{}, nil
	}
	return held, nil
}
