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

func TestASuppressionTakesOffWhatIsPending(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 2)
	mustOpen(t, s, 0)
	for i := range 2 {
		if changed, err := s.Suppress(t.Context(), readers[0].Address, subscribers.Complaint, evening); changed != (i == 0) || err != nil {
			t.Fatal(changed, err)
		}
	}
	r, err := s.Record(t.Context(), opening(0).Edition.ID)
	if want := (digest.Tally{Opened: 2, Skipped: 1, Pending: 1}); r.Tally != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", r.Tally, err, want)
	}
	got, err := s.Subscriber(t.Context(), readers[0].Address)
	if got.Status != subscribers.Suppressed || got.Reason != subscribers.Complaint || err != nil {
		t.Errorf("got %s %s, %v", got.Status, got.Reason, err)
	}
	if _, err := s.Suppress(t.Context(), readers[0].Address, "bored", evening); err == nil {
		t.Error("any reason will do")
	}
}

// Whatever is said in whatever order: what the reader said is not lifted by the
// admin, and what the admin said is not lifted by the reader.
func TestEachReasonIsLiftedByWhoMay(t *testing.T) {
	for _, row := range []bool{true, false} {
		for set := range 1 << len(subscribers.Reasons) {
			s := newStore(t)
			ana := address(t, "ana@quay.example")
			if row {
				if _, _, err := s.Add(t.Context(), active(ana).Subscriber, evening); err != nil {
					t.Fatal(err)
				}
			}
			admins, readers := false, false
			for i, reason := range subscribers.Reasons {
				if set&(1<<i) == 0 {
					continue
				}
				admins, readers = admins || subscribers.Liftable(reason), readers || !subscribers.Liftable(reason)
				if changed, err := s.Suppress(t.Context(), ana, reason, evening); !changed || err != nil {
					t.Fatal(reason, changed, err)
				}
			}
			what := fmt.Sprintf("row %v, reasons %04b", row, set)
			if posted := signUp(t, s, ana, "", evening); posted != (!admins && (readers || !row)) {
				t.Errorf("%s: sign-up posted %v", what, posted)
			}
			for i := range 2 {
				changed, err := s.Unsuppress(t.Context(), ana, evening)
				if changed != (admins && i == 0) || errors.Is(err, ErrSuppressed) != readers {
					t.Errorf("%s: lifted %v, %v", what, changed, err)
				}
			}
			got := status(t, s, ana)
			switch {
			case row && readers && !gone(got), row && !readers && got != subscribers.Active:
				t.Errorf("%s: the reader is %s", what, got)
			}
			counts, err := s.EnrolAll(t.Context(), slices.Values([]Enrol{active(ana)}), evening)
			if (counts.Suppressed == 1) != readers || err != nil {
				t.Errorf("%s: an import gives %+v, %v", what, counts, err)
			}
		}
	}
}

func TestWhoCannotBeAddedIsToldWhy(t *testing.T) {
	for _, row := range []bool{true, false} {
		s := newStore(t)
		ana := address(t, "ana@quay.example")
		if row {
			if _, _, err := s.Add(t.Context(), active(ana).Subscriber, evening); err != nil {
				t.Fatal(err)
			}
		}
		for _, reason := range []string{subscribers.Manual, subscribers.HardBounce, subscribers.Complaint} {
			if _, err := s.Suppress(t.Context(), ana, reason, evening); err != nil {
				t.Fatal(err)
			}
			_, _, err := s.Add(t.Context(), active(ana).Subscriber, evening)
			why, ok := errors.AsType[subscribers.Barred](err)
			if !ok || why.Reason != reason || !errors.Is(err, ErrSuppressed) {
				t.Errorf("row %v: got %v, %+v, want %s", row, err, why, reason)
			}
		}
	}
}

func TestWhoLeftWhileSuppressedHasLeft(t *testing.T) {
	s := newStore(t)
	r := addReaders(t, s, 1)[0]
	if _, err := s.Suppress(t.Context(), r.Address, subscribers.Manual, evening); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if changed, err := s.Unsubscribe(t.Context(), r.PublicID, evening); changed != (i == 0) || err != nil {
			t.Error(changed, err)
		}
	}
	if changed, err := s.Unsuppress(t.Context(), r.Address, evening); !changed || !errors.Is(err, ErrSuppressed) {
		t.Errorf("got %v, %v", changed, err)
	}
	if got := status(t, s, r.Address); got != subscribers.Unsubscribed {
		t.Errorf("the reader is %s", got)
	}
}

// A weaker reason that comes later does not hide what the reader said.
func TestTheGravestReasonIsNamed(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want string
	}{
		{[]string{subscribers.Complaint, subscribers.Manual}, subscribers.Complaint},
		{[]string{subscribers.HardBounce, subscribers.ByReader, subscribers.Manual}, subscribers.ByReader},
		{[]string{subscribers.Manual, subscribers.HardBounce}, subscribers.HardBounce},
		{[]string{subscribers.Manual}, subscribers.Manual},
	} {
		s := newStore(t)
		r := addReaders(t, s, 1)[0]
		for _, reason := range c.in {
			if _, err := s.Suppress(t.Context(), r.Address, reason, evening); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Subscriber(t.Context(), r.Address)
		if got.Reason != c.want || got.Left != evening || err != nil {
			t.Errorf("%q: the row says %q since %s (%v), want %q", c.in, got.Reason, got.Left, err, c.want)
		}
		for listed, err := range s.Subscribers(t.Context()) {
			if diff := cmp.Diff(subscribers.ByGravity(c.in), listed.Suppressions); diff != "" || err != nil {
				t.Errorf("%q: listed: %v %s", c.in, err, diff)
			}
		}
		// Leaving is graver than what an admin said.
		if _, err := s.Unsubscribe(t.Context(), r.PublicID, evening.Add(aHour)); err != nil {
			t.Fatal(err)
		}
		got, err = s.Reader(t.Context(), r.PublicID)
		want := subscribers.ByGravity(append(c.in, subscribers.ByReader))
		if diff := cmp.Diff(want, got.Suppressions); diff != "" || got.Reason != want[0] || err != nil {
			t.Errorf("%q: once left, the row says %q (%v) %s", c.in, got.Reason, err, diff)
		}
	}
}

func TestSuppressionsOutliveTheRow(t *testing.T) {
	s := newStore(t)
	r := addReaders(t, s, 1)[0]
	for i, reason := range []string{subscribers.Manual, subscribers.HardBounce} {
		if _, err := s.Suppress(t.Context(), r.Address, reason, evening.Add(time.Duration(i)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Remove(t.Context(), r.Address, evening); err != nil {
		t.Fatal(err)
	}
	got, err := s.Suppressions(t.Context(), r.Address)
	want := []Suppression{{subscribers.Manual, evening}, {subscribers.HardBounce, evening.Add(time.Hour)}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// The readers of one database are the same in another, those included who are
// off the list; but nobody comes back by an old file who was removed since.
func TestWhoIsOffTheListIsKeptAsTheRowSays(t *testing.T) {
	from, to := newStore(t), newStore(t)
	known := subscribers.Subscriber{
		Name: "Ana Ruiz", Status: subscribers.Active, Created: evening.AddDate(-1, 0, 0), Tags: []string{"Founders"},
		Consent:     subscribers.Consent{AskedAt: evening.AddDate(-1, 0, 0), AskedFrom: "192.0.2.1", ConfirmedAt: evening.AddDate(-1, 0, 1), ConfirmedFrom: "192.0.2.2"},
		Preferences: subscribers.Preferences{Evenings: subscribers.Weekend, Slots: []string{"evening"}, Variant: digest.Plain, Timezone: "Europe/Lisbon"},
		Provenance:  subscribers.Provenance{Source: "members.csv", SHA256: "e3b0", Row: 7},
	}
	for i, reasons := range [][]string{{subscribers.ByReader}, {subscribers.Complaint, subscribers.Manual}, {subscribers.HardBounce}} {
		known.Address = address(t, fmt.Sprintf("ana%d@quay.example", i))
		r, _, err := from.Add(t.Context(), known, evening)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			_, err = from.Unsubscribe(t.Context(), r.PublicID, evening)
		}
		for _, reason := range reasons {
			if i > 0 && err == nil {
				_, err = from.Suppress(t.Context(), known.Address, reason, evening)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	everybody := func(s *Store) (all []subscribers.Subscriber) {
		for r, err := range s.Subscribers(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r)
		}
		return all
	}
	var rows []Enrol
	for _, r := range everybody(from) {
		rows = append(rows, Enrol{Subscriber: r, Suppressions: r.Suppressions, Keep: true})
	}
	want := Counts{Suppressed: 3}
	if planned, err := to.EnrolPlan(t.Context(), slices.Values(rows)); planned != want || err != nil {
		t.Errorf("planned %+v, %v, want %+v", planned, err, want)
	}
	for range 2 {
		if got, err := to.EnrolAll(t.Context(), slices.Values(rows), evening.AddDate(0, 1, 0)); got != want || err != nil {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if diff := cmp.Diff(everybody(from), everybody(to), byString, cmpopts.IgnoreFields(subscribers.Subscriber{}, "ID", "PublicID")); diff != "" {
			t.Error(diff)
		}
	}
	before := count(t, to, `SELECT total_changes()`)
	if _, err := to.EnrolAll(t.Context(), slices.Values(rows), evening); err != nil || count(t, to, `SELECT total_changes()`) != before {
		t.Errorf("once more changes something (%v)", err)
	}
	if got, err := to.Suppressions(t.Context(), rows[1].Subscriber.Address); len(got) != 2 || !got[0].Since.Equal(evening) || err != nil {
		t.Errorf("got %v, %v, want both reasons since %s", got, err, evening)
	}
	if n, err := to.Count(t.Context(), opening(0).Edition.ID); n != 0 || err != nil {
		t.Errorf("%d would be mailed (%v)", n, err)
	}
	if _, err := to.Erase(t.Context(), rows[0].Subscriber.Address, evening); err != nil {
		t.Fatal(err)
	}
	if got, err := to.EnrolAll(t.Context(), slices.Values(rows), evening); got != want || err != nil || len(everybody(to)) != 2 {
		t.Errorf("the erased came back: %+v, %v", got, err)
	}
	// A row that says otherwise is not active for it.
	odd := Enrol{Subscriber: active(address(t, "odd@quay.example")).Subscriber, Suppress: subscribers.Complaint, Keep: true}
	if _, err := to.EnrolAll(t.Context(), slices.Values([]Enrol{odd}), evening); err != nil || status(t, to, odd.Subscriber.Address) != subscribers.Suppressed {
		t.Errorf("it is %q (%v)", status(t, to, odd.Subscriber.Address), err)
	}
	odd.Suppressions = []string{"bored"}
	if _, err := to.EnrolAll(t.Context(), slices.Values([]Enrol{odd}), evening); err == nil {
		t.Error("any reason will do")
	}
}

func TestAnImportKeepsTheStandingOfEachRow(t *testing.T) {
	s := newStore(t)
	readers := addReaders(t, s, 3)
	proof := subscribers.Consent{AskedAt: evening, AskedFrom: "192.0.2.1", ConfirmedAt: evening.Add(time.Hour), ConfirmedFrom: "192.0.2.2"}
	proven := active(readers[1].Address)
	proven.Subscriber.Consent = proof
	fresh := Enrol{Subscriber: subscribers.Subscriber{
		Address: address(t, "fresh@quay.example"), Name: "Fresh", Status: subscribers.Active, Consent: proof, Created: evening.AddDate(-1, 0, 0),
		Preferences: subscribers.Preferences{Evenings: subscribers.Weekend, Slots: []string{"morning", "evening"}, Variant: digest.Plain, Timezone: "Europe/Lisbon", PausedUntil: "2027-01-05"},
		Provenance:  subscribers.Provenance{Source: "members.csv", SHA256: "e3b0", Row: 7},
		Tags:        []string{"Founders", "with, comma", `"quoted"`},
	}}
	rows := slices.Values([]Enrol{
		{Subscriber: subscribers.Subscriber{Address: readers[0].Address}, Suppress: subscribers.HardBounce},
		proven,
		active(readers[2].Address),
		fresh,
		{Subscriber: subscribers.Subscriber{Address: address(t, "left@quay.example")}, Suppress: subscribers.ByReader},
		active(address(t, "left@quay.example")),
		active(readers[0].Address),
		{Subscriber: fresh.Subscriber},
	})
	want := Counts{Added: 1, Changed: 1, Unchanged: 2, Suppressed: 4}
	planned, err := s.EnrolPlan(t.Context(), rows)
	if planned != want || err != nil {
		t.Errorf("planned %+v, %v, want %+v", planned, err, want)
	}
	if got, err := s.EnrolAll(t.Context(), rows, evening); got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	again := Counts{Unchanged: 4, Suppressed: 4}
	if planned, err = s.EnrolPlan(t.Context(), rows); planned != again || err != nil {
		t.Errorf("planned again %+v, %v, want %+v", planned, err, again)
	}
	before := count(t, s, `SELECT total_changes()`)
	if got, err := s.EnrolAll(t.Context(), rows, evening.Add(time.Hour)); got != again || err != nil || count(t, s, `SELECT total_changes()`) != before {
		t.Errorf("again: got %+v, %v, want %+v", got, err, again)
	}
	got, err := s.Subscriber(t.Context(), fresh.Subscriber.Address)
	if err != nil {
		t.Fatal(err)
	}
	full := fresh.Subscriber
	full.ID, full.PublicID, full.Confirmed = got.ID, got.PublicID, proof.ConfirmedAt
	if diff := cmp.Diff(full, got, byString); diff != "" {
		t.Error(diff)
	}
	got, err = s.Subscriber(t.Context(), readers[1].Address)
	if diff := cmp.Diff(proof, got.Consent); diff != "" || err != nil || got.Provenance.Source != subscribers.FromAdmin {
		t.Errorf("%v, the first that had proof: %s", err, diff)
	}
	if got := status(t, s, readers[0].Address); got != subscribers.Suppressed {
		t.Errorf("who bounced is %s", got)
	}
	if got := status(t, s, address(t, "left@quay.example")); got != "" {
		t.Errorf("who left has a row: %s", got)
	}
}
