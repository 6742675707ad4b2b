package main

import (
	"database/sql"
	"flag"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vesper/digest/whole"
)

var (
	idleRows    = flag.Int("idle-rows", 2000, "how many deferred readers TestAnIdleServiceCostsNothing has")
	idleSeconds = flag.Int("idle-seconds", 5, "how long it looks on, in seconds")
)

// TestAnIdleServiceCostsNothing has a service with an edition that is deferred for
// everybody. It holds what that costs to about what a service with no reader costs,
// measured in the same run.
func TestAnIdleServiceCostsNothing(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	var yardstick float64
	for _, readers := range []int{0, *idleRows} {
		n := faultyNewsroom(t, setting{port: 1}, manyReaders(readers))
		if readers > 0 {
			n.openOnly(t)
			n.deferAll(t)
		}
		c := n.serve(t)
		// At first it takes up what an earlier run may have left.
		<-time.After(2 * time.Second)
		over := time.After(time.Duration(*idleSeconds) * time.Second)
		before := processorTime(t, c.Process.Pid)
		<-over
		used := processorTime(t, c.Process.Pid) - before
		share := 100 * used.Seconds() / float64(*idleSeconds)
		t.Logf("%d readers deferred: %v of processor time in %d s, %.2f %% of a processor", readers, used,
			*idleSeconds, share)
		if readers == 0 {
			yardstick = share
		} else if share > 2*yardstick+0.4 {
			t.Errorf("%d readers: an idle service takes %.2f %% of a processor, and %.2f %% with none", readers, share,
				yardstick)
		}
		c.kill()
	}
}

// deferAll makes it so that the relay has deferred everybody for a day.
func (n *newsroom) deferAll(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(n.dir, "vesper.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(),
		`UPDATE deliveries SET due_at = ?, attempts = 1, code = 450, reply = 'later'`,
		time.Now().Add(24*time.Hour).Unix()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE editions SET state = 'sending'`); err != nil {
		t.Fatal(err)
	}
}

// processorTime gives what a process has used of all processors, threads that have ended
// among them, by the clock that the kernel keeps of it (clock_getcpuclockid(3)). The ticks
// in /proc are of a hundredth of a second, and miss what is shorter.
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	const scheduled = 2
	var used unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Nano())
}
