package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func aSuppressionTakesOffWhatIsPending(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 2)
	mustOpen(t, s, 0)
	for i := range 2 {
		if changed := suppress(t, s, readers[0].Address, subscribers.Complaint, evening); changed != (i == 0) {
			t.Fatal(changed)
		}
	}
	if got, want := tally(t, s, 0), (digest.Tally{Opened: 2, Skipped: 1, Pending: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got, err := s.List.Subscriber(t.Context(), readers[0].Address)
	if got.Status != subscribers.Suppressed || got.Reason != subscribers.Complaint || err != nil {
		t.Errorf("got %s %s, %v", got.Status, got.Reason, err)
	}
	if _, err := s.List.Suppress(t.Context(), readers[0].Address, "bored", evening); err == nil {
		t.Error("any reason will do")
	}
}

// eachReasonIsLiftedByWhoMay says reasons in every set and order of gravity: what the
// reader said is not lifted by the admin, and what the admin said is not lifted by
// the reader.
func eachReasonIsLiftedByWhoMay(t *testing.T, open Open) {
	s := open(t, Options{})
	for _, row := range []bool{true, false} {
		for set := range 1 << len(subscribers.Reasons) {
			ana := address(t, fmt.Sprintf("ana%d-%v@quay.example", set, row))
			if row {
				add(t, s, active(ana))
			}
			admins, readers := false, false
			for i, reason := range subscribers.Reasons {
				if set&(1<<i) == 0 {
					continue
				}
				admins, readers = admins || subscribers.Liftable(reason), readers || !subscribers.Liftable(reason)
				if !suppress(t, s, ana, reason, evening) {
					t.Fatal(reason)
				}
			}
			what := fmt.Sprintf("row %v, reasons %04b", row, set)
			if posted := signUp(t, s, ana, "", evening); posted != (!admins && (readers || !row)) {
				t.Errorf("%s: sign-up posted %v", what, posted)
			}
			for i := range 2 {
				changed, err := s.List.Unsuppress(t.Context(), ana, evening)
				if changed != (admins && i == 0) || errors.Is(err, subscribers.ErrSuppressed) != readers {
					t.Errorf("%s: lifted %v, %v", what, changed, err)
				}
			}
			got := status(t, s, ana)
			if row && readers && !got.Off() || row && !readers && got != subscribers.Active {
				t.Errorf("%s: the reader is %s", what, got)
			}
			if counts := enrol(t, s, rows(active(ana)), evening); (counts.Suppressed == 1) != readers {
				t.Errorf("%s: an import gives %+v", what, counts)
			}
		}
	}
}

func whoCannotBeAddedIsToldWhy(t *testing.T, open Open) {
	s := open(t, Options{})
	for _, row := range []bool{true, false} {
		ana := address(t, fmt.Sprintf("ana-%v@quay.example", row))
		if row {
			add(t, s, active(ana))
		}
		for _, reason := range []string{subscribers.Manual, subscribers.HardBounce, subscribers.Complaint} {
			suppress(t, s, ana, reason, evening)
			_, _, err := s.List.Add(t.Context(), active(ana), evening)
			why, ok := errors.AsType[subscribers.Barred](err)
			if !ok || why.Reason != reason || !errors.Is(err, subscribers.ErrSuppressed) {
				t.Errorf("row %v: got %v, %+v, want %s", row, err, why, reason)
			}
		}
	}
}

func whoLeftWhileSuppressedHasLeft(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	suppress(t, s, r.Address, subscribers.Manual, evening)
	for i := range 2 {
		if changed := unsubscribe(t, s, r.PublicID, evening); changed != (i == 0) {
			t.Error(changed)
		}
	}
	if changed, err := s.List.Unsuppress(t.Context(), r.Address, evening); !changed ||
		!errors.Is(err, subscribers.ErrSuppressed) {
		t.Errorf("got %v, %v", changed, err)
	}
	if got := status(t, s, r.Address); got != subscribers.Unsubscribed {
		t.Errorf("the reader is %s", got)
	}
}

// theGravestReasonIsNamed: a weaker reason that comes later does not hide what the
// reader said.
func theGravestReasonIsNamed(t *testing.T, open Open) {
	s := open(t, Options{})
	for i, c := range []struct {
		in   []string
		want string
	}{
		{[]string{subscribers.Complaint, subscribers.Manual}, subscribers.Complaint},
		{[]string{subscribers.HardBounce, subscribers.ByReader, subscribers.Manual}, subscribers.ByReader},
		{[]string{subscribers.Manual, subscribers.HardBounce}, subscribers.HardBounce},
		{[]string{subscribers.Manual}, subscribers.Manual},
	} {
		r := addReader(t, s, fmt.Sprintf("reader%d@news.example", i))
		for _, reason := range c.in {
			suppress(t, s, r.Address, reason, evening)
		}
		got, err := s.List.Subscriber(t.Context(), r.Address)
		if got.Reason != c.want || !got.Left.Equal(evening) || err != nil {
			t.Errorf("%q: the row says %q since %s (%v), want %q", c.in, got.Reason, got.Left, err, c.want)
		}
		all := everybody(t, s)
		if diff := cmp.Diff(subscribers.ByGravity(c.in), all[len(all)-1].Suppressions); diff != "" || len(all) != i+1 {
			t.Errorf("%q: listed: %s", c.in, diff)
		}
		// Leaving is graver than what an admin said.
		unsubscribe(t, s, r.PublicID, evening.Add(time.Hour))
		got, err = s.List.Reader(t.Context(), r.PublicID)
		want := subscribers.ByGravity(append(c.in, subscribers.ByReader))
		if diff := cmp.Diff(want, got.Suppressions); diff != "" || got.Reason != want[0] || err != nil {
			t.Errorf("%q: once left, the row says %q (%v) %s", c.in, got.Reason, err, diff)
		}
	}
}

func suppressionsOutliveTheRow(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	for i, reason := range []string{subscribers.Manual, subscribers.HardBounce} {
		suppress(t, s, r.Address, reason, evening.Add(time.Duration(i)*time.Hour))
	}
	if _, err := s.List.Remove(t.Context(), r.Address, nil, evening); err != nil {
		t.Fatal(err)
	}
	got, err := s.List.Suppressions(t.Context(), r.Address)
	want := []subscribers.Suppression{
		{Reason: subscribers.Manual, Since: evening},
		{Reason: subscribers.HardBounce, Since: evening.Add(time.Hour)},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// manyAreRemovedAsOneIs: many who are removed together are so as each would be alone.
func manyAreRemovedAsOneIs(t *testing.T, open Open) {
	s := open(t, Options{})
	var file []subscribers.Row
	for i := range many + 20 {
		file = append(file, rows(active(address(t, fmt.Sprintf("reader%d@paper%d.example", i, i%50))))...)
	}
	enrol(t, s, file, evening)
	mustOpen(t, s, 0)
	var all []subscribers.Address
	for _, r := range everybody(t, s) {
		all = append(all, r.Address)
	}
	stays, gone := all[:10], append(all[10:], address(t, "nobody@quay.example"))
	for _, a := range []subscribers.Address{stays[0], gone[0], gone[len(gone)-2]} {
		postTo(t, s, digest.Welcome, a.Mailbox())
	}
	for i := range 2 {
		want := (1 - i) * (many + 10)
		if n, err := s.List.RemoveAll(t.Context(), slices.Values(gone), evening); n != want || err != nil {
			t.Errorf("removed %d, %v, want %d", n, err, want)
		}
	}
	if got, want := tally(t, s, 0), (digest.Tally{Opened: many + 20, Skipped: many + 10, Pending: 10}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if letters := owed(t, s.Outbox, evening); len(letters) != 1 || letters[0].Address != stays[0].Mailbox() {
		t.Errorf("%d letters wait, want one to %s", len(letters), stays[0])
	}
}

// aGoodbyeGoesOutWithTheRemoval: the row and what waits for it go, and the goodbye is
// posted, in one transaction. It is for an active reader at the letter's address.
func aGoodbyeGoesOutWithTheRemoval(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	mustOpen(t, s, 0)
	goodbye := letterTo(r.Address, digest.Goodbye)
	unsent := goodbye
	unsent.ReturnPath = "no sender"
	elsewhere := letterTo(address(t, "ana@quay.example"), digest.Goodbye)
	for _, c := range []struct {
		letter digest.Letter
		want   error
	}{{unsent, nil}, {elsewhere, subscribers.ErrMeanwhile}} {
		found, err := s.List.Remove(t.Context(), r.Address, &c.letter, evening)
		if found || err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("got %v, %v", found, err)
		}
		if got, want := tally(t, s, 0), (digest.Tally{Opened: 1, Pending: 1}); got != want ||
			status(t, s, r.Address) != subscribers.Active {
			t.Errorf("half of it holds: %+v", got)
		}
	}
	postTo(t, s, digest.Welcome, r.Address.Mailbox())
	if found, err := s.List.Remove(t.Context(), r.Address, &goodbye, evening); !found || err != nil {
		t.Fatal(found, err)
	}
	if got, want := tally(t, s, 0), (digest.Tally{Opened: 1, Skipped: 1}); got != want ||
		status(t, s, r.Address) != "" {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if letters := owed(t, s.Outbox, evening); len(letters) != 1 || letters[0].Variant != string(digest.Goodbye) {
		t.Errorf("%+v wait, want the goodbye", letters)
	}
	for _, a := range []subscribers.Address{r.Address, address(t, "nobody@quay.example")} {
		letter := letterTo(a, digest.Goodbye)
		if found, err := s.List.Remove(t.Context(), a, &letter, evening); found ||
			!errors.Is(err, subscribers.ErrMeanwhile) {
			t.Errorf("nobody is there: %v, %v", found, err)
		}
	}
}
