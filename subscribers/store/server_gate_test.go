//go:build unix

package store

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/subscribers/pgtest"
)

// However many wait for a long transaction, a message passes beside them.
func TestMessagesPassBesideAllWhoWaitAtTheGate(t *testing.T) {
	t.Parallel()
	s, _ := machines(t)
	addReader(t, s, "ada@news.example")
	n := mustOpen(t, s, 0).Number
	d := owed(t, s, n, evening)[0]
	within, leave := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.write.whole(t.Context(), func(context.Context, conn) error {
			close(within)
			<-leave
			return nil
		})
	})
	<-within
	for range 2 * most {
		all.Go(func() { s.write.whole(t.Context(), func(context.Context, conn) error { return nil }) })
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	// All that may wait at the gate do.
	for len(s.server.seats) < inLine && ctx.Err() == nil {
		<-time.After(time.Millisecond)
	}
	taken := make(chan bool, 1)
	go func() {
		ok, err := s.Ledger(n).Intend(t.Context(), d, evening, nil)
		taken <- ok && err == nil
	}()
	select {
	case ok := <-taken:
		if !ok {
			t.Error("the message was not begun")
		}
	case <-ctx.Done():
		t.Error("the message waits with them")
	}
	close(leave)
	all.Wait()
}

// forgotten opens a transaction by another program, which has a reader's row, and ends it by end.
func forgotten(t *testing.T, address string, reader int) (end func()) {
	t.Helper()
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "psql"
	c, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.Exec(t.Context(), `BEGIN`); err == nil {
		_, err = c.Exec(t.Context(), `UPDATE subscribers SET name = 'x' WHERE id = $1`, reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = c.Close(t.Context()) }
}

// What somebody forgot to end is no reason that the evening does not come.
func TestAForgottenTransactionHoldsUpOnlyWhoNeedsItsRow(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	s := openServerAt(t, address, Options{})
	readers := addReaders(t, s, 3)
	end := forgotten(t, address, 1)
	left := make(chan error, inLine/2)
	for range cap(left) {
		go func() {
			_, err := s.List().Unsubscribe(t.Context(), readers[0].PublicID, evening)
			left <- err
		}()
	}
	for s.server.pool.Stat().AcquiredConns() < inLine/2 {
		runtime.Gosched()
	}
	mustOpen(t, s, 0)
	if _, err := s.List().Unsubscribe(t.Context(), readers[1].PublicID, evening); err != nil {
		t.Errorf("another reader: %v", err)
	}
	if len(left) != 0 {
		t.Errorf("whose row it was left: %v", <-left)
	}
	end()
	for range cap(left) {
		if err := <-left; err != nil {
			t.Error(err)
		}
	}
	if r, err := s.List().Subscriber(t.Context(), readers[0].Address); err != nil || r.Status != subscribers.Unsubscribed {
		t.Errorf("got %v, %v", r.Status, err)
	}
}

// Somebody has the rows of many readers, as who changes all of them in psql. They come to leave, one after another,
// and whoever needs none of these rows passes between them.
func TestManyWhoseRowsOthersHaveHoldUpNobodyElse(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	s := openServerAt(t, address, Options{})
	readers := addReaders(t, s, 3*inLine)
	other, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(t.Context(), `BEGIN; UPDATE subscribers SET name = 'x'`); err != nil {
		t.Fatal(err)
	}
	var leaving sync.WaitGroup
	for _, r := range readers {
		leaving.Go(func() { s.List().Unsubscribe(t.Context(), r.PublicID, evening) })
	}
	for len(s.server.seats) < inLine {
		runtime.Gosched()
	}
	passesWithin(t, s, 15*time.Second)
	other.Close(t.Context())
	leaving.Wait()
}

// passesWithin has a transaction pass the gate that needs nobody's rows.
func passesWithin(t *testing.T, s *File, most time.Duration) {
	t.Helper()
	began := time.Now()
	if err := s.write.whole(t.Context(), func(context.Context, conn) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > most {
		t.Errorf("it took %v to pass the gate", took)
	}
}

// On many machines somebody needs a row that is held. Nobody else waits for all of them.
func TestTheMachinesOfWhoNeedsAHeldRowTakeTurns(t *testing.T) {
	t.Parallel()
	const machines = 4
	address := pgtest.New(t)
	s := openServerAt(t, address, Options{})
	readers := addReaders(t, s, 1)
	end := forgotten(t, address, 1)
	var leaving sync.WaitGroup
	for range machines {
		m := openServerAt(t, address, Options{})
		leaving.Go(func() {
			if _, err := m.List().Unsubscribe(t.Context(), readers[0].PublicID, evening); err != nil {
				t.Error(err)
			}
		})
		for len(m.server.turn) == 0 {
			<-time.After(time.Millisecond)
		}
	}
	for range 3 {
		passesWithin(t, s, 4*time.Second)
	}
	end()
	leaving.Wait()
}

// Many wait for a row that stays held. Whoever needs one that is held for a moment does not wait until each of them has
// tried once more.
func TestWhoIsBarredForAMomentDoesNotQueueBehindWhoIsForLong(t *testing.T) {
	t.Parallel()
	const many = 8
	address := pgtest.New(t)
	s := openServerAt(t, address, Options{})
	readers := addReaders(t, s, 2)
	end := forgotten(t, address, 1)
	var leaving sync.WaitGroup
	for range many {
		leaving.Go(func() {
			if _, err := s.List().Unsubscribe(t.Context(), readers[0].PublicID, evening); err != nil {
				t.Error(err)
			}
		})
	}
	// Each has had its first turn.
	<-time.After(many * 3200 * time.Millisecond)
	moment := forgotten(t, address, 2)
	time.AfterFunc(4*time.Second, moment)
	began := time.Now()
	if _, err := s.List().Unsubscribe(t.Context(), readers[1].PublicID, evening); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %v", took)
	}
	end()
	leaving.Wait()
}

// A process that is told to end waits at the gate no longer than for its messages, whoever opens a large edition.
func TestWhoIsToEndDoesNotWaitAtTheGate(t *testing.T) {
	t.Parallel()
	s, other := machines(t)
	defer openTransaction(t, other, `SELECT pg_advisory_xact_lock(`+paperLock(gate)+`)`)(`ROLLBACK`)
	passed := make(chan error, 1)
	go func() {
		passed <- s.write.whole(context.WithoutCancel(t.Context()), func(context.Context, conn) error { return nil })
	}()
	waitAtTheGate(t, other, 1)
	s.EndsIn(0)
	select {
	case err := <-passed:
		if err == nil {
			t.Error("it has passed")
		}
	case <-time.After(20 * time.Second):
		t.Error("it waits")
	}
}

func TestWhoWaitedInVainHearsForWhom(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	s := openServerAt(t, address, Options{})
	reader := addReader(t, s, "ada@news.example")
	s.server.waits = 0
	// A backup that began before keeps nobody waiting.
	defer openTransaction(t, s, `SELECT count(*) FROM subscribers`)(`ROLLBACK`)
	defer forgotten(t, address, 1)()
	_, err := s.List().Unsubscribe(t.Context(), reader.PublicID, evening)
	blocked, ok := errors.AsType[*digest.BlockedError](err)
	if !ok || !errors.Is(err, digest.ErrBusy) || blocked.Program != "psql" || blocked.PID == 0 || blocked.Since.IsZero() {
		t.Errorf("got %v", err)
	}
}

// Two papers may have a database together, each in a schema of its own.
func TestAPaperInAnotherSchemaIsAnotherHouse(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	asks(t, address, `CREATE SCHEMA one`, `CREATE SCHEMA two`)
	in := func(schema string) string {
		if strings.Contains(address, "?") {
			return address + "&search_path=" + schema
		}
		return address + "?search_path=" + schema
	}
	one, two := openServerAt(t, in("one"), Options{}), openServerAt(t, in("two"), Options{})
	for _, s := range []*File{one, two} {
		addReaders(t, s, 2)
		if _, err := s.Lock("serve"); err != nil {
			t.Fatal(err)
		}
		if release, taken, err := s.Teller(t.Context()); err != nil || !taken {
			t.Errorf("alarms: %v, %v", taken, err)
		} else {
			defer release()
		}
	}
	again := openServerAt(t, in("one"), Options{})
	if _, err := again.Lock("serve"); !errors.As(err, new(*digest.HeldError)) {
		t.Errorf("the same paper: got %v, want that it is held", err)
	}
	whole := openTransaction(t, one, `SELECT pg_advisory_xact_lock(`+paperLock(gate)+`)`)
	defer whole(`ROLLBACK`)
	mustOpen(t, two, 0)
}
