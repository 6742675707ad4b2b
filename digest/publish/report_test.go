package publish

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

// told is the record of what was told, in memory.
type told struct {
	owed    []digest.OwedReport
	kept    []string
	letters int
	// factsErr and lettersErr are what goes wrong, by edition.
	factsErr, lettersErr map[digest.ID]error
	asked                int
}

func (r *told) OwedReports(context.Context) ([]digest.OwedReport, error) { return r.owed, nil }

func (r *told) OwePaused(_ context.Context, number uint32, _ time.Time) error {
	r.kept = append(r.kept, "paused")
	return nil
}

func (r *told) KeepReport(
	_ context.Context, key int64, report digest.RunReport, letters []digest.Letter, _ time.Time,
) error {
	for i, e := range r.owed {
		if e.Key == key {
			r.owed = append(r.owed[:i:i], r.owed[i+1:]...)
			r.kept = append(r.kept, report.ID)
			r.letters += len(letters)
			return nil
		}
	}
	return digest.ErrExists
}

func (r *told) reporter() *Reporter {
	return &Reporter{
		Reports: r,
		Facts: func(_ context.Context, e digest.OwedReport) (digest.RunReport, error) {
			r.asked++
			return digest.RunReport{ID: e.ID.String()}, r.factsErr[e.ID]
		},
		Letters: func(report digest.RunReport) ([]digest.Letter, error) {
			id, _ := digest.ParseID(report.ID)
			if err := r.lettersErr[id]; err != nil {
				return nil, err
			}
			return []digest.Letter{{Kind: digest.Report}}, nil
		},
	}
}

func TestAReportThatGoesWrongKeepsNoOtherBack(t *testing.T) {
	v := newEvening(t)
	r := &told{
		owed:       []digest.OwedReport{{Key: 1, ID: on(20)}, {Key: 2, ID: on(21)}, {Key: 3, ID: on(22)}},
		factsErr:   map[digest.ID]error{on(20): errors.New("the ledger changed")},
		lettersErr: map[digest.ID]error{on(21): errors.New("no letter")},
	}
	v.Reporter = r.reporter()
	if v.report(t.Context()) {
		t.Error("it says that all went well")
	}
	// What can't be mailed is kept, so it is not tried again for ever.
	if len(r.kept) != 2 || r.letters != 1 || len(r.owed) != 1 || r.owed[0].Key != 1 {
		t.Errorf("kept %v with %d letters, owed %v", r.kept, r.letters, r.owed)
	}
	for _, words := range []string{"the ledger changed", "no letter"} {
		if got := v.log.lines(words); len(got) != 1 {
			t.Errorf("%q is logged %d times, want once", words, len(got))
		}
	}
	r.factsErr = nil
	if !v.report(t.Context()) || len(r.owed) != 0 {
		t.Errorf("owed %v", r.owed)
	}
}

// TestWhatGoesWrongWithReportsIsSaidOnceAMinute keeps a fault from filling the log.
func TestWhatGoesWrongWithReportsIsSaidOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newEvening(t)
		r := &told{
			owed:     []digest.OwedReport{{Key: 1, ID: on(20)}},
			factsErr: map[digest.ID]error{on(20): errors.New("the ledger changed")},
		}
		v.Reporter, v.Now = r.reporter(), time.Now
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		v.serveReports(ctx)
		if r.asked < 9 || r.asked > 11 {
			t.Errorf("it was tried %d times in ten minutes", r.asked)
		}
	})
}
