package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// What readers of two time zones wait for, after the others.
const (
	newYork    = "America/New_York"
	losAngeles = "America/Los_Angeles"
	afterFive  = 5 * time.Hour
	afterEight = 8 * time.Hour
)

func addReaderIn(t testing.TB, s Store, zone string, n int) {
	t.Helper()
	one := subscribers.Subscriber{
		Address: address(t, fmt.Sprintf("reader%d@x%x.example", n, zone)), Status: subscribers.Active,
		Preferences: subscribers.Preferences{Timezone: zone},
	}
	if _, _, err := s.List.Add(t.Context(), one, evening); err != nil {
		t.Fatal(err)
	}
}

// inWaves is an opening of the first day: New York gets it five hours later than the others,
// Los Angeles eight.
func inWaves(t testing.TB, s Store) digest.Opening {
	t.Helper()
	addReaderIn(t, s, "", 1)
	addReaderIn(t, s, "Asia/Tokyo", 1)
	for n := range 3 {
		addReaderIn(t, s, newYork, n)
	}
	addReaderIn(t, s, losAngeles, 1)
	o := Opening(0)
	o.Waves = map[string]time.Time{newYork: evening.Add(afterFive), losAngeles: evening.Add(afterEight)}
	return o
}

// wavesAre wants so many readers in each wave, by when they are due after the evening.
func wavesAre(t testing.TB, s Store, number uint32, want map[time.Duration]int) {
	t.Helper()
	waves, err := s.Book.Waves(t.Context(), number)
	got := map[time.Duration]int{}
	for _, w := range waves {
		got[w.Due.Sub(evening)] = w.Readers
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("the waves: %v %s", err, diff)
	}
}

func readersOfOtherTimeZonesAreDueLater(t *testing.T, open Open) {
	s := open(t, Options{})
	o := inWaves(t, s)
	opened, err := s.Book.OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	last := evening.Add(afterEight)
	if !opened.LastDueAt.Equal(last) || !opened.Ends(evening).Equal(last.Add(opened.Until)) {
		t.Errorf("got %+v", opened)
	}
	wavesAre(t, s, opened.Number, map[time.Duration]int{0: 2, afterFive: 3, afterEight: 1})
	l := s.Ledger(opened.Number)
	for after, want := range map[time.Duration]int{
		0: 2, afterFive - time.Second: 2, afterFive: 5, afterEight - time.Second: 5, afterEight: 6,
	} {
		if got := len(owed(t, l, evening.Add(after))); got != want {
			t.Errorf("after %s %d are owed, want %d", after, got, want)
		}
	}
	begins(t, s, opened.Number, digest.Sending)
	sendOne(t, l)
	sendOne(t, l)
	if swept := sweep(t, l, digest.Sweeping{Now: evening}); !swept.Next.Equal(evening.Add(afterFive)) {
		t.Errorf("the next are due at %s", swept.Next)
	}
	// Each is too old so long after its own time.
	now := evening.Add(afterFive + opened.Until)
	swept := sweep(t, l, digest.Sweeping{Now: now, TooOld: now.Add(-opened.Until)})
	if swept.TooOld != 3 {
		t.Errorf("%d are too old, want the three of New York", swept.TooOld)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 6, Sent: 2, Expired: 3, Pending: 1})
	verified(t, s, opened.Number)
}

// aWaveStaysOneWhateverIsDoneAhead: who joins a frozen edition has the hour of their time
// zone, and whoever sends it early sends it to the first wave alone.
func aWaveStaysOneWhateverIsDoneAhead(t *testing.T, open Open) {
	s := open(t, Options{})
	o := inWaves(t, s)
	o.At, o.Due = o.At.Add(-early), o.At
	o.Edition.Window.To = o.At
	for range 2 {
		opened, err := s.Book.OpenEdition(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Book.Discard(t.Context(), opened.ID); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := s.Book.OpenEdition(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	addReaderIn(t, s, losAngeles, 2)
	addReaderIn(t, s, "Asia/Tokyo", 2)
	now := evening.Add(-early / 2)
	if err := s.Book.Hasten(t.Context(), opened.Number, now); err != nil {
		t.Fatal(err)
	}
	begins(t, s, opened.Number, digest.Sending)
	wavesAre(t, s, opened.Number, map[time.Duration]int{-early / 2: 3, afterFive: 3, afterEight: 2})
	verified(t, s, opened.Number)
}

func aCorrectionHasTheWavesThatAreToCome(t *testing.T, open Open) {
	s := open(t, Options{})
	opened, err := s.Book.OpenEdition(t.Context(), inWaves(t, s))
	if err != nil {
		t.Fatal(err)
	}
	begins(t, s, opened.Number, digest.Sending)
	l := s.Ledger(opened.Number)
	sendOne(t, l)
	sendOne(t, l)
	act(t, s, 0, digest.Halt)
	c := correctAs(t, s, correction(2, "It is closed."), nil)
	wantTally(t, s, 0, digest.Tally{Opened: 6, Sent: 2, Skipped: 4})
	wavesAre(t, s, c.Number, map[time.Duration]int{20 * time.Minute: 2, afterFive: 3, afterEight: 1})
	if !c.LastDueAt.Equal(evening.Add(afterEight)) {
		t.Errorf("the last of the correction are due at %s", c.LastDueAt)
	}
	if tally := c.Tally; tally.Opened != 6 || tally.Pending != 6 {
		t.Errorf("got %+v", tally)
	}
	verified(t, s, c.Number)
}
