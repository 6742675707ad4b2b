package store

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"vesper/digest"
)

// chunkJob is River's job of working on a chunk. It is put in with the chunk, in the transaction
// that opens the edition. What the job does is decided by the chunk's rows: to do it twice is
// harmless.
type chunkJob struct {
	Edition uint32 `json:"edition"`
	Chunk   int64  `json:"chunk"`
}

// Kind implements river.JobArgs.
func (chunkJob) Kind() string { return "chunk" }

// InsertOpts implements river.JobArgsWithInsertOpts. A job that fails is tried again as long as
// its edition is not over.
func (j chunkJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: laneOf(j.Edition), MaxAttempts: 30_000}
}

// lanes is how many queues of chunks there are. The editions are dealt to them in turn, and each has
// workers of its own: whoever has many chunks keeps nobody waiting who comes after.
const lanes = 4

// laneOf gives the name of an edition's queue.
func laneOf(number uint32) string { return fmt.Sprintf("chunks-%d", number%lanes) }

// jobsIn gives the schema that River's tables are in: beside that of ours, so that whoever lists
// ours sees nothing else there.
func jobsIn(ctx context.Context, c conn) (schema string, err error) {
	err = c.QueryRow(ctx, `SELECT coalesce(current_schema() || '_river', '')`).Scan(&schema)
	if err == nil && schema == "" {
		err = fmt.Errorf("%w: no schema of its search_path is there for it", digest.ErrNoRight)
	}
	return schema, err
}

// makeSchema is for the schema of River's tables. Who may make none in a database is refused even if it is there.
const makeSchema = `CREATE SCHEMA IF NOT EXISTS `

// migrating is the number of the lock in PostgreSQL that who makes River's tables has.
const migrating = 0x5673_7072_0003

// makeJobs makes River's tables, or brings them up to date. They come before ours, since River
// makes them in several transactions: whoever dies in between has changed nothing of ours.
func makeJobs(ctx context.Context, pool *pgxpool.Pool) error {
	alone, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer alone.Release()
	schema, err := jobsIn(ctx, idle{pool})
	if err != nil {
		return err
	}
	if _, err := alone.Exec(ctx, `SELECT pg_advisory_lock(`+paperLock(migrating)+`)`); err != nil {
		return err
	}
	defer alone.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(`+paperLock(migrating)+`)`)
	if _, err := pool.Exec(ctx, makeSchema+pgx.Identifier{schema}.Sanitize()); err != nil {
		return err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: schema, Logger: silent})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("make the tables of jobs: %w", err)
	}
	return nil
}

// silent is a log that nobody reads.
var silent = slog.New(slog.DiscardHandler)

// within has River work in the transaction that a connection is in. Whoever began that ends it:
// after an error it can only be rolled back.
func within(ctx context.Context, c *pgx.Conn, do func(tx pgx.Tx) error) error {
	tx, err := c.BeginTx(ctx, pgx.TxOptions{
		BeginQuery: "SAVEPOINT river", CommitQuery: "RELEASE SAVEPOINT river",
	})
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// jobs is what this process knows of River: where its tables are, and what puts jobs in.
type jobs struct {
	schema string
	client *river.Client[pgx.Tx]
}

// openJobs gets ready to put jobs in.
func (sv *server) openJobs(ctx context.Context) (err error) {
	if sv.jobs.schema, err = jobsIn(ctx, idle{sv.pool}); err != nil {
		return err
	}
	sv.jobs.client, err = river.NewClient(riverpgxv5.New(sv.pool), &river.Config{Schema: sv.jobs.schema, Logger: silent})
	return err
}

// table is River's table of jobs, in SQL.
func (j jobs) table() string { return pgx.Identifier{j.schema, "river_job"}.Sanitize() }

// putJobs puts in a job for each chunk of an edition that has none. The later ones are not looked
// at before they are due; to the others River is told no time, or it would begin with them seconds later.
func (s *core) putJobs(ctx context.Context, c conn, number uint32) error {
	var chunks []digest.Chunk
	var jobs []river.InsertManyParams
	now := s.now()
	rows, err := c.Query(ctx, `SELECT number, next_at FROM chunks WHERE edition = $1 AND job IS NULL
		AND next_at IS NOT NULL ORDER BY next_at, number`, number)
	err = each(rows, err, func(scan scanner) error {
		var chunk, due int64
		err := scan(&chunk, &due)
		chunks = append(chunks, digest.Chunk{Edition: number, Number: chunk})
		job := river.InsertManyParams{Args: chunkJob{number, chunk}}
		if due > now.Unix() {
			job.InsertOpts = &river.InsertOpts{ScheduledAt: onServersClock(due, now)}
		}
		jobs = append(jobs, job)
		return err
	})
	if err != nil || len(jobs) == 0 {
		return err
	}
	return within(ctx, c.(*transaction).c, func(tx pgx.Tx) error {
		put, err := s.server.jobs.client.InsertManyTx(ctx, tx, jobs)
		if err != nil {
			return fmt.Errorf("the jobs of its chunks: %w", err)
		}
		numbers, ids := make([]int64, len(put)), make([]int64, len(put))
		for i, job := range put {
			numbers[i], ids[i] = chunks[i].Number, job.Job.ID
		}
		_, err = tx.Exec(ctx, `UPDATE chunks k SET job = j.id FROM unnest($1::bigint[], $2::bigint[]) AS j (number, id)
			WHERE k.edition = $3 AND k.number = j.number`, numbers, ids, int64(number))
		return err
	})
}
