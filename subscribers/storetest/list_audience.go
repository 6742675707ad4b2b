package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// editionsComeOnTheChosenEvenings: the rule of an audience is written twice, in Go and
// by the store. Over a calendar that has two month ends, a leap day and both changes
// of the clock they must agree.
func editionsComeOnTheChosenEvenings(t *testing.T, open Open) {
	s := open(t, Options{})
	choices := choicesOfReaders()
	for name, p := range choices {
		r := add(t, s, active(address(t, name+"@quay.example")))
		p.Variant = digest.Designed
		if err := s.List.Prefer(t.Context(), r.PublicID, p); err != nil {
			t.Fatal(err)
		}
	}
	for _, day := range []string{
		"2026-11-01", "2026-03-29", "2026-12-31", "2027-01-01", "2028-02-26",
		"2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02",
	} {
		for _, slot := range []string{"morning", "evening"} {
			date, err := digest.ParseDate(day)
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]bool{}
			for name, p := range choices {
				if p.Declines(date.In(time.UTC), slot) == "" {
					want[name+"@quay.example"] = true
				}
			}
			comesTo(t, s, digest.ID{Date: date, Slot: slot, Sequence: 1}, want)
		}
	}
}

// choicesOfReaders has every set of evenings, some slots and some pauses.
func choicesOfReaders() map[string]subscribers.Preferences {
	choices := map[string]subscribers.Preferences{}
	for e := range subscribers.EveryEvening + 1 {
		choices[fmt.Sprintf("evenings%d", e)] = subscribers.Preferences{Evenings: e}
	}
	for _, slots := range []string{"evening", "morning", "eve", "morning,evening", "noon", "Evening"} {
		choices["slots"+strings.ReplaceAll(slots, ",", "-")] = subscribers.Preferences{Slots: strings.Split(slots,
			",")}
	}
	for _, day := range []string{"2028-02-27", "2028-02-29", "2028-03-01", "2029-01-01"} {
		choices["until"+day] = subscribers.Preferences{PausedUntil: day, Slots: []string{"evening"}}
	}
	// Two readers' addresses are the same but for the case of a letter.
	choices["capitals"] = choices["slotsEvening"]
	delete(choices, "slotsEvening")
	return choices
}

// comesTo opens an edition and wants it to be for these readers and no others.
func comesTo(t *testing.T, s Store, id digest.ID, want map[string]bool) {
	t.Helper()
	o := Opening(0)
	o.Edition.ID = id
	for i := range o.Edition.Articles {
		o.Edition.Articles[i].ID += id.Date.String() + id.Slot
	}
	n, err := s.List.Count(t.Context(), id)
	if n != len(want) || err != nil {
		t.Errorf("%s: counted %d, %v, want %d", id, n, err, len(want))
	}
	if domains, err := s.List.Domains(t.Context(), id); len(domains) != 1 || domains[0].Readers != n || err != nil {
		t.Errorf("%s: %v, %v", id, domains, err)
	}
	r, err := s.Book.OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(id, err)
	}
	got := map[string]bool{}
	for _, d := range owed(t, s.Ledger(r.Number), o.At) {
		got[d.Address] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", id, diff)
	}
}

func preferencesDoNotTouchAnOpenEdition(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 2)
	l := s.Ledger(mustOpen(t, s, 0))
	away := subscribers.Preferences{
		Evenings: 1 << time.Monday, Slots: []string{"noon"}, Variant: digest.Plain, Timezone: "Asia/Tokyo",
		// The pause is over on the day of the open edition.
		PausedUntil: "2026-11-22",
	}
	for _, r := range readers {
		if err := s.List.Prefer(t.Context(), r.PublicID, away); err != nil {
			t.Fatal(err)
		}
	}
	ds := owed(t, l, evening)
	if len(ds) != 2 || ds[0].Variant != digest.Designed {
		t.Fatalf("got %+v, want both as they were entered", ds)
	}
	intend(t, l, ds[0])
	if next := sweep(t, l, digest.Sweeping{Now: evening, TooOld: evening.Add(-time.Hour)}).Next; next.IsZero() {
		t.Error("a preference sweeps away what was opened")
	}
	if _, err := s.Book.OpenEdition(t.Context(), Opening(1)); !errors.Is(err, digest.ErrNobody) {
		t.Errorf("got %v for an edition that nobody wants, want ErrNobody", err)
	}
	got, err := s.List.Reader(t.Context(), readers[1].PublicID)
	if diff := cmp.Diff(away, got.Preferences); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if err := s.List.Prefer(t.Context(), readers[1].PublicID+1, away); err != nil {
		t.Errorf("of nobody: %v", err)
	}
	for _, bad := range []subscribers.Preferences{
		{},
		{Variant: "large"},
		{Variant: digest.Plain, Timezone: "Mars/Base"},
		{Variant: digest.Plain, Evenings: 0xff},
	} {
		if err := s.List.Prefer(t.Context(), readers[1].PublicID, bad); err == nil {
			t.Errorf("%+v is kept", bad)
		}
	}
}

func aPauseSkipsWhatIsNotSentYet(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 6)
	l := s.Ledger(mustOpen(t, s, 0))
	ds := owed(t, l, evening)
	pause := func(i int, until string) {
		t.Helper()
		if err := s.List.Prefer(t.Context(), readers[i].PublicID,
			subscribers.Preferences{Variant: digest.Designed, PausedUntil: until}); err != nil {
			t.Fatal(err)
		}
	}
	intended := func(i int) bool {
		t.Helper()
		ok, err := l.Intend(t.Context(), ds[i], evening, nil)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	// One was sent before, and one is deferred in the middle of a message.
	intend(t, l, ds[0], ds[1])
	settle(t, l, ds[0], accepted(evening))
	pause(0, "2026-12-22")
	pause(1, "2026-12-22")
	settle(t, l, ds[1], digest.Settlement{Step: digest.Pending, At: evening, Due: evening.Add(time.Hour), Counted: true})
	// The edition is of the 22nd: a pause to the 23rd leaves it out, one to the 22nd
	// doesn't, and one that is taken back before its turn doesn't either.
	pause(2, "2026-11-23")
	pause(3, "2026-11-22")
	pause(4, "2026-12-22")
	pause(4, "")
	for i, want := range map[int]bool{2: false, 3: true, 4: true} {
		if got := intended(i); got != want {
			t.Errorf("reader %d: intended %v, want %v", i, got, want)
		}
	}
	settle(t, l, ds[3], accepted(evening))
	settle(t, l, ds[4], accepted(evening))
	// Whose turn does not come in time has not missed the edition: it was not wanted.
	pause(5, "2026-12-22")
	if swept := sweep(t, l, digest.Sweeping{Now: evening.Add(time.Hour), TooOld: evening}); swept.TooOld != 0 {
		t.Errorf("%d expired, want none", swept.TooOld)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 6, Sent: 3, Skipped: 3})
	for i, want := range map[int]string{0: "", 1: "paused", 2: "paused", 5: "paused"} {
		got, err := s.Book.Receipts(t.Context(), readers[i].ID)
		if err != nil || len(got) != 1 || got[0].Reason != want {
			t.Errorf("reader %d: got %+v, %v, want the reason %q", i, got, err, want)
		}
	}
}
