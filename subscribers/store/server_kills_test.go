package store

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// oracle is a relay that takes everything and keeps an account of it.
type oracle struct {
	mu    sync.Mutex
	taken map[int64]int
	all   int
	// at are the sums at which it says so.
	at  []int
	say chan struct{}
}

func (o *oracle) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	for e, ok := s.Next(ctx); ok; e, ok = s.Next(ctx) {
		if err := s.Intended(ctx, e); err != nil {
			s.Settle(ctx, e, digest.Outcome{Class: digest.Local})
			continue
		}
		o.takes(e.Delivery.Key)
		s.Settle(ctx, e, digest.Outcome{Class: digest.Accepted, Code: 250, Reply: "ok"})
	}
	return digest.Outcome{}
}

func (o *oracle) takes(key int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken[key]++
	if o.all++; len(o.at) > 0 && o.all >= o.at[0] {
		o.at = o.at[1:]
		o.say <- struct{}{}
	}
}

func (o *oracle) Rest(string, digest.Outcome) bool { return false }

// short makes messages of a few words.
type short struct{}

func (short) Compose(d digest.Delivery) (digest.Envelope, error) {
	return digest.Envelope{Delivery: d, To: d.Address, Data: []byte("Subject: x\r\n\r\nx")}, nil
}

// TestAServerThatDiesInTheMiddleLosesNobody: PostgreSQL is killed three times and begun anew
// once while an edition goes out. The run goes on by itself, nobody is lost, and what the relay
// took is what the ledger says.
func TestAServerThatDiesInTheMiddleLosesNobody(t *testing.T) {
	whole.NotRaced(t)
	const readers, connections = 3000, 4
	pg := pgtest.Start(t)
	s, err := OpenServer(t.Context(), pg.Database(t, "paper"), filepath.Join(t.TempDir(), "vesper"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if _, err := s.server.pool.Exec(t.Context(), `INSERT INTO subscribers
			(public_id, address, address_key, status, created_at, confirmed_at)
		SELECT i * 7919, 'reader' || i || '@news.example', 'reader' || i || '@news.example', 'active', $1, $1
		FROM generate_series(1, $2::bigint) i`, evening.Unix(), readers); err != nil {
		t.Fatal(err)
	}
	o := opening(0)
	o.At = time.Now().Add(-time.Minute)
	r, err := s.Book().OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Book().Begin(t.Context(), r.Number, time.Now()); err != nil {
		t.Fatal(err)
	}
	relay := &oracle{taken: map[int64]int{}, at: []int{400, 1000, 1600, 2200}, say: make(chan struct{}, 4)}
	kills := []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGKILL, syscall.SIGKILL}
	d := &deliver.Deliverer{GiveUpAfter: time.Hour, Now: time.Now, Jitter: func() float64 { return 0 }}
	var report deliver.Report
	over := make(chan error, 1)
	go func() {
		var err error
		report, err = d.Work(t.Context(), deliver.Run{
			Ledger: s.Ledger(r.Number), Composer: short{}, Relay: relay, Range: digest.Whole(), Connections: connections,
			Log: slog.New(slog.DiscardHandler), Row: "subscriber", Until: time.Hour,
		})
		over <- err
	}()
	for _, signal := range kills {
		select {
		case <-relay.say:
			pg.Signal(t, signal)
		case err := <-over:
			t.Fatalf("the run ended before the server did: %+v, %v", report, err)
		}
	}
	if err := <-over; err != nil || report.Stopped.Class != "" || !report.Next.IsZero() {
		t.Fatalf("the run has ended: %+v, %v", report, err)
	}
	if err := s.Book().Close(t.Context(), r.Number, time.Now()); err != nil {
		t.Fatal(err)
	}
	is, err := s.Book().Tallied(t.Context(), o.Edition.ID)
	if err != nil {
		t.Fatal(err)
	}
	repeats := relay.all - len(relay.taken)
	if len(relay.taken) != readers || is.Tally.Sent != readers || is.Tally.Pending+is.Tally.Attempting != 0 {
		t.Errorf("the relay took %d readers', the ledger says %+v", len(relay.taken), is.Tally)
	}
	if most := connections * len(kills); repeats > most || repeats > is.Tally.PossibleDuplicates {
		t.Errorf("%d came twice, want at most %d, and the %d that may", repeats, most, is.Tally.PossibleDuplicates)
	}
	if faults, err := s.Book().Verify(t.Context(), r.Number); err != nil || len(faults) > 0 {
		t.Error(faults, err)
	}
}

// TestAnOutcomeWhoseCommitNobodyHeardOfCountsOnce: it is tried again as if the connection had
// died after the commit.
func TestAnOutcomeWhoseCommitNobodyHeardOfCountsOnce(t *testing.T) {
	s, err := OpenServer(t.Context(), pgtest.Copy(t, emptyServer(t)), filepath.Join(t.TempDir(), "vesper"),
		Options{Now: func() time.Time { return evening }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	addReaders(t, s, 4)
	n := mustOpen(t, s, 0).Number
	ds := owed(t, s, n, evening)
	intendAll(t, s, n, ds)
	q := s.Ledger(n).queue
	later := evening.Add(time.Minute)
	for i, o := range []digest.Settlement{
		{Step: digest.Pending, At: evening, Due: later, Counted: true, Outcome: digest.Outcome{
			Class: digest.Transient, Code: 451, Reply: "<" + ds[0].Address + ">: later",
		}},
		{Step: digest.Pending, At: evening, Due: later, Counted: true, Doubted: true, Outcome: digest.Outcome{
			Class: digest.InDoubt, Reply: "cut",
		}},
		{Step: digest.Failed, At: evening, Outcome: digest.Outcome{Class: digest.Permanent, Code: 550, Reply: "gone"}},
		accepted(evening),
	} {
		for tried := range 3 {
			had := int64(0)
			said := q.replyOf(ds[i], o)
			h := s.server.outcome(t.Context(), q, ds[i], o, said, func(n int64, err error) { had = n })
			err := h.slowly(tried > 0)
			if h.done(err); err != nil || had != 1 {
				t.Errorf("outcome %d, try %d: %d rows, %v", i, tried+1, had, err)
			}
		}
	}
	again := owed(t, s, n, later)
	if len(again) != 2 || again[0].Attempts != 1 || again[1].Attempts != 1 || again[1].Doubts != 1 {
		t.Errorf("owed %+v, want two that were tried once", again)
	}
	want := digest.Tally{Opened: 4, Sent: 1, Failed: 1, Pending: 2, PossibleDuplicates: 1}
	if got := tally(t, s); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
