package publish

import (
	"errors"
	"testing"
	"time"

	"vesper/digest"
)

// While the database was out of reach another machine took the right to deliver: whoever sends
// by hand leaves the rest to that one, and follows it.
func TestASendByHandWhoseRightIsLostFollowsTheOther(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.store.readers = many(30)
		v.relay.perMessage = time.Second
		r, l := v.open(t, 0), &lock{lost: make(chan struct{})}
		other := &digest.HeldError{Role: "serve", PID: 8, Host: "two.news.example"}
		h, before := l.hand(), 0
		take := h.Lock
		h.Lock = func() (Right, error) {
			right, err := take()
			right.Release = func() error { return nil }
			return right, err
		}
		time.AfterFunc(10500*time.Millisecond, func() {
			l.mu.Lock()
			l.holder, before = other, v.relay.count()
			l.mu.Unlock()
			close(l.lost)
		})
		s, err := v.Send(t.Context(), r, h)
		if err != nil || s.State != digest.Sending || s.Tally.Pending == 0 {
			t.Errorf("got %+v, %v", s, err)
		}
		if beside := v.relay.count() - before; beside > 1 {
			t.Errorf("%d messages were begun beside the other machine", beside)
		}
		if len(l.heard) != 1 || l.heard[0] != other {
			t.Errorf("it heard of %v", l.heard)
		}
	})
}

// Letters that are mailed by hand stop too.
func TestLettersByHandStopWhenTheRightIsLost(t *testing.T) {
	bubble(t, func(t *testing.T, v *evening) {
		v.letters = &relay{perMessage: time.Second}
		for range 30 {
			v.post(t)
		}
		l := &lock{lost: make(chan struct{})}
		time.AfterFunc(10500*time.Millisecond, func() { close(l.lost) })
		if _, err := v.MailDue(t.Context(), l.hand()); !errors.Is(err, ErrLost) {
			t.Errorf("got %v", err)
		}
		if n := v.letters.count(); n == 0 || n > 12 {
			t.Errorf("%d letters went out, want those until the right was lost", n)
		}
	})
}
