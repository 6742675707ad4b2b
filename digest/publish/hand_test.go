package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// lock is the right to deliver.
type lock struct {
	mu     sync.Mutex
	holder *digest.HeldError
	taken  int
	// lost is closed where another machine takes it.
	lost chan struct{}
	// heard are the holders that a hand was told of.
	heard []*digest.HeldError
}

func (l *lock) take(as *digest.HeldError) (Right, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.holder != nil {
		return Right{}, l.holder
	}
	l.holder = as
	l.taken++
	return Right{Lost: l.lost, Release: func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.holder != as {
			return errors.New("the lock is another's")
		}
		l.holder = nil
		return nil
	}}, nil
}

// hand is a hand that takes the lock as a send.
func (l *lock) hand() Hand {
	me := &digest.HeldError{Role: "send", PID: 7}
	return Hand{
		Lock: func() (Right, error) { return l.take(me) },
		Held: func(h *digest.HeldError) { l.heard = append(l.heard, h) }, Patience: 2,
	}
}

// holds has a service of another process take the lock, and serve if it is to. The
// result ends it.
func (l *lock) holds(t *testing.T, v *evening, serves bool) (end func()) {
	t.Helper()
	right, err := l.take(&digest.HeldError{Role: "serve", PID: 8})
	if err != nil {
		t.Fatal(err)
	}
	stop := func() {}
	if serves {
		stop = v.serves(t)
	}
	return func() {
		stop()
		if err := right.Release(); err != nil {
			t.Error(err)
		}
	}
}

// free says that nobody has the lock.
func (l *lock) free() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holder == nil
}

func TestSendingByHandMailsLettersBesideTheEdition(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(100)
		v.letters, v.relay.perMessage = &relay{}, time.Second
		r, l := v.open(t, 0), &lock{}
		var posted []time.Time
		for _, after := range []time.Duration{20500 * time.Millisecond, 99500 * time.Millisecond} {
			time.AfterFunc(after, func() {
				posted = append(posted, time.Now())
				v.post(t)
			})
		}
		s, err := v.Send(t.Context(), r, l.hand())
		if err != nil || s.State != digest.Done || s.Tally.Sent != 100 || !s.Next.IsZero() || s.Stopped.Class != "" {
			t.Errorf("got %+v, %v", s, err)
		}
		if v.letters.count() != 2 {
			t.Fatalf("%d letters went out", v.letters.count())
		}
		for i, at := range v.letters.at {
			if at.Sub(posted[i]) > time.Second {
				t.Errorf("letter %d waited for %v", i+1, at.Sub(posted[i]))
			}
		}
		if !l.free() || len(l.heard) != 0 {
			t.Errorf("the lock is %v, and it heard of %v", l.holder, l.heard)
		}
	})
}

func TestWhoStandsByOutlivesADatabaseThatIsAway(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		said := &bytes.Buffer{}
		v.Log = slog.New(slog.NewTextHandler(said, nil))
		began, held := time.Now(), &digest.HeldError{Role: "serve", Host: "db2"}
		lock := func() (Right, error) {
			switch since := time.Since(began); {
			case since < time.Minute:
				return Right{}, held
			case since < time.Hour:
				return Right{}, fmt.Errorf("lock the database: %w after %v", digest.ErrAway, since)
			case since < 2*time.Hour:
				return Right{}, errors.New(`lock the database: database "paper" does not exist`)
			}
			return Right{}, nil
		}
		_, err := v.Await(t.Context(), lock, func(*digest.HeldError) error { return nil })
		if took := time.Since(began); err != nil || took < 2*time.Hour {
			t.Errorf("after %v: %v", took, err)
		}
		if n := strings.Count(said.String(), "level=ERROR"); n != 2 || !strings.Contains(said.String(), "again") {
			t.Errorf("it said:\n%s", said)
		}
	})
}

func TestSendingByHandDoesNotWaitForLettersForLong(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.letters = &relay{perMessage: time.Hour}
		v.post(t)
		began, l := time.Now(), &lock{}
		s, err := v.Send(t.Context(), v.open(t, 0), l.hand())
		if took := time.Since(began); err != nil || s.State != digest.Done || took > Stall+deliver.Drain || !l.free() {
			t.Errorf("after %v: got %+v, %v", took, s, err)
		}
	})
}

func TestPatienceIsOfTheCall(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.relay.end = digest.Outcome{Class: digest.Session, Reply: "refused"}
		giveUpAfter, hold := v.Deliverer.GiveUpAfter, v.Deliverer.Hold
		began, l := time.Now(), &lock{}
		v.post(t)
		s, err := v.Send(t.Context(), v.open(t, 0), l.hand())
		if err != nil || s.Stopped.Class != digest.Session || s.State != digest.Sending || s.Tally.Pending != 2 {
			t.Errorf("got %+v, %v", s, err)
		}
		if s.Next.IsZero() || s.Next.After(v.clock()) {
			t.Errorf("the next is due at %v", s.Next)
		}
		if took := time.Since(began); took > time.Minute || !l.free() {
			t.Errorf("it took %v, and the lock is free: %v", took, l.free())
		}
		if v.Deliverer.GiveUpAfter != giveUpAfter || v.Deliverer.Hold != hold {
			t.Error("the deliverer was changed")
		}
		// The service has all the patience there is.
		v.serves(t)
		time.Sleep(10 * time.Minute)
		v.relay.set(func(r *relay) { r.end = digest.Outcome{} })
		time.Sleep(6 * time.Minute)
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}

func TestSendingStaysForWhatWasDeferredOnlyIfItIsTo(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		deferred := digest.Outcome{Class: digest.Transient, Code: 450}
		v.relay.answers = []digest.Outcome{deferred}
		l, r := &lock{}, v.open(t, 0)
		s, err := v.Send(t.Context(), r, l.hand())
		if err != nil || s.State != digest.Sending || s.Tally.Sent != 1 || !s.Next.After(v.clock()) {
			t.Errorf("got %+v, %v", s, err)
		}
		h := l.hand()
		h.Wait = true
		var free atomic.Bool
		time.AfterFunc(time.Minute, func() { free.Store(l.free()) })
		began := time.Now()
		s, err = v.Send(t.Context(), r, h)
		if err != nil || s.State != digest.Done || s.Tally.Sent != 2 {
			t.Errorf("got %+v, %v", s, err)
		}
		if took := time.Since(began); took < 4*time.Minute || took > 7*time.Minute || !free.Load() {
			t.Errorf("it took %v, and the lock was free meanwhile: %v", took, free.Load())
		}
	})
}

func TestAWaitingSendEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.relay.answer = digest.Outcome{Class: digest.Transient, Code: 450}
		l, r := &lock{}, v.open(t, 0)
		h := l.hand()
		h.Wait = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		s, err := v.Send(ctx, r, h)
		if took := time.Since(began); err != nil || s.Tally.Pending != 2 || took != time.Minute || !l.free() {
			t.Errorf("after %v: got %+v, %v", took, s, err)
		}
	})
}

func TestAWaitingSendNoticesThatTheMachineSlept(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.relay.answers = []digest.Outcome{{Class: digest.Transient, Code: 450}}
		h := (&lock{}).hand()
		h.Wait = true
		time.AfterFunc(90*time.Second, func() { v.sleeps(time.Hour) })
		began := time.Now()
		s, err := v.Send(t.Context(), v.open(t, 0), h)
		if took := time.Since(began); err != nil || s.State != digest.Done || took > 3*time.Minute {
			t.Errorf("after %v: got %+v, %v", took, s, err)
		}
	})
}

func TestAPausedEditionGoesOnByHand(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.open(t, 0)
		if err := v.store.Pause(t.Context(), 1, digest.PausedDesk, "wait", v.clock()); err != nil {
			t.Fatal(err)
		}
		s, err := v.Send(t.Context(), v.tallied(t, 20).Record, (&lock{}).hand())
		if err != nil || s.State != digest.Done {
			t.Errorf("got %+v, %v", s, err)
		}
	})
}

func TestNothingIsSentByHandFromABookThatIsBehind(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		r, l := v.open(t, 0), &lock{}
		v.store.behind = digest.ErrBehind
		if _, err := v.Send(t.Context(), r, l.hand()); !errors.Is(err, digest.ErrBehind) || !l.free() {
			t.Errorf("got %v", err)
		}
		if _, err := v.MailDue(t.Context(), l.hand()); !errors.Is(err, digest.ErrBehind) || !l.free() {
			t.Errorf("letters: got %v", err)
		}
	})
}

func TestAServiceWaitsForASendAndNotForAnotherService(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		l := &lock{}
		other := errors.New("only one serve runs at a time")
		await := func(ctx context.Context) (Right, error) {
			return v.Await(ctx, l.hand().Lock, func(h *digest.HeldError) error {
				if h.Role == "serve" {
					return other
				}
				return nil
			})
		}
		end := l.holds(t, v, false)
		if _, err := await(t.Context()); !errors.Is(err, other) {
			t.Errorf("another service: got %v", err)
		}
		end()
		right, err := l.take(&digest.HeldError{Role: "send"})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := await(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a send that goes on: got %v", err)
		}
		time.AfterFunc(time.Minute, func() { right.Release() })
		right, err = await(t.Context())
		if err != nil || right.Release() != nil {
			t.Errorf("a send that ended: got %v", err)
		}
	})
}
