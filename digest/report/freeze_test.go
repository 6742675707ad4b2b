package report

import (
	"strings"
	"testing"
	"time"
)

// TestAFrozenEditionIsReportedFromItsTimeOn: what it waited for is not how long it took.
func TestAFrozenEditionIsReportedFromItsTimeOn(t *testing.T) {
	r := full()
	r.OpenedAt, r.DueAt = evening.Add(-10*time.Minute), evening
	r.EndedAt = evening.Add(12 * time.Minute)
	r.Seconds, r.Stood, r.PerSecond = 12*60, 0, 0
	said := strings.Join(course(r, time.UTC), "\n")
	if !strings.Contains(said, "22:50 UTC, sent from 23:00 UTC on, over at 23:12 UTC, after 12 min.") ||
		!strings.Contains(said, "was met.") {
		t.Errorf("got %s", said)
	}
}
