package door

import (
	"context"

	"vesper/subscribers"
)

// Returned is what came back.
type Returned interface {
	// Reports gives the reports that a filter chooses, the newest first.
	Reports(ctx context.Context, f subscribers.ReportFilter) ([]subscribers.Report, error)
}

// mostReturned is how many reports of a reader are looked at.
const mostReturned = 1000

// tell says what a server said, and what tells us so.
func tell(r *subscribers.Report) string { return r.Said() + ", " + r.Told() }

// behind gives the report for which a reason stands against the reader, nil if there is
// none.
func (e Evidence) behind(reason string) *subscribers.Report {
	for i, r := range e.Returned {
		complaint := r.Class == subscribers.ClassComplaint
		if r.State == subscribers.ReportActed && (reason == subscribers.Complaint && complaint ||
			reason == subscribers.HardBounce && !complaint) {
			return &e.Returned[i]
		}
	}
	return nil
}

// held gives the report for which the reader gets no edition until an admin decides, nil
// if there is none.
func (e Evidence) held() *subscribers.Report {
	for i, r := range e.Returned {
		if r.State == subscribers.ReportHeld {
			return &e.Returned[i]
		}
	}
	return nil
}

// waitsForWord says that a report is held, "" if none is.
func (e Evidence) waitsForWord() string {
	r := e.held()
	if r == nil {
		return ""
	}
	return "held since " + e.when(r.At) + `, until "vesper bounces apply" or "discard": ` + tell(r)
}

// cameBack gives the report that says that the edition did not arrive, nil if there is
// none.
func (e Evidence) cameBack() *subscribers.Report {
	for i, r := range e.Returned {
		if r.Bounced() && r.Edition == e.Record.Number && r.Edition != 0 && r.State != subscribers.ReportDiscarded {
			return &e.Returned[i]
		}
	}
	return nil
}
