//go:build unix

package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// hand is a machine of a test: it sends what is owed of the chunks that it gets.
type hand struct {
	*File
	mu   sync.Mutex
	did  []int64
	sent []int64
	// fails says why it does not do the next chunk.
	fails error
}

func newHand(t *testing.T, url string) *hand {
	t.Helper()
	return &hand{File: openServerAt(t, url, Options{Chunk: 2, Now: func() time.Time { return evening }})}
}

func (h *hand) crew() Crew {
	return Crew{Work: h.work, AtOnce: 2, Log: slog.New(slog.DiscardHandler)}
}

func (h *hand) work(ctx context.Context, c digest.Chunk) (digest.Worked, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.did = append(h.did, c.Number)
	if err := h.fails; err != nil {
		h.fails = nil
		return digest.Worked{}, err
	}
	l := h.Chunk(c)
	if _, err := l.Sweep(ctx, digest.Sweeping{Range: digest.Whole(), Now: evening}); err != nil {
		return digest.Worked{}, err
	}
	all, err := l.Owed(ctx, digest.Whole(), evening, nil, 100)
	for _, d := range all {
		if taken, err := l.Intend(ctx, d, evening, nil); err != nil || !taken {
			return digest.Worked{}, err
		}
		if err := l.Settle(ctx, d, digest.Settlement{Step: digest.Sent, At: evening}); err != nil {
			return digest.Worked{}, err
		}
		h.sent = append(h.sent, d.Key)
	}
	return digest.Worked{Answered: len(all), Accepted: len(all)}, err
}

// join has it work until the test ends, or leave is called.
func (h *hand) join(t *testing.T) (leave func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Join(ctx, h.crew()) }()
	leave = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(leave)
	return leave
}

// until musters an edition until it stands so.
func until(t *testing.T, s *File, number uint32, what string, so func(digest.Mustered) bool) digest.Mustered {
	t.Helper()
	limit := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		m, err := s.Muster(t.Context(), number, evening)
		if err != nil {
			t.Fatal(err)
		}
		if so(m) {
			return m
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: it stands so: %+v", what, m)
		}
	}
}

func closed(m digest.Mustered) bool { return m.Open == 0 }

// Each chunk is done by one of the machines, and each reader is sent to once.
func TestMachinesDoAnEditionsChunksTogether(t *testing.T) {
	url := pgtest.New(t)
	one, two := newHand(t, url), newHand(t, url)
	addReaders(t, one.File, 41)
	n := mustOpen(t, one.File, 0).Number
	if m, err := one.Muster(t.Context(), n, evening); m.Open != 21 || m.Due != 21 || !m.Next.Equal(evening) || err != nil {
		t.Errorf("got %+v, %v", m, err)
	}
	leave := one.join(t)
	two.join(t)
	m := until(t, one.File, n, "closed", closed)
	if m.Accepted != 41 || m.Answered != 41 || m.Due != 0 {
		t.Errorf("got %+v", m)
	}
	leave()
	all := append(slices.Clone(one.sent), two.sent...)
	slices.Sort(all)
	if len(all) != 41 || len(slices.Compact(all)) != 41 {
		t.Errorf("sent to %v", all)
	}
	addsUp(t, one.File, n, digest.Tally{Opened: 41, Sent: 41})
	if j, err := one.Jobs(t.Context()); j != (digest.Jobs{}) || err != nil {
		t.Errorf("got %+v, %v", j, err)
	}
}

// The jobs are in the transaction that opens the edition: where that fails, none is there.
func TestAnOpeningThatFailsLeavesNoJob(t *testing.T) {
	s := byTwos(t)
	addReaders(t, s, 5)
	first := mustOpen(t, s, 0)
	if _, err := s.Book().OpenEdition(t.Context(), opening(0)); !errors.Is(err, digest.ErrExists) {
		t.Errorf("got %v", err)
	}
	err := s.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		if _, err := c.Exec(ctx, `UPDATE chunks SET job = NULL`); err != nil {
			return err
		}
		return errors.Join(s.putJobs(ctx, c, first.Number), errors.New("no"))
	})
	if err == nil {
		t.Error("no error")
	}
	var jobs, linked int
	if err := s.read.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM `+s.server.jobs.table()+`),
		(SELECT count(*) FROM chunks k JOIN `+s.server.jobs.table()+` j ON j.id = k.job
			WHERE CAST(j.args->>'chunk' AS BIGINT) = k.number)`).Scan(&jobs, &linked); err != nil {
		t.Fatal(err)
	}
	if jobs != 3 || linked != 3 {
		t.Errorf("%d jobs, %d of chunks; want 3", jobs, linked)
	}
}

// What a machine had in hand that is gone is left to the others, and is done once.
func TestAChunkOfADeadMachineIsDoneByAnother(t *testing.T) {
	url := pgtest.New(t)
	dead, other := newHand(t, url), newHand(t, url)
	addReaders(t, dead.File, 4)
	n := mustOpen(t, dead.File, 0).Number
	c := digest.Chunk{Edition: n, Number: 1}
	if due, err := dead.takeChunk(t.Context(), &c); !due.Equal(evening) || err != nil {
		t.Fatal(due, err)
	}
	if _, err := dead.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
		t.Fatal(err)
	}
	if m, err := other.Muster(t.Context(), n, evening); len(m.Left) > 0 || err != nil {
		t.Errorf("of one that lives: %+v, %v", m, err)
	}
	change(t, other.File, `UPDATE machines SET beat = now() - interval '7 seconds'`)
	m, err := other.Muster(t.Context(), n, evening)
	if len(m.Left) != 1 || m.Left[0].Number != 1 || err != nil {
		t.Fatalf("got %+v, %v", m, err)
	}
	if err := other.WorkOn(t.Context(), m.Left[0], other.crew()); err != nil {
		t.Fatal(err)
	}
	other.join(t)
	until(t, other.File, n, "closed", closed)
	if len(other.sent) != 4 {
		t.Errorf("sent to %v", other.sent)
	}
	addsUp(t, other.File, n, digest.Tally{Opened: 4, Sent: 4})
}

// A chunk whose job is gone, as in a database put back without its jobs, is left to who looks.
func TestAChunkWithoutAJobIsDoneAllTheSame(t *testing.T) {
	h := newHand(t, pgtest.New(t))
	addReaders(t, h.File, 2)
	n := mustOpen(t, h.File, 0).Number
	change(t, h.File, `DELETE FROM `+h.server.jobs.table())
	m, err := h.Muster(t.Context(), n, evening)
	if len(m.Left) != 1 || err != nil {
		t.Fatalf("got %+v, %v", m, err)
	}
	if err := h.WorkOn(t.Context(), m.Left[0], h.crew()); err != nil || len(h.sent) != 2 {
		t.Errorf("sent to %v, %v", h.sent, err)
	}
}

// Whoever fails at a chunk has it tried again, and why a run was stopped is told once.
func TestWhatStopsAChunkIsToldAndItIsTriedAgain(t *testing.T) {
	h := newHand(t, pgtest.New(t))
	addReaders(t, h.File, 2)
	n := mustOpen(t, h.File, 0).Number
	why := digest.Outcome{Class: digest.Account, Code: 535, Reply: "who are you"}
	crew := h.crew()
	crew.Work = func(context.Context, digest.Chunk) (digest.Worked, error) { return digest.Worked{Stopped: why}, nil }
	if err := h.WorkOn(t.Context(), digest.Chunk{Edition: n, Number: 1}, crew); err != nil {
		t.Fatal(err)
	}
	if m, err := h.Muster(t.Context(), n, evening); m.Stopped != why || m.Due != 1 || err != nil {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err := h.Muster(t.Context(), n, evening); m.Stopped.Class != "" || err != nil {
		t.Errorf("got it again: %+v, %v", m, err)
	}
	h.fails = errors.New("no")
	h.join(t)
	until(t, h.File, n, "closed", closed)
	if len(h.did) != 2 || len(h.sent) != 2 {
		t.Errorf("did %v, sent to %v", h.did, h.sent)
	}
}

// A chunk is over when its readers have left, although nobody worked on it.
func TestAChunkWhoseReadersHaveLeftIsClosed(t *testing.T) {
	h := newHand(t, pgtest.New(t))
	readers := addReaders(t, h.File, 1)
	n := mustOpen(t, h.File, 0).Number
	d := onlyOwed(t, h.File, n, 1)[0]
	l := h.Chunk(digest.Chunk{Edition: n, Number: 1})
	if taken, err := l.Intend(t.Context(), d, evening, nil); !taken || err != nil {
		t.Fatal(taken, err)
	}
	later := digest.Settlement{Step: digest.Pending, At: evening, Due: evening.Add(time.Hour), Counted: true}
	if err := l.Settle(t.Context(), d, later); err != nil {
		t.Fatal(err)
	}
	if due, err := h.giveBackChunk(t.Context(), digest.Chunk{Edition: n, Number: 1}, digest.Worked{}, nil); err != nil ||
		!due.Equal(evening.Add(time.Hour)) {
		t.Fatal(due, err)
	}
	if _, err := h.List().Unsubscribe(t.Context(), readers[0].PublicID, evening); err != nil {
		t.Fatal(err)
	}
	if m, err := h.Muster(t.Context(), n, evening); m.Open != 0 || !m.Next.IsZero() || err != nil {
		t.Errorf("got %+v, %v", m, err)
	}
}

// What is left of a cancelled edition's chunks is in nobody's hand.
func TestNobodyHasAChunkOfAnEditionThatIsOver(t *testing.T) {
	h := newHand(t, pgtest.New(t))
	addReaders(t, h.File, 1)
	n := mustOpen(t, h.File, 0).Number
	if _, err := h.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
		t.Fatal(err)
	}
	crew := h.crew()
	crew.Work = func(context.Context, digest.Chunk) (digest.Worked, error) { return digest.Worked{Over: true}, nil }
	if err := h.WorkOn(t.Context(), digest.Chunk{Edition: n, Number: 1}, crew); err != nil {
		t.Fatal(err)
	}
	all, err := h.Machines(t.Context())
	if len(all) != 1 || all[0].Chunks != 0 || err != nil {
		t.Errorf("got %+v, %v", all, err)
	}
}

// Where the server is away, River would write down for minutes which jobs have ended.
func TestAMachineEndsInTimeWhileTheServerIsAway(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	pg := pgtest.Start(t)
	h := newHand(t, pg.Database(t, "paper"))
	addReaders(t, h.File, 4)
	n := mustOpen(t, h.File, 0).Number
	begun := make(chan struct{}, 2)
	crew := h.crew()
	crew.Work = func(ctx context.Context, _ digest.Chunk) (digest.Worked, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return digest.Worked{}, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- h.Join(ctx, crew) }()
	if _, err := h.Muster(t.Context(), n, evening); err != nil {
		t.Fatal(err)
	}
	<-begun
	pg.Stop()
	h.EndsIn(time.Second)
	began := time.Now()
	cancel()
	<-ended
	if took := time.Since(began); took > 25*time.Second {
		t.Errorf("it took %s", took.Round(time.Second))
	}
}

// Of two runs over a chunk in one process each would take the other's messages to be left over.
func TestAProcessRunsOverAChunkOnceAtATime(t *testing.T) {
	h := newHand(t, pgtest.New(t))
	addReaders(t, h.File, 2)
	c := digest.Chunk{Edition: mustOpen(t, h.File, 0).Number, Number: 1}
	begun, goOn := make(chan struct{}), make(chan struct{})
	crew := h.crew()
	crew.Work = func(ctx context.Context, c digest.Chunk) (digest.Worked, error) {
		close(begun)
		<-goOn
		return h.work(ctx, c)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.WorkOn(t.Context(), c, crew) }()
	<-begun
	if err := h.WorkOn(t.Context(), c, h.crew()); err != nil || len(h.did) != 0 {
		t.Errorf("did %v beside it, %v", h.did, err)
	}
	close(goOn)
	if err := <-ended; err != nil || len(h.sent) != 2 {
		t.Errorf("sent to %v, %v", h.sent, err)
	}
}

// Why a run was stopped stays with its chunk, when the reader whom the relay spoke of is long gone.
func TestWhyAChunkWasStoppedNamesNoReader(t *testing.T) {
	h := newHand(t, pgtest.New(t))
	ada := addReaders(t, h.File, 1)[0].Address
	n := mustOpen(t, h.File, 0).Number
	crew := h.crew()
	crew.Work = func(context.Context, digest.Chunk) (digest.Worked, error) {
		return digest.Worked{Stopped: digest.Outcome{
			Class: digest.Refused, Code: 554, Enhanced: "5.7.1", Reply: "<" + ada.String() + ">: Relay access denied",
		}}, nil
	}
	if err := h.WorkOn(t.Context(), digest.Chunk{Edition: n, Number: 1}, crew); err != nil {
		t.Fatal(err)
	}
	stopped := ""
	if err := h.read.QueryRow(t.Context(), `SELECT stopped FROM chunks WHERE edition = $1`, n).Scan(&stopped); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stopped, ada.String()) || !strings.Contains(stopped, "Relay access denied") {
		t.Errorf("got %s", stopped)
	}
}
