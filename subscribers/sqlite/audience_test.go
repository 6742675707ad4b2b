package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// The rule of an audience is written twice, in Go and in SQL. Over a calendar that
// has two month ends, a leap day and both changes of the clock they must agree,
// and with what the preferences say in words.
func TestEditionsComeOnTheEveningsThatReadersChose(t *testing.T) {
	s := newStore(t)
	choices := map[string]subscribers.Preferences{}
	for e := range subscribers.EveryEvening + 1 {
		choices[fmt.Sprintf("evenings%d", e)] = subscribers.Preferences{Evenings: e}
	}
	for _, slots := range []string{"evening", "morning", "eve", "morning,evening", "noon"} {
		choices["slots"+strings.ReplaceAll(slots, ",", "-")] = subscribers.Preferences{Slots: strings.Split(slots, ",")}
	}
	for _, day := range []string{"2028-02-27", "2028-02-29", "2028-03-01", "2029-01-01"} {
		choices["until"+day] = subscribers.Preferences{PausedUntil: day, Slots: []string{"evening"}}
	}
	for name, p := range choices {
		r, _, err := s.Add(t.Context(), active(address(t, name+"@quay.example")).Subscriber, evening)
		if err != nil {
			t.Fatal(err)
		}
		p.Variant = digest.Designed
		if err := s.Prefer(t.Context(), r.PublicID, p); err != nil {
			t.Fatal(err)
		}
	}
	days := []string{"2026-11-01", "2026-03-29", "2026-12-31", "2027-01-01", "2028-02-26", "2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02"}
	for number, day := range days {
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
			o := opening(0)
			o.Edition.ID = digest.ID{Date: date, Slot: slot, Sequence: 1}
			for i := range o.Edition.Articles {
				o.Edition.Articles[i].ID += day + slot
			}
			n, err := s.Count(t.Context(), o.Edition.ID)
			if n != len(want) || err != nil {
				t.Errorf("%s: counted %d, %v, want %d", o.Edition.ID, n, err, len(want))
			}
			if domains, err := s.Domains(t.Context(), o.Edition.ID); len(domains) != 1 || domains[0].Readers != n || err != nil {
				t.Errorf("%s: %v, %v", o.Edition.ID, domains, err)
			}
			r, err := s.OpenEdition(t.Context(), o)
			if err != nil {
				t.Fatal(number, err)
			}
			got := map[string]bool{}
			for _, d := range owed(t, s, r.Number, o.At) {
				got[d.Address] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", o.Edition.ID, diff)
			}
		}
	}
}

func TestPreferencesInWords(t *testing.T) {
	sunday, err := digest.ParseDate("2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		p    subscribers.Preferences
		want string
	}{
		{subscribers.Preferences{}, ""},
		{subscribers.Preferences{Evenings: subscribers.Weekend, Slots: []string{"evening"}, PausedUntil: "2026-11-22"}, ""},
		{subscribers.Preferences{PausedUntil: "2026-11-23"}, "paused until 2026-11-23"},
		{subscribers.Preferences{Evenings: subscribers.MondayToFriday}, "wants monday-friday, and this is a Sunday"},
		{subscribers.Preferences{Slots: []string{"morning", "noon"}}, "wants the slots morning, noon"},
	} {
		if got := c.p.Declines(sunday.In(time.UTC), "evening"); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.p, got, c.want)
		}
	}
}

func TestPreferencesDoNotTouchAnOpenEdition(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 2)
	mustOpen(t, s, 0)
	away := subscribers.Preferences{Evenings: 1 << time.Monday, Slots: []string{"noon"}, Variant: digest.Plain, Timezone: "Asia/Tokyo", PausedUntil: "2030-01-01"}
	for _, r := range readers {
		if err := s.Prefer(t.Context(), r.PublicID, away); err != nil {
			t.Fatal(err)
		}
	}
	ds := owed(t, s, 1, evening)
	if len(ds) != 2 || ds[0].Variant != digest.Designed {
		t.Fatalf("got %+v, want both as they were entered", ds)
	}
	if ok, err := s.Intend(t.Context(), ds[0], evening); !ok || err != nil {
		t.Errorf("a pause keeps back what was opened: %v, %v", ok, err)
	}
	if next, err := s.Sweep(t.Context(), whole(1), evening, evening.Add(-time.Hour)); next.IsZero() || err != nil {
		t.Errorf("a pause sweeps away what was opened: %v, %v", next, err)
	}
	if _, err := s.OpenEdition(t.Context(), opening(1)); !errors.Is(err, digest.ErrNobody) {
		t.Errorf("got %v for an edition that nobody wants, want ErrNobody", err)
	}
	got, err := s.Reader(t.Context(), readers[1].PublicID)
	if diff := cmp.Diff(away, got.Preferences); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if err := s.Prefer(t.Context(), readers[1].PublicID+1, away); err != nil {
		t.Errorf("of nobody: %v", err)
	}
	for _, bad := range []subscribers.Preferences{{}, {Variant: "large"}, {Variant: digest.Plain, Timezone: "Mars/Base"}, {Variant: digest.Plain, Evenings: 0xff}} {
		if err := s.Prefer(context.Background(), readers[1].PublicID, bad); err == nil {
			t.Errorf("%+v is kept", bad)
		}
	}
}
