package digest_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"vesper/digest"
)

func TestAnEditionIDReadsBackAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := digest.ID{
			Date:     digest.DateOf(time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "time"), 0).UTC()),
			Slot:     rapid.StringMatching(`[a-z][a-z0-9]{0,20}`).Draw(t, "slot"),
			Sequence: rapid.IntRange(1, 99).Draw(t, "sequence"),
		}
		if got, err := digest.ParseID(id.String()); err != nil || got != id {
			t.Fatalf("%s: got %v, %v", id, got, err)
		}
	})
}

func TestWhatIsNoEditionIDIsRefused(t *testing.T) {
	for _, s := range []string{
		"", "evening", "2026-11-22", "2026-11-31-evening", "2026-11-22-Evening", "2026-11-22-evening-1",
		"2026-11-22-evening-0", "2026-11-22-evening-2-3", "2026-11-22-evening\n",
	} {
		if id, err := digest.ParseID(s); err == nil {
			t.Errorf("%q: got %v", s, id)
		}
	}
}

func TestDaysCountOverMonthsAndYears(t *testing.T) {
	d, err := digest.ParseDate("2026-12-31")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.AddDays(60).String(); got != "2027-03-01" {
		t.Errorf("got %s", got)
	}
	if d.Compare(d.AddDays(1)) >= 0 || d.Compare(d) != 0 {
		t.Error("days are out of order")
	}
}

func TestTheEquationSeesALostRecipient(t *testing.T) {
	whole := digest.Tally{
		Opened: 7, Sent: 1, Failed: 1, Expired: 1, Skipped: 1, Unknown: 1, Pending: 1, Attempting: 1,
		PossibleDuplicates: 4,
	}
	if !whole.Balanced() || whole.Owed() != 2 {
		t.Errorf("%+v does not balance", whole)
	}
	whole.Opened++
	if whole.Balanced() {
		t.Error("a recipient is lost and the equation holds")
	}
}
