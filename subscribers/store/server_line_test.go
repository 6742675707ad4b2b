package store

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// sending gives an edition's first readers on a server, under way over connections of their own.
func sending(t *testing.T, s *File, readers int) (*Ledger, []digest.Delivery) {
	t.Helper()
	addReaders(t, s, readers)
	n := mustOpen(t, s, 0).Number
	ds := owed(t, s, n, evening)
	for i := range ds {
		ds[i].Connection, ds[i].Ordinal = int64(i+1), 1
	}
	return s.Ledger(n), ds
}

// deferral is that the relay wants a message later.
func deferral() digest.Settlement {
	return digest.Settlement{
		Step: digest.Pending, At: evening, Due: evening.Add(time.Minute), Counted: true,
		Outcome: digest.Outcome{Class: digest.Transient, Code: 451, Reply: "later"},
	}
}

// A deferral waits for others' long transactions. Messages of other connections don't wait for it,
// and the next one of its own does.
func TestADeferralBehindALongTransactionHoldsOnlyItsConnectionUp(t *testing.T) {
	t.Parallel()
	s, _ := machines(t)
	l, ds := sending(t, s, 3)
	intendAll(t, s, 1, ds[:1])
	within, leave := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- s.write.whole(t.Context(), func(context.Context, conn) error {
			close(within)
			<-leave
			return nil
		})
	}()
	<-within
	deferred, next := make(chan error, 1), make(chan error, 1)
	l.SettleInTurn(t.Context(), ds[0], deferral(), func(err error) { deferred <- err })
	behind := ds[1]
	behind.Connection, behind.Ordinal = 1, 2
	l.IntendInTurn(t.Context(), behind, evening, func(bool) {}, func(err error) { next <- err })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	beside := make(chan error, 1)
	go func() {
		_, err := l.Intend(ctx, ds[2], evening, nil)
		beside <- err
	}()
	select {
	case err := <-beside:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("another connection's message waits for the deferral")
	}
	if len(deferred) > 0 || len(next) > 0 {
		t.Error("the deferral, or the next message of its connection, did not wait")
	}
	close(leave)
	for _, err := range []error{<-ended, <-deferred, <-next} {
		if err != nil {
			t.Error(err)
		}
	}
}

// Somebody else's transaction has a row of the ledger, and is not ended. Only the messages of that row's connection
// wait for it.
func TestARowOfTheLedgerThatOthersHoldHoldsOnlyItsConnectionUp(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	s := openServerAt(t, address, Options{})
	l, ds := sending(t, s, 2)
	other, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	does := func(query string, args ...any) {
		t.Helper()
		if _, err := other.Exec(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	does(`BEGIN`)
	does(`UPDATE deliveries SET reply = reply WHERE edition = 1 AND subscriber = $1`, ds[0].Key)
	held := make(chan error, 1)
	l.IntendInTurn(t.Context(), ds[0], evening, func(bool) {}, func(err error) { held <- err })
	for waits := false; !waits; {
		err := other.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	beside := make(chan error, 1)
	l.IntendInTurn(t.Context(), ds[1], evening, func(bool) {}, func(err error) { beside <- err })
	select {
	case err := <-beside:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("another connection's message waits for the row")
	}
	if len(held) > 0 {
		t.Errorf("the row's own message did not wait: %v", <-held)
	}
	does(`ROLLBACK`)
	if err := <-held; err != nil {
		t.Error(err)
	}
}

// The server was away for so long that whoever settled it was told of a failure, and tries again.
func TestADeferralThatIsTriedAgainAfterAFailureCountsOnce(t *testing.T) {
	t.Parallel()
	s, _ := machines(t)
	l, ds := sending(t, s, 1)
	intendAll(t, s, 1, ds)
	h := s.server.outcome(t.Context(), l.queue, ds[0], deferral(), l.replyOf(ds[0], deferral()), func(int64, error) {})
	if err := h.slowly(false); err != nil {
		t.Fatal(err)
	}
	h.tried = true
	h.done(io.ErrUnexpectedEOF)
	if err := l.Settle(t.Context(), ds[0], deferral()); err != nil {
		t.Fatal(err)
	}
	if again := owed(t, s, 1, evening.Add(time.Hour)); len(again) != 1 || again[0].Attempts != 1 {
		t.Errorf("owed %+v, want one that was tried once", again)
	}
	// The next attempt is another one, although the relay says the same in the same second.
	d := ds[0]
	d.Ordinal++
	intendAll(t, s, 1, []digest.Delivery{d})
	if err := l.Settle(t.Context(), d, deferral()); err != nil {
		t.Fatal(err)
	}
	if again := owed(t, s, 1, evening.Add(time.Hour)); len(again) != 1 || again[0].Attempts != 2 {
		t.Errorf("owed %+v, want one that was tried twice", again)
	}
}

// Nobody heard that an intent was made durable, and the process is told to end meanwhile.
func TestAnIntentThatNobodyHeardOfIsGivenBackWhenTheProcessEnds(t *testing.T) {
	t.Parallel()
	s, _ := machines(t)
	l, ds := sending(t, s, 1)
	intendAll(t, s, 1, ds)
	ctx, end := context.WithCancel(t.Context())
	end()
	taken, err := s.server.intendSlowly(ctx, l.queue, ds[0], evening, true)
	if taken || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v; want that it is not sent", taken, err)
	}
	if again := owed(t, s, 1, evening); len(again) != 1 || again[0].Doubts != 0 {
		t.Errorf("owed %+v, want the message as it was", again)
	}
}

// Two transactions wait for each other, and PostgreSQL undoes ours.
func TestATransactionThatPostgreSQLUndidForAnotherIsDoneAgain(t *testing.T) {
	t.Parallel()
	s, _ := machines(t)
	addReaders(t, s, 2)
	other, err := pgx.ConnectConfig(t.Context(), s.server.pool.Config().ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	const change = `UPDATE subscribers SET name = name WHERE id = `
	does := func(query string) {
		if _, err := other.Exec(t.Context(), query); err != nil {
			t.Error(err)
		}
	}
	// It never looks whether it is in a deadlock, and so is not the one that is undone.
	does(`SET deadlock_timeout = '1h'`)
	does(`BEGIN`)
	does(change + `2`)
	times := 0
	ended := make(chan error, 1)
	err = s.write.whole(t.Context(), func(ctx context.Context, c conn) error {
		if times++; times == 1 {
			if _, err := c.Exec(ctx, change+`1`); err != nil {
				return err
			}
			go func() {
				_, err := other.Exec(t.Context(), change+`1; COMMIT`)
				ended <- err
			}()
		}
		_, err := c.Exec(ctx, change+`2`)
		return err
	})
	if err != nil || times != 2 {
		t.Errorf("got %v after %d tries, want two", err, times)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
