package publish

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers"
	"vesper/subscribers/store"
)

// zoned counts the readers of a real list.
type zoned struct {
	*book
	list *store.List
}

func (z zoned) Zones(ctx context.Context, id digest.ID) ([]digest.Zone, error) {
	return z.list.Zones(ctx, id)
}

// listOfTheWorld is a list of readers with time zones of all kinds, by where they live.
func listOfTheWorld(t *testing.T, random *rand.Rand, n int, since time.Time) (*store.File, map[string]string) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "vesper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	zones := append(zonesOfThisMachine(t), "", "Atlantis/Harbour")
	lives := map[string]string{}
	for i := range n {
		name := zones[random.IntN(len(zones))]
		if i%10 == 0 {
			name = ""
		}
		a, err := subscribers.ParseAddress(fmt.Sprintf("reader%d@paper.example", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.List().Add(t.Context(), subscribers.Subscriber{
			Address: a, Status: subscribers.Active, Preferences: subscribers.Preferences{Timezone: name},
		}, since); err != nil {
			t.Fatal(err)
		}
		lives[a.String()] = name
	}
	return s, lives
}

// TestEveryReaderIsOwedOnceAndFromTheirHourOn draws readers of all zones, opens editions for
// them around changes of the clock, on time and late, and looks second by second at who is owed.
func TestEveryReaderIsOwedOnceAndFromTheirHourOn(t *testing.T) {
	whole.NotRaced(t)
	random := rand.New(rand.NewPCG(7, 18))
	home, _ := Known("Europe/London")
	quiet := digest.Quiet{From: 22 * time.Hour, To: 7 * time.Hour}
	slot, err := NewSlot(digest.Slot{
		Name: "evening", Schedule: "0 18 * * *", Wave: digest.WaveSubscriber, Quiet: quiet,
	}, home)
	if err != nil {
		t.Fatal(err)
	}
	s, lives := listOfTheWorld(t, random, 200, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	for i, date := range []digest.Date{
		{Year: 2026, Month: 3, Day: 7},
		{Year: 2026, Month: 3, Day: 29},
		{Year: 2026, Month: 10, Day: 25},
		{Year: 2026, Month: 11, Day: 1},
	} {
		base, _ := slot.At(date)
		if i == 2 {
			base = base.Add(5 * time.Hour) // it was held, and is let go in London's night
		}
		d := Decision{Slot: slot, Edition: worldwide(date, base)}
		waves, err := (&Publisher{Counts: zoned{list: s.List()}}).waves(t.Context(), d, base)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := s.Book().OpenEdition(t.Context(), digest.Opening{
			Edition: d.Edition, At: base, Until: 24 * time.Hour, Waves: waves,
			Messages: []digest.Message{{Variant: digest.Designed, Subject: "x", Bytes: []byte("Subject: x\r\n\r\nx")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		owedFromTheirHour(t, s, opened, lives, func(zone string) time.Time {
			there, known := Known(zone)
			if !known {
				there = home
			}
			return promised(slot, there, date, base)
		})
	}
}

// worldwide is an edition of a day, cut off at its opening.
func worldwide(date digest.Date, at time.Time) digest.Edition {
	return digest.Edition{
		ID: digest.ID{Date: date, Slot: "evening", Sequence: 1}, Title: "Evening Edition",
		Window:   digest.Window{From: at.Add(-24 * time.Hour), To: at},
		Articles: []digest.Article{{ID: date.String(), Headline: "The harbour reopens", Published: at.Add(-time.Hour)}},
	}
}

// owedFromTheirHour wants every reader to be owed an edition once, from the time promised to
// those who live where they do, and not a second earlier.
func owedFromTheirHour(
	t *testing.T, s *store.File, opened digest.Tallied, lives map[string]string, promise func(string) time.Time,
) {
	t.Helper()
	owed := func(now time.Time) map[string]bool {
		rows, err := s.Ledger(opened.Number).Owed(t.Context(), digest.Whole(), now, nil, 10*len(lives))
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]bool{}
		for _, row := range rows {
			if all[row.Address] {
				t.Errorf("%s: %s is owed it twice", opened.ID, row.Address)
			}
			all[row.Address] = true
		}
		return all
	}
	at := map[time.Time]map[string]bool{}
	for address, zone := range lives {
		due := promise(zone).UTC()
		for _, now := range []time.Time{due.Add(-time.Second), due} {
			if at[now] == nil {
				at[now] = owed(now)
			}
		}
		if at[due.Add(-time.Second)][address] || !at[due][address] {
			t.Errorf("%s: %s in %q is not due at %s", opened.ID, address, zone, due)
		}
		if due.After(opened.LastBegins()) {
			t.Errorf("%s: %s is due at %s, after the last wave at %s", opened.ID, address, due, opened.LastBegins())
		}
	}
	if got := len(owed(opened.LastBegins())); got != len(lives) {
		t.Errorf("%s: %d of %d readers are owed it in the end", opened.ID, got, len(lives))
	}
}
