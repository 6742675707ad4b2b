package publish

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// unmounted has the shared folder not seen until the result is called.
func (v *evening) unmounted() (mount func()) {
	var away atomic.Bool
	away.Store(true)
	v.Seen = func(context.Context) error {
		if away.Load() {
			return &digest.UnseenError{Kind: "desk", Why: "nothing is mounted", Hint: "mount it"}
		}
		return nil
	}
	return func() { away.Store(false) }
}

// A share that goes a minute before the time is no desk without articles.
func TestNothingIsOpenedWhereTheSharedFolderIsNotSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newEvening(t)
		v.started()
		v.runs(17, 59)
		v.write("Night trains return")
		lies := v.desk.articles
		v.desk.articles = nil
		mount := v.unmounted()
		defer v.serves(t)()
		time.Sleep(time.Hour)
		v.expect(t)
		d := v.decide(t, 0, digest.Words{})
		d.Refusal = Refusal{}
		if _, err := v.Open(t.Context(), d); !errors.Is(err, digest.ErrUnseen) {
			t.Errorf("by hand: got %v, want ErrUnseen", err)
		}
		v.desk.mu.Lock()
		v.desk.articles = lies
		v.desk.mu.Unlock()
		mount()
		time.Sleep(2 * time.Minute)
		v.expect(t, "2026-11-20-evening done sent=2")
	})
}

// What is open needs no folder any more.
func TestWhatIsOpenIsDeliveredWithoutTheSharedFolder(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.relay.perMessage = 30 * time.Second
		v.store.readers = many(10)
		v.Seen = unmountedAfter(time.Minute)
		defer v.serves(t)()
		time.Sleep(2 * time.Minute)
		v.post(t)
		time.Sleep(8 * time.Minute)
		v.expect(t, "2026-11-20-evening done sent=10")
		if n := v.relay.count(); n != 11 {
			t.Errorf("%d messages went out, want 10 and a letter", n)
		}
	})
}

// unmountedAfter has the shared folder not seen any more after a while.
func unmountedAfter(t time.Duration) func(context.Context) error {
	began := time.Now()
	return func(context.Context) error {
		if time.Since(began) < t {
			return nil
		}
		return &digest.UnseenError{Kind: "desk", Why: "nothing is mounted", Hint: "mount it"}
	}
}
