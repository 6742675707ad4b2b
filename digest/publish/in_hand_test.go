package publish

import (
	"context"
	"testing"
	"time"

	"vesper/digest"
)

// What a machine that died has in hand is waited for, in one line of the log, and is sent then.
func TestWhatADeadMachineHasInHandIsWaitedForCalmly(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	v.openDue(t.Context())
	rows := v.rows(1)
	rows.rows[1].step, rows.others = digest.Attempting, time.Date(2026, 11, 20, 18, 15, 0, 0, v.Zone)
	for minute := range 15 {
		v.at(t, 20, 18, minute)
		v.expect(t, "2026-11-20-evening sending sent=1")
	}
	want := "1 message is in the hands of another process until 18:15:00 CET"
	if got := v.tallied(t, 20).Reason; got != want {
		t.Errorf("the edition says %q, want %q", got, want)
	}
	if said := v.log.lines("in the hands of another process"); len(said) != 1 {
		t.Errorf("it was said %d times, want once", len(said))
	}
	if wrong := v.log.lines("level=ERROR"); len(wrong) > 0 {
		t.Errorf("the log has %q", wrong)
	}
	v.at(t, 20, 18, 15)
	v.expect(t, "2026-11-20-evening done sent=2")
}

// whileItCloses is a Course beside which another machine does something just before an edition is
// closed.
type whileItCloses struct {
	Course
	does func()
}

func (c whileItCloses) Close(ctx context.Context, number uint32, now time.Time) error {
	c.does()
	return c.Course.Close(ctx, number, now)
}

// Another machine may have its last message deferred just as the edition is closed. It adds up all
// the while, and is sent on.
func TestAnEditionWhoseLastMessageIsDeferredMeanwhileGoesOn(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.now = time.Date(2026, 11, 20, 18, 0, 0, 0, v.Zone)
	v.openDue(t.Context())
	last := v.rows(1).rows[1]
	last.step = digest.Attempting
	course := v.Course
	v.Course = whileItCloses{course, func() {
		last.step, last.Due = digest.Pending, time.Date(2026, 11, 20, 18, 10, 0, 0, v.Zone)
	}}
	v.at(t, 20, 18, 0)
	v.Course = course
	v.expect(t, "2026-11-20-evening sending sent=1")
	if wrong := v.log.lines("level=ERROR"); len(wrong) > 0 {
		t.Errorf("the log has %q", wrong)
	}
	v.at(t, 20, 18, 10)
	v.expect(t, "2026-11-20-evening done sent=2")
}
