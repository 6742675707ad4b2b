package digest_test

import (
	"testing"

	"vesper/digest"
)

func TestRunsThatBeginInVainAreStoppedAfterFive(t *testing.T) {
	var s digest.Starts
	tally, ok := digest.Tally{Opened: 10, Pending: 10}, true
	for run := 1; run <= 5; run++ {
		if s, ok = s.Next(tally, false, false); !ok {
			t.Fatalf("run %d may not begin", run)
		}
	}
	// Neither who left nor what the crash made unknown is progress.
	tally.Skipped, tally.Unknown = 2, 3
	if _, ok = s.Next(tally, false, false); ok {
		t.Error("a sixth run in vain may begin")
	}
	tally.Sent = 1
	if s, ok = s.Next(tally, false, false); !ok || s != (digest.Starts{Count: 1, Ended: 1}) {
		t.Errorf("after progress: %+v, %v", s, ok)
	}
}

func TestARunThatOnlyWaitedForTheRelayWasNotInVain(t *testing.T) {
	var s digest.Starts
	tally, ok := digest.Tally{Opened: 10, Pending: 10}, true
	for run := range 20 {
		if s, ok = s.Next(tally, run > 0, false); !ok || s.Count != 1 {
			t.Fatalf("run %d: %+v, %v", run+1, s, ok)
		}
	}
	// One that had a message under way was.
	tally.Pending, tally.Attempting = 9, 1
	for run := 2; run <= 6; run++ {
		if s, ok = s.Next(tally, true, false); ok != (run < 6) {
			t.Fatalf("run %d: %+v, %v", run, s, ok)
		}
	}
}

// Where another machine lives through what ended a run, the edition is not what ends them.
func TestWhatAnotherMachineOutlivesIsNoCrashLoop(t *testing.T) {
	s, ok := digest.Starts{}, true
	tally := digest.Tally{Opened: 9, Pending: 5, Attempting: 4}
	for run := range 20 {
		if s, ok = s.Next(tally, false, run > 0); !ok || s.Count != 1 {
			t.Fatalf("run %d: got %+v, %v", run, s, ok)
		}
	}
}
