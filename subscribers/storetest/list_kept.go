package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// offTheList makes readers with all that can be known of one, who have left, have
// complained, or bounced.
func offTheList(t testing.TB, s Store) {
	t.Helper()
	before := evening.AddDate(-1, 0, 0)
	is := subscribers.Subscriber{
		Name: "Ana Ruiz", Status: subscribers.Active, Created: before, Tags: []string{"Founders"},
		Consent: subscribers.Consent{
			AskedAt: before, AskedFrom: "192.0.2.1", Form: "8f4e0a6c12d0b95e",
			ConfirmedAt: before.AddDate(0, 0, 1), ConfirmedFrom: "192.0.2.2",
		},
		Preferences: subscribers.Preferences{
			Evenings: subscribers.Weekend, Slots: []string{"evening"}, Variant: digest.Plain,
			Timezone: "Europe/Lisbon",
		},
		Provenance: subscribers.Provenance{Source: "members.csv", SHA256: "e3b0", Row: 7},
	}
	for i, reasons := range [][]string{
		{subscribers.ByReader},
		{subscribers.Complaint, subscribers.Manual},
		{subscribers.HardBounce},
	} {
		is.Address = address(t, fmt.Sprintf("ana%d@quay.example", i))
		r := add(t, s, is)
		if i == 0 {
			unsubscribe(t, s, r.PublicID, evening)
			continue
		}
		for _, reason := range reasons {
			suppress(t, s, is.Address, reason, evening)
		}
	}
}

// whoIsOffTheListIsKept moves a list: the readers of one database are the same in
// another, those included who are off the list. But nobody comes back by an old file
// who was removed since.
func whoIsOffTheListIsKept(t *testing.T, open Open) {
	s := open(t, Options{})
	offTheList(t, s)
	was := everybody(t, s)
	var file []subscribers.Row
	for _, r := range was {
		file = append(file, subscribers.Row{Subscriber: r, Keep: true})
		if _, err := s.List.Remove(t.Context(), r.Address, nil, evening); err != nil {
			t.Fatal(err)
		}
	}
	want := subscribers.Counts{Suppressed: 3}
	planned(t, s, file, want)
	if got := enrol(t, s, file, evening); got != want || len(everybody(t, s)) != 0 {
		t.Errorf("who was removed came back by an old file: %+v", got)
	}
	// In another database they are as they were: here, under other addresses.
	for i := range file {
		file[i].Subscriber.Address = address(t, "moved-"+file[i].Subscriber.Address.String())
		was[i].Address = file[i].Subscriber.Address
	}
	planned(t, s, file, want)
	for range 2 {
		if got := enrol(t, s, file, evening.AddDate(0, 1, 0)); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if diff := cmp.Diff(was, everybody(t, s), sameReader); diff != "" {
			t.Error(diff)
		}
	}
	got, err := s.List.Suppressions(t.Context(), file[1].Subscriber.Address)
	if len(got) != 2 || !got[0].Since.Equal(evening) || err != nil {
		t.Errorf("got %v, %v, want both reasons since %s", got, err, evening)
	}
	if n, err := s.List.Count(t.Context(), Opening(0).Edition.ID); n != 0 || err != nil {
		t.Errorf("%d would be mailed (%v)", n, err)
	}
	if _, err := s.List.Erase(t.Context(), file[0].Subscriber.Address, evening); err != nil {
		t.Fatal(err)
	}
	if got := enrol(t, s, file, evening); got != want || len(everybody(t, s)) != 2 {
		t.Errorf("the erased came back: %+v", got)
	}
	// A row that says otherwise is not active for it.
	odd := subscribers.Row{Keep: true, Subscriber: active(address(t, "odd@quay.example"))}
	odd.Subscriber.Suppressions = []string{subscribers.Complaint}
	enrol(t, s, []subscribers.Row{odd}, evening)
	if got := status(t, s, odd.Subscriber.Address); got != subscribers.Suppressed {
		t.Errorf("it is %q", got)
	}
	odd.Subscriber.Suppressions = []string{subscribers.Complaint, "bored"}
	if _, err := s.List.EnrolAll(t.Context(), slices.Values([]subscribers.Row{odd}), evening); err == nil {
		t.Error("any reason will do")
	}
}
