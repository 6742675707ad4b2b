package publish

import (
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// lies puts an article on the desk that was published earlier.
func (v *evening) lies(headline string, published time.Time) {
	now := v.now
	v.now = published
	v.write(headline)
	v.now = now
}

func printedBy(v *evening, n int) string {
	var ids []string
	for _, a := range v.store.editions[n].opening.Edition.Articles {
		ids = append(ids, a.ID)
	}
	return strings.Join(ids, ", ")
}

func TestAStoryThatComesAfterTheCutOffWithAnEarlierTimeIsPrintedOnce(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	noon := v.now
	v.at(t, 20, 18, 0)
	v.lies("Copied with its time", noon)
	v.lies("An archive", noon.AddDate(0, 0, -9))
	v.now = v.now.Add(time.Hour)
	v.write("Libraries open late")
	d, err := v.Decide(t.Context(), v.Slots[0], on(21).Date, v.now.AddDate(0, 0, 1), digest.Words{})
	if err != nil || len(d.Edition.Articles) != 2 || !d.Choices[1].Late ||
		!strings.Contains(d.Choices[1].Warning, "late: published before the last cut-off") {
		t.Errorf("got %+v, %v", d.Choices, err)
	}
	v.at(t, 21, 18, 0)
	if got := printedBy(v, 1); got != "Libraries open late, Copied with its time" {
		t.Errorf("printed %s", got)
	}
	if said := v.log.lines(`article="Copied with its time" problem="late: `); len(said) != 1 {
		t.Errorf("the log says %q", said)
	}
	v.write("The harbour reopens")
	v.at(t, 22, 18, 0)
	if got := printedBy(v, 2); got != "The harbour reopens" {
		t.Errorf("printed %s", got)
	}
}

func TestWhatIsMendedAfterTheCutOffIsPrinted(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	noon := v.now
	v.desk.flaws = []*digest.Flaw{{File: "mended.txt", Line: 1, Problem: "5 fields instead of 6"}}
	v.lies("A wrong year", noon.AddDate(-1, 0, 0))
	v.at(t, 20, 18, 0)
	v.desk.flaws = nil
	v.lies("Mended", noon)
	v.desk.articles[1].Published = noon
	v.at(t, 21, 18, 0)
	if got := printedBy(v, 1); got != "A wrong year, Mended" {
		t.Errorf("printed %s", got)
	}
}

func TestOnlyAnOpeningLooks(t *testing.T) {
	v := newEvening(t)
	v.write("Night trains return")
	v.open(t, 0)
	noon := v.now
	v.lies("Late", noon.Add(-time.Hour))
	// Looked at by plans, and by evenings that were refused: it waits all the same.
	v.now = v.now.AddDate(0, 0, 1)
	v.decide(t, 1, digest.Words{})
	readers := v.store.readers
	v.store.readers = nil
	if _, err := v.evening(t.Context(), v.Slots[0], on(21).Date); err != nil {
		t.Fatal(err)
	}
	v.store.readers = readers
	v.now = v.now.AddDate(0, 0, 1)
	v.open(t, 0)
	v.store.mu.Lock()
	defer v.store.mu.Unlock()
	if got := printedBy(v, len(v.store.editions)-1); got != "Late" {
		t.Errorf("printed %s", got)
	}
}

func TestAnUpgradeMakesNothingLate(t *testing.T) {
	v := newEvening(t)
	v.started()
	v.write("Night trains return")
	v.lies("Passed over", v.now.AddDate(0, 0, -2))
	v.at(t, 20, 18, 0)
	v.store.editions[0].opening.Looks = nil // as an older version opened it
	v.write("The harbour reopens")
	v.at(t, 21, 18, 0)
	v.lies("Late", v.now.Add(-30*time.Hour))
	v.at(t, 22, 18, 0)
	if got := printedBy(v, 1) + "; " + printedBy(v, 2); got != "The harbour reopens; Late" {
		t.Errorf("printed %s", got)
	}
}

func TestWhatAnotherSlotPrintedUnderAnotherNameIsNotPrinted(t *testing.T) {
	v := newEvening(t)
	v.started()
	second := daily
	second.Name, second.Title, second.Schedule = "night", "Night Edition", "0 22 * * *"
	night, err := NewSlot(second, v.Zone)
	if err != nil {
		t.Fatal(err)
	}
	v.Slots = append(v.Slots, night)
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.desk.articles[0].ID = "renamed"
	v.write("The harbour reopens")
	d, err := v.Decide(t.Context(), night, on(20).Date, v.now.Add(4*time.Hour), digest.Words{})
	if err != nil || len(d.Edition.Articles) != 1 || d.Choices[1].Verdict != digest.VerdictCopy {
		t.Errorf("got %+v, %v", d.Choices, err)
	}
}

func TestWhatACancelledEditionPrintedOrPassedOverIsDoneWith(t *testing.T) {
	v := newEvening(t)
	v.Slots[0].MaxArticles = 1
	v.lies("No room", v.now.Add(-time.Hour))
	v.write("Night trains return")
	v.open(t, 0)
	v.store.editions[0].State = digest.Cancelled
	v.now = v.now.AddDate(0, 0, 1)
	d := v.decide(t, 0, digest.Words{})
	if len(d.Edition.Articles) != 0 || d.Choices[0].Verdict != digest.VerdictPrinted ||
		d.Choices[1].Reason != "it did not fit into 2026-11-20-evening" {
		t.Errorf("got %+v", d.Choices)
	}
	v.Slots[0].CarryOver = true
	if d := v.decide(t, 0, digest.Words{}); len(d.Edition.Articles) != 1 || !d.Choices[0].CarriedOver {
		t.Errorf("carried over: got %+v", d.Choices)
	}
}
