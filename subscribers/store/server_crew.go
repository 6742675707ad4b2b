package store

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"vesper/digest"
)

// A run over a chunk is ended after a while, and goes on in another one: so a job that takes longer
// than that is a dead machine's. River looks for those every half a minute.
const (
	chunkSlice  = 25 * time.Second
	chunkLimit  = chunkSlice + 30*time.Second
	chunkRescue = chunkLimit + 5*time.Second
	// riverEnds is how long River may take to write down which jobs have ended as this process ends: to
	// do one again is harmless, and where the server is away it would take minutes.
	riverEnds = 20 * time.Second
	// stoppedSnooze is how long a chunk is left alone whose run was stopped, or is under way here.
	stoppedSnooze = 5 * time.Second
	// idleSnooze is how long a chunk is left alone whose edition is not being sent, and longestSnooze
	// one of which nothing is due. Whoever musters an edition wakes them earlier.
	idleSnooze    = time.Minute
	longestSnooze = time.Hour
)

// Crew is what a machine does of the chunks of all editions.
type Crew struct {
	// Work works on a chunk until none of its messages is due, or ctx ends. It is called from
	// so many goroutines at once for each edition.
	Work   func(ctx context.Context, c digest.Chunk) (digest.Worked, error)
	AtOnce int
	// Log takes what goes wrong.
	Log *slog.Logger
}

// OnServer says whether the database lies on a server, which several machines may work on.
func (s *File) OnServer() bool { return s.server != nil }

// Join has this machine work on the chunks of all editions until ctx ends, and until what it has
// in hand has come to its end. It is for a database on a server.
func (s *File) Join(ctx context.Context, crew Crew) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	w := &chunkWorker{file: s, crew: crew, ends: ctx}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	queues := map[string]river.QueueConfig{}
	for i := range uint32(lanes) {
		queues[laneOf(i)] = river.QueueConfig{
			MaxWorkers: crew.AtOnce, FetchCooldown: 20 * time.Millisecond, FetchPollInterval: 250 * time.Millisecond,
		}
	}
	client, err := river.NewClient(riverpgxv5.New(s.server.pool), &river.Config{
		ID: s.owner, Schema: s.server.jobs.schema, Workers: workers, Logger: silent,
		Queues:     queues,
		JobTimeout: chunkLimit, RescueStuckJobsAfter: chunkRescue, RetryPolicy: soonAgain{},
	})
	if err != nil {
		return err
	}
	if err := client.Start(working); err != nil {
		return err
	}
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), riverEnds)
	defer cancel()
	err = client.Stop(ending)
	// River does not wait for what takes longer.
	w.running.Wait()
	return err
}

// soonAgain has what failed tried again soon: mostly the server was away.
type soonAgain struct{}

// NextRetry implements river.ClientRetryPolicy.
func (soonAgain) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(5 * time.Second) }

// chunkWorker does River's jobs.
type chunkWorker struct {
	river.WorkerDefaults[chunkJob]
	file *File
	crew Crew
	// ends is done when nothing new is to be begun, running counts what has begun.
	ends    context.Context
	running sync.WaitGroup
}

// Work implements river.Worker.
func (w *chunkWorker) Work(ctx context.Context, job *river.Job[chunkJob]) error {
	w.running.Add(1)
	defer w.running.Done()
	c := digest.Chunk{Edition: job.Args.Edition, Number: job.Args.Chunk}
	due, err := w.file.workOn(w.ends, ctx, c, w.crew, func(ctx context.Context, tx pgx.Tx) error {
		_, err := river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		if errors.Is(err, rivertype.ErrNotFound) {
			// River has given it to another machine. That one finds the chunk closed.
			return nil
		}
		return err
	})
	if err != nil {
		w.crew.Log.Warn("can't work on a part of an edition: it is tried again", "ledger_number", c.Edition,
			"chunk", c.Number, "err", err)
		return err
	}
	if due.IsZero() {
		return nil
	}
	return river.JobSnooze(max(0, min(due.Sub(w.file.now()), longestSnooze)))
}

// WorkOn works on a chunk that no job has in hand: see [digest.Mustered].
func (s *File) WorkOn(ctx context.Context, c digest.Chunk, crew Crew) error {
	_, err := s.workOn(ctx, ctx, c, crew, nil)
	return err
}

// workOn does a run over a chunk, and gives when the next one is due; zero: none is. What closes
// the chunk is committed with completed.
func (s *File) workOn(
	ends, ctx context.Context, c digest.Chunk, crew Crew, completed func(ctx context.Context, tx pgx.Tx) error,
) (next time.Time, err error) {
	key := digest.Chunk{Edition: c.Edition, Number: c.Number}
	if _, taken := s.server.chunks.LoadOrStore(key, true); taken {
		return s.now().Add(stoppedSnooze), nil
	}
	defer s.server.chunks.Delete(key)
	due, err := s.takeChunk(ctx, &c)
	if err != nil || due.IsZero() || due.After(s.now()) {
		return due, err
	}
	slice, cancel := context.WithTimeout(ctx, chunkSlice)
	defer cancel()
	defer context.AfterFunc(ends, cancel)()
	worked, err := crew.Work(slice, c)
	switch {
	case err != nil:
		return time.Time{}, err
	case worked.Over:
		return time.Time{}, s.leaveChunk(context.WithoutCancel(ctx), c)
	}
	next, err = s.giveBackChunk(context.WithoutCancel(ctx), c, worked, completed)
	later := next
	switch {
	case worked.Idle:
		later = s.now().Add(idleSnooze)
	case worked.Stopped.Class != "", worked.Away.Class != "", worked.Answered == 0 && !next.After(s.now()):
		// Where clocks differ, what another machine has in hand seems to be due.
		later = s.now().Add(stoppedSnooze)
	}
	if !next.IsZero() && later.After(next) {
		next = later
	}
	return next, err
}
