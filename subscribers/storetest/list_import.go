package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func enrol(t testing.TB, s Store, all []subscribers.Row, now time.Time) subscribers.Counts {
	t.Helper()
	counts, err := s.List.EnrolAll(t.Context(), slices.Values(all), now)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// planned wants a plan to count what was done.
func planned(t testing.TB, s Store, all []subscribers.Row, want subscribers.Counts) {
	t.Helper()
	if got, err := s.List.EnrolPlan(t.Context(), slices.Values(all)); got != want || err != nil {
		t.Errorf("planned %+v, %v, want %+v", got, err, want)
	}
}

func anImportCountsItsRows(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 2)
	waits := add(t, s, subscribers.Subscriber{
		Address: address(t, "waits@news.example"),
		Status:  subscribers.Unconfirmed,
	})
	unsubscribe(t, s, readers[0].PublicID, evening)
	file := rows(active(waits.Address), active(waits.Address), active(readers[0].Address), active(readers[1].Address))
	for i := range many + 50 {
		file = append(file, rows(active(address(t, fmt.Sprintf("new%d@paper.example", i%(many+10)))))...)
	}
	want := subscribers.Counts{Added: many + 10, Changed: 1, Unchanged: 42, Suppressed: 1}
	planned(t, s, file, want)
	if n := len(everybody(t, s)); n != 3 {
		t.Errorf("planning left %d rows, want 3", n)
	}
	if got := enrol(t, s, file, evening); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := enrol(t, s, file, evening),
		(subscribers.Counts{Unchanged: many + 53, Suppressed: 1}); got != want {
		t.Errorf("again: got %+v, want %+v", got, want)
	}
	id := Opening(0).Edition.ID
	if n, err := s.List.Count(t.Context(), id); n != many+12 || err != nil {
		t.Errorf("counted %d, %v, want %d", n, err, many+12)
	}
	domains, err := s.List.Domains(t.Context(), id)
	wantDomains := []subscribers.Domain{
		{Name: "paper.example", Readers: many + 10},
		{Name: "news.example", Readers: 2},
	}
	if diff := cmp.Diff(wantDomains, domains); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	var listed []string
	for _, one := range everybody(t, s) {
		listed = append(listed, one.Address.Key())
	}
	if len(listed) != many+13 || !slices.IsSorted(listed) {
		t.Errorf("listed %d, sorted: %v", len(listed), slices.IsSorted(listed))
	}
	for range s.List.Subscribers(t.Context()) {
		break
	}
}

func anImportKeepsTheStatusOfEachRow(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 3)
	proof := subscribers.Consent{
		AskedAt: evening, AskedFrom: "192.0.2.1", Form: "https://blog.quay.example",
		ConfirmedAt: evening.Add(time.Hour), ConfirmedFrom: "192.0.2.2",
	}
	proven := active(readers[1].Address)
	proven.Consent = proof
	fresh := subscribers.Subscriber{
		Address: address(t, "fresh@quay.example"), Name: "Fresh", Status: subscribers.Active, Consent: proof,
		Created: evening.AddDate(-1, 0, 0),
		Preferences: subscribers.Preferences{
			Evenings: subscribers.Weekend, Slots: []string{"morning", "evening"}, Variant: digest.Plain,
			Timezone: "Europe/Lisbon", PausedUntil: "2027-01-05",
		},
		Provenance: subscribers.Provenance{Source: "members.csv", SHA256: "e3b0", Row: 7},
		Tags:       []string{"Founders", "with, comma", `"quoted"`},
	}
	left := address(t, "left@quay.example")
	file := rows(barred(readers[0].Address, subscribers.HardBounce), proven, active(readers[2].Address), fresh,
		barred(left, subscribers.ByReader), active(left), active(readers[0].Address), fresh)
	want := subscribers.Counts{Added: 1, Changed: 1, Unchanged: 2, Suppressed: 4}
	planned(t, s, file, want)
	if got := enrol(t, s, file, evening); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	again := subscribers.Counts{Unchanged: 4, Suppressed: 4}
	planned(t, s, file, again)
	before := everybody(t, s)
	if got := enrol(t, s, file, evening.Add(time.Hour)); got != again {
		t.Errorf("again: got %+v, want %+v", got, again)
	}
	if diff := cmp.Diff(before, everybody(t, s), byString); diff != "" {
		t.Errorf("importing again changed %s", diff)
	}
	got, err := s.List.Subscriber(t.Context(), fresh.Address)
	if err != nil {
		t.Fatal(err)
	}
	fresh.ID, fresh.PublicID, fresh.Confirmed = got.ID, got.PublicID, proof.ConfirmedAt
	if diff := cmp.Diff(fresh, got, byString); diff != "" {
		t.Error(diff)
	}
	got, err = s.List.Subscriber(t.Context(), readers[1].Address)
	if diff := cmp.Diff(proof, got.Consent); diff != "" || err != nil ||
		got.Provenance.Source != subscribers.FromAdmin {
		t.Errorf("%v, the first that had proof: %s", err, diff)
	}
	if got := status(t, s, readers[0].Address); got != subscribers.Suppressed {
		t.Errorf("who bounced is %s", got)
	}
	if got := status(t, s, left); got != "" {
		t.Errorf("who left has a row: %s", got)
	}
}
