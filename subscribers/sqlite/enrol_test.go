package sqlite

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vesper/digest"
	"vesper/subscribers"
)

var byString = cmp.Comparer(func(a, b subscribers.Address) bool { return a.String() == b.String() })

func active(a subscribers.Address) Enrol {
	return Enrol{Subscriber: subscribers.Subscriber{Address: a, Status: subscribers.Active}}
}

func TestAddingIsIdempotent(t *testing.T) {
	s := newStore(t)
	ines := subscribers.Subscriber{Address: address(t, "Ines@News.example"), Name: "Ines", Status: subscribers.Unconfirmed, Preferences: subscribers.Preferences{Timezone: "Europe/Lisbon"}}
	first, isNew, err := s.Add(t.Context(), ines, evening)
	if !isNew || err != nil {
		t.Fatalf("%v, %v", isNew, err)
	}
	want := ines
	want.Created, want.Variant, want.Evenings = evening, digest.Designed, subscribers.EveryEvening
	want.Provenance.Source = subscribers.FromAdmin
	if diff := cmp.Diff(want, first, byString, cmpopts.IgnoreFields(subscribers.Subscriber{}, "ID", "PublicID")); diff != "" {
		t.Error(diff)
	}
	later := evening.Add(time.Hour)
	again := subscribers.Subscriber{Address: address(t, "ines@NEWS.example"), Name: "Somebody", Status: subscribers.Active}
	want = first
	want.Status, want.Confirmed = subscribers.Active, later
	for range 2 {
		got, isNew, err := s.Add(t.Context(), again, later)
		if isNew || err != nil {
			t.Errorf("%v, %v", isNew, err)
		}
		if diff := cmp.Diff(want, got, byString); diff != "" {
			t.Error(diff)
		}
		later = later.Add(time.Hour)
	}
	found, err := s.Subscriber(t.Context(), again.Address)
	if diff := cmp.Diff(want, found, byString); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if _, err := s.Subscriber(t.Context(), address(t, "nobody@news.example")); !errors.Is(err, subscribers.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	for _, bad := range []subscribers.Subscriber{{Status: subscribers.Active}, {Address: ines.Address}, {Address: ines.Address, Status: subscribers.Suppressed}} {
		if _, _, err := s.Add(t.Context(), bad, evening); err == nil {
			t.Errorf("added %+v", bad)
		}
	}
}

func TestWhoLeftIsNotBroughtBack(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 2)
	for i := range 2 {
		if changed, err := s.Unsubscribe(t.Context(), readers[0].PublicID, evening); changed != (i == 0) || err != nil {
			t.Fatal(changed, err)
		}
	}
	if ok, err := s.Unsubscribe(t.Context(), readers[0].PublicID+1, evening); ok || err != nil {
		t.Errorf("an unknown reader left: %v, %v", ok, err)
	}
	again := subscribers.Subscriber{Address: readers[0].Address, Status: subscribers.Active}
	got, isNew, err := s.Add(t.Context(), again, evening)
	if isNew || !errors.Is(err, ErrSuppressed) || got.Status != subscribers.Unsubscribed || got.ID != readers[0].ID {
		t.Errorf("got %+v, %v, %v", got, isNew, err)
	}
	for _, r := range readers {
		if ok, err := s.Remove(t.Context(), r.Address, evening); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if ok, err := s.Remove(t.Context(), r.Address, evening); ok || err != nil {
			t.Errorf("removed twice: %v, %v", ok, err)
		}
	}
	got, isNew, err = s.Add(t.Context(), again, evening)
	if isNew || !errors.Is(err, ErrSuppressed) || got.Status != subscribers.Suppressed || got.Reason != "unsubscribed" || got.ID != 0 {
		t.Errorf("after removal: got %+v, %v, %v", got, isNew, err)
	}
	counts, err := s.EnrolAll(t.Context(), slices.Values([]Enrol{{Subscriber: again}, active(readers[1].Address)}), evening)
	if want := (Counts{Added: 1, Suppressed: 1}); counts != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", counts, err, want)
	}
	if got := count(t, s, `SELECT id FROM subscribers`); int64(got) <= readers[1].ID {
		t.Errorf("row %d came back", got)
	}
	if n := count(t, s, `SELECT count(*) FROM suppressions WHERE instr(address_hash, 'reader') > 0`); n != 0 {
		t.Error("a suppression tells the address")
	}
}

func TestAnImportCountsWhatBecameOfItsRows(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 2)
	waits := subscribers.Subscriber{Address: address(t, "waits@news.example"), Status: subscribers.Unconfirmed}
	if _, _, err := s.Add(t.Context(), waits, evening); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unsubscribe(t.Context(), readers[0].PublicID, evening); err != nil {
		t.Fatal(err)
	}
	rows := func(yield func(Enrol) bool) {
		for _, a := range []subscribers.Address{waits.Address, waits.Address, readers[0].Address, readers[1].Address} {
			if !yield(active(a)) {
				return
			}
		}
		for i := range chunk + 50 {
			a := address(t, fmt.Sprintf("new%d@paper.example", i%(chunk+10)))
			if !yield(active(a)) {
				return
			}
		}
	}
	want := Counts{Added: chunk + 10, Changed: 1, Unchanged: 42, Suppressed: 1}
	planned, err := s.EnrolPlan(t.Context(), rows)
	if planned != want || err != nil {
		t.Errorf("planned %+v, %v, want %+v", planned, err, want)
	}
	if n := count(t, s, `SELECT count(*) FROM subscribers`); n != 3 {
		t.Errorf("planning left %d rows, want 3", n)
	}
	got, err := s.EnrolAll(t.Context(), rows, evening)
	if got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	got, err = s.EnrolAll(t.Context(), rows, evening)
	if want := (Counts{Unchanged: chunk + 53, Suppressed: 1}); got != want || err != nil {
		t.Errorf("again: got %+v, %v, want %+v", got, err, want)
	}

	if n, err := s.Count(t.Context(), opening(0).Edition.ID); n != chunk+12 || err != nil {
		t.Errorf("counted %d, %v, want %d", n, err, chunk+12)
	}
	domains, err := s.Domains(t.Context(), opening(0).Edition.ID)
	if diff := cmp.Diff([]Domain{{"paper.example", chunk + 10}, {"news.example", 2}}, domains); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	var listed []string
	for one, err := range s.Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, one.Address.Key())
	}
	if len(listed) != chunk+13 || !slices.IsSorted(listed) {
		t.Errorf("listed %d, sorted: %v", len(listed), slices.IsSorted(listed))
	}
	for range s.Subscribers(t.Context()) {
		break
	}
}

func TestAnAddressCannotSmuggleAnything(t *testing.T) {
	s := newStore(t)
	for _, bad := range []string{"a b@c.example", "a@c.example\r\nx", "<a@c.example>", "a\x00@c.example\x7f", "nobody", "@c.example"} {
		_, err := s.write.conn.ExecContext(t.Context(), `INSERT INTO subscribers (public_id, address, address_key, status, created_at)
			VALUES (1, ?1, ?1, 'unconfirmed', 0)`, bad)
		if err == nil {
			t.Errorf("the table took %q", bad)
		}
	}
}
