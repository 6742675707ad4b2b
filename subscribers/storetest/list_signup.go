package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers"
)

func aReaderSignsUpAndConfirms(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "Ana@Quay.example")
	if !signUp(t, s, ana, "192.0.2.1", evening) {
		t.Fatal("no letter was posted")
	}
	r, err := s.List.Subscriber(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	want := subscribers.Subscriber{
		ID: r.ID, PublicID: r.PublicID, Address: ana, Status: subscribers.Unconfirmed, Created: evening,
		Preferences: subscribers.Preferences{Evenings: subscribers.EveryEvening, Variant: digest.Designed},
		Consent:     subscribers.Consent{AskedAt: evening, AskedFrom: "192.0.2.1"},
		Provenance:  subscribers.Provenance{Source: subscribers.FromSignUp},
	}
	if diff := cmp.Diff(want, r, byString); diff != "" {
		t.Error(diff)
	}
	later := evening.Add(time.Hour)
	for i := range 3 {
		if changed := confirmReader(t, s, r.PublicID, "2001:db8::7", later); changed != (i == 0) {
			t.Errorf("confirmation %d changed something: %v", i+1, changed)
		}
	}
	want.Status, want.Confirmed = subscribers.Active, later
	want.Consent.ConfirmedAt, want.Consent.ConfirmedFrom = later, "2001:db8::7"
	got, err := s.List.Reader(t.Context(), r.PublicID)
	if diff := cmp.Diff(want, got, byString); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	var kinds []string
	for _, d := range owed(t, s.Outbox, later) {
		kinds = append(kinds, d.Variant+" to "+d.Address)
	}
	if diff := cmp.Diff([]string{"confirmation to Ana@quay.example", "welcome to Ana@quay.example"},
		kinds); diff != "" {
		t.Error(diff)
	}
	if confirmReader(t, s, r.PublicID+1, "", later) {
		t.Error("nobody was confirmed")
	}
	if signUp(t, s, ana, "", later.AddDate(0, 0, 40)) {
		t.Error("an active reader is asked to confirm")
	}
}

func anAddressIsAskedLessAndLess(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "ana@quay.example")
	const hour, day = time.Hour, 24 * time.Hour
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true},
		{time.Second, false},
		{day - time.Second, false},
		{day, true},
		{4*day - time.Second, false},
		{4 * day, true},
		{11*day - time.Second, false},
		{11 * day, true},
		{18*day - hour, false},
		{18 * day, true},
		{25 * day, true},
		{32*day - time.Second, false},
		{32 * day, true},
		{62 * day, true},
		{63*day - time.Second, false},
		{63 * day, true},
	} {
		now := evening.Add(c.after)
		// What is not confirmed dies in between, and the limits stay.
		if _, err := s.List.Expire(t.Context(), now.Add(-subscribers.ConfirmWithin)); err != nil {
			t.Fatal(err)
		}
		if got := signUp(t, s, ana, "", now); got != c.want {
			t.Errorf("after %s: posted %v, want %v", c.after, got, c.want)
		}
	}
}

func spellingsAreAskedOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	for _, c := range []struct {
		spelled string
		want    bool
	}{
		{"ana.bo@gmail.com", true},
		{"anabo@gmail.com", false},
		{"A.n.a.Bo@GoogleMail.com", false},
		{"anabo+news@gmail.com", false},
		{"a.nabo+x+y@googlemail.com", false},
		{"ana.bo@quay.example", true},
		{"anabo@quay.example", true},
		{"anabo+news@quay.example", false},
		{"+anabo@quay.example", true},
	} {
		if got := signUp(t, s, address(t, c.spelled), "", evening); got != c.want {
			t.Errorf("%s: posted %v, want %v", c.spelled, got, c.want)
		}
	}
}

// whoAnsweredMayBeAskedAgain: the page promises a letter to who comes back.
func whoAnsweredMayBeAskedAgain(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "ana@quay.example")
	for round := range 3 {
		// Twice in the same second, and then in another.
		now := evening.Add(time.Duration(round/2) * time.Hour)
		if !signUp(t, s, ana, "", now) || signUp(t, s, ana, "", now) {
			t.Fatalf("round %d: not one letter was posted", round)
		}
		r := reader(t, s, ana)
		if !confirmReader(t, s, r.PublicID, "", now) {
			t.Fatalf("round %d: the link does not work", round)
		}
		if _, err := s.List.Unsubscribe(t.Context(), r.PublicID, now); err != nil {
			t.Fatal(err)
		}
	}
	// Who leaves without an answer has had a letter.
	if !signUp(t, s, ana, "", evening.Add(2*time.Hour)) {
		t.Fatal("no letter was posted")
	}
	if _, err := s.List.Unsubscribe(t.Context(), reader(t, s, ana).PublicID, evening.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if signUp(t, s, ana, "", evening.Add(4*time.Hour)) {
		t.Error("a letter that nobody answered does not count")
	}
}

func tenThousandSignUpsAreOneLetter(t *testing.T, open Open) {
	first, second := open(t, Options{}), open(t, Options{})
	ana := address(t, "ana@quay.example")
	var posted atomic.Int64
	var all sync.WaitGroup
	each := whole.Times(t, 100, 1000)
	for i := range 10 {
		s := []Store{first, second}[i%2]
		all.Go(func() {
			for range each {
				q := subscribers.Asking{At: evening}
				// Each has seen an address that nobody knows.
				err := s.List.SignUp(t.Context(), ana, q, drawID(), letterTo(ana, digest.Confirmation))
				if err == nil {
					posted.Add(1)
				} else if !errors.Is(err, subscribers.ErrMeanwhile) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if n := len(owed(t, first.Outbox, evening)); posted.Load() != 1 || n != 1 {
		t.Errorf("%d posted, %d letters, want one", posted.Load(), n)
	}
}

func whoMustNotBeMailedIsNotAsked(t *testing.T, open Open) {
	s := open(t, Options{})
	for reason, asked := range map[string]bool{
		subscribers.HardBounce: false, subscribers.Manual: false, subscribers.Complaint: true,
		subscribers.ByReader: true,
	} {
		for _, row := range []bool{false, true} {
			ana := address(t, map[bool]string{
				true:  "row-",
				false: "no-row-",
			}[row]+subscribersWord(reason)+"@quay.example")
			if row {
				add(t, s, active(ana))
			}
			if !suppress(t, s, ana, reason, evening) {
				t.Fatal(reason)
			}
			before := status(t, s, ana)
			if got := signUp(t, s, ana, "", evening); got != asked {
				t.Errorf("%s: posted %v, want %v", reason, got, asked)
			}
			if got := status(t, s, ana); row && got != before || !row && !asked && got != "" {
				t.Errorf("%s: the sign-up alone made it %q", reason, got)
			}
			if !asked {
				continue
			}
			r, err := s.List.Subscriber(t.Context(), ana)
			if err != nil || !confirmReader(t, s, r.PublicID, "192.0.2.9", evening.Add(time.Hour)) {
				t.Fatalf("%s: the reader's own confirmation does not count (%v)", reason, err)
			}
			if all, err := s.List.Suppressions(t.Context(), ana); len(all) > 0 || err != nil {
				t.Errorf("%s: %v still stands (%v)", reason, all, err)
			}
			if got := status(t, s, ana); got != subscribers.Active {
				t.Errorf("%s: the reader is %s", reason, got)
			}
		}
	}
}

// subscribersWord is a reason as it may stand in an address.
func subscribersWord(reason string) string { return reason[:4] }

// nothingIsWrittenOfOldFacts: what a caller saw may be over by the time that it
// is written. A letter for another row, or another address, is not posted either.
func nothingIsWrittenOfOldFacts(t *testing.T, open Open) {
	s := open(t, Options{})
	ana, bo := address(t, "ana@quay.example"), address(t, "bo@quay.example")
	q := subscribers.Asking{At: evening}
	old := add(t, s, subscribers.Subscriber{Address: ana, Status: subscribers.Unconfirmed})
	meanwhile := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, subscribers.ErrMeanwhile) {
			t.Errorf("%s: got %v, want ErrMeanwhile", what, err)
		}
		if letters := owed(t, s.Outbox, evening); len(letters) > 0 {
			t.Errorf("%s: a letter was posted: %+v", what, letters)
		}
	}
	meanwhile("another's public ID", s.List.SignUp(t.Context(), ana, q, old.PublicID+1,
		letterTo(ana, digest.Confirmation)))
	meanwhile("another's letter", s.List.Confirm(t.Context(), old.PublicID, "", letterTo(bo, digest.Welcome), evening))
	meanwhile("nobody's link", s.List.Confirm(t.Context(), old.PublicID+1, "", letterTo(ana, digest.Welcome), evening))
	suppress(t, s, ana, subscribers.Manual, evening)
	meanwhile("suppressed since", s.List.SignUp(t.Context(), ana, q, old.PublicID, letterTo(ana, digest.Confirmation)))
	meanwhile("suppressed since", s.List.Confirm(t.Context(), old.PublicID, "", letterTo(ana, digest.Welcome),
		evening))
	add(t, s, active(bo))
	meanwhile("active since", s.List.SignUp(t.Context(), bo, q, facts(t, s, bo).PublicID,
		letterTo(bo, digest.Confirmation)))
	if is := facts(t, s, ana); is.Status != subscribers.Suppressed || len(is.Confirmations) > 0 {
		t.Errorf("something is left: %+v", is)
	}
}
