package digest_test

import (
	"testing"

	"vesper/digest"
)

func TestRunsThatBeginInVainAreStoppedAfterFive(t *testing.T) {
	var s digest.Starts
	tally, ok := digest.Tally{Opened: 10, Pending: 10}, true
	for run := 1; run <= 5; run++ {
		if s, ok = s.Next(tally); !ok {
			t.Fatalf("run %d may not begin", run)
		}
	}
	// Neither who left nor what the crash made unknown is progress.
	tally.Skipped, tally.Unknown = 2, 3
	if _, ok = s.Next(tally); ok {
		t.Error("a sixth run in vain may begin")
	}
	tally.Sent = 1
	if s, ok = s.Next(tally); !ok || s != (digest.Starts{Count: 1, Ended: 1}) {
		t.Errorf("after progress: %+v, %v", s, ok)
	}
}
