package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// reader gives who has this address; somebody has to.
func reader(t testing.TB, s Store, a subscribers.Address) subscribers.Subscriber {
	t.Helper()
	r, err := s.List.Subscriber(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func expire(t testing.TB, s Store, before time.Time) int {
	t.Helper()
	n, err := s.List.Expire(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func anOldLinkDoesNotUndoALeaving(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "", evening)
	r := reader(t, s, ana)
	// Leaving without having confirmed counts as well.
	unsubscribe(t, s, r.PublicID, evening)
	if n := len(owed(t, s.Outbox, evening)); n != 0 {
		t.Errorf("%d letters are still sent to who has left", n)
	}
	if confirmReader(t, s, r.PublicID, "", evening.Add(time.Hour)) {
		t.Error("a link that was on its way undid a leaving")
	}
	at := evening.Add(25 * time.Hour)
	if !signUp(t, s, ana, "", at) || !confirmReader(t, s, r.PublicID, "", at) {
		t.Fatal("the reader can't come back")
	}
	unsubscribe(t, s, r.PublicID, at.Add(time.Minute))
	if confirmReader(t, s, r.PublicID, "", at.Add(time.Hour)) {
		t.Error("a link that was used undid a leaving")
	}
}

// leavingAgainVoidsAnOpenLink: a leaving is not undone either by a link that was asked
// for before it, whoever says it a second time.
func leavingAgainVoidsAnOpenLink(t *testing.T, open Open) {
	s := open(t, Options{})
	for i, how := range []string{"the reader", "the admin", "a file"} {
		r := addReader(t, s, fmt.Sprintf("reader%d@news.example", i))
		for i := range 2 {
			switch how {
			case "the reader":
				unsubscribe(t, s, r.PublicID, evening)
			case "the admin":
				suppress(t, s, r.Address, subscribers.Complaint, evening)
			case "a file":
				all := []subscribers.Address{r.Address}
				if _, err := s.List.SuppressAll(t.Context(), all, subscribers.Complaint, evening); err != nil {
					t.Fatal(err)
				}
			}
			if i == 0 && !signUp(t, s, r.Address, "", evening) {
				t.Fatal("no letter was posted")
			}
		}
		if confirmReader(t, s, r.PublicID, "", evening.Add(time.Hour)) {
			t.Errorf("%s: a link that is older than the leaving undid it", how)
		}
		if n := len(owed(t, s.Outbox, evening)); n != 0 {
			t.Errorf("%s: %d letters are still sent to who has left", how, n)
		}
	}
}

func aLinkWorksOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "", evening)
	if !confirmReader(t, s, reader(t, s, ana).PublicID, "", evening) {
		t.Fatal("the link does not work")
	}
	all, err := s.List.Confirmations(t.Context(), ana)
	want := []subscribers.Confirmation{{SentAt: evening, Used: true, Answered: true}}
	if cmp.Diff(want, all) != "" || err != nil {
		t.Errorf("a confirmation is open after it was used: %+v, %v", all, err)
	}
}

// whoCameBackHasNotLeft: nor do the numbers count them.
func whoCameBackHasNotLeft(t *testing.T, open Open) {
	s := open(t, Options{})
	left := func() int {
		n, err := s.List.Numbers(t.Context(), time.UTC)
		if len(n.Months) != 1 || err != nil {
			t.Fatal(n, err)
		}
		return n.Months[0].Left
	}
	for _, reason := range []string{subscribers.Manual, subscribers.ByReader} {
		r := addReader(t, s, subscribersWord(reason)+"@news.example")
		suppress(t, s, r.Address, reason, evening)
		if n := left(); n != 1 {
			t.Errorf("%s: %d left, want 1", reason, n)
		}
		if reason == subscribers.Manual {
			if _, err := s.List.Unsuppress(t.Context(), r.Address, evening); err != nil {
				t.Fatal(err)
			}
		} else if !signUp(t, s, r.Address, "", evening) || !confirmReader(t, s, r.PublicID, "", evening) {
			t.Fatal("the reader can't come back")
		}
		got, err := s.List.Reader(t.Context(), r.PublicID)
		if n := left(); n != 0 || !got.Left.IsZero() || got.Status != subscribers.Active || err != nil {
			t.Errorf("%s: the reader is %s and left at %s (%v), and %d left, want none", reason, got.Status, got.Left,
				err, n)
		}
	}
}

func whoDoesNotConfirmIsForgotten(t *testing.T, open Open) {
	s := open(t, Options{})
	ada, quick := address(t, "ada@quay.example"), address(t, "quick@quay.example")
	listed := add(t, s, subscribers.Subscriber{
		Address: address(t, "listed@quay.example"),
		Status:  subscribers.Unconfirmed,
	})
	signUp(t, s, ada, "192.0.2.77", evening)
	signUp(t, s, quick, "192.0.2.78", evening)
	adas := reader(t, s, ada)
	if !confirmReader(t, s, reader(t, s, quick).PublicID, "", evening) {
		t.Fatal("the link does not work")
	}
	if n := expire(t, s, evening); n != 0 {
		t.Errorf("after 72 hours: got %d, want nobody", n)
	}
	wire := owed(t, s.Outbox, evening)[0]
	intend(t, s.Outbox, wire)
	if n := expire(t, s, evening.Add(time.Second)); n != 0 {
		t.Errorf("with a letter on the wire: got %d, want nobody", n)
	}
	settle(t, s.Outbox, wire, digest.Settlement{Step: digest.Sent, At: evening})
	for i := range 2 {
		if n := expire(t, s, evening.Add(time.Second)); n != 1-i {
			t.Errorf("later: got %d, want %d", n, 1-i)
		}
	}
	if letters, err := s.Outbox.LettersTo(t.Context(), adas.ID); len(letters) > 0 || err != nil {
		t.Errorf("letters are left: %+v, %v", letters, err)
	}
	all, err := s.List.Confirmations(t.Context(), ada)
	if want := []subscribers.Confirmation{{SentAt: evening}}; cmp.Diff(want, all) != "" || err != nil {
		t.Errorf("for the limits there is %+v, %v, want no address in it", all, err)
	}
	for a, want := range map[subscribers.Address]subscribers.Status{
		quick: subscribers.Active, listed.Address: subscribers.Unconfirmed, ada: "",
	} {
		if got := status(t, s, a); got != want {
			t.Errorf("%s is %q, want %q", a, got, want)
		}
	}
}

// aStrangersSignUpLeavesAnImportedRowAlone: it neither takes an admin's row away nor
// touches its proof.
func aStrangersSignUpLeavesAnImportedRowAlone(t *testing.T, open Open) {
	s := open(t, Options{})
	proven := subscribers.Subscriber{
		Address: address(t, "ana@quay.example"), Status: subscribers.Unconfirmed,
		Provenance: subscribers.Provenance{Source: "members.csv"},
		Consent:    subscribers.Consent{AskedAt: evening.AddDate(-1, 0, 0), AskedFrom: "192.0.2.1"},
	}
	bare := subscribers.Subscriber{Address: address(t, "bo@quay.example"), Status: subscribers.Unconfirmed}
	for _, one := range []subscribers.Subscriber{proven, bare} {
		want := add(t, s, one)
		signUp(t, s, one.Address, "203.0.113.9", evening)
		if n := len(owed(t, s.Outbox, evening)); n != 1 {
			t.Fatalf("%d letters are posted, want 1", n)
		}
		for range 2 {
			if n := expire(t, s, evening.Add(time.Second)); n != 0 {
				t.Errorf("%d are forgotten, want nobody", n)
			}
			if diff := cmp.Diff(want, reader(t, s, one.Address), byString); diff != "" {
				t.Error(diff)
			}
		}
		letters, err := s.Outbox.LettersTo(t.Context(), want.ID)
		if is := facts(t, s, one.Address); len(letters) > 0 || err != nil || !is.Invited.IsZero() {
			t.Errorf("%s: a letter or the asking is left: %+v, %s, %v", one.Address, letters, is.Invited, err)
		}
	}
}

func whoIsNotSuppressedStillMustConfirm(t *testing.T, open Open) {
	s := open(t, Options{})
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "", evening)
	suppress(t, s, ana, subscribers.Manual, evening)
	_, err := s.List.Unsuppress(t.Context(), ana, evening.Add(time.Hour))
	if err != nil || status(t, s, ana) != subscribers.Unconfirmed {
		t.Fatal(status(t, s, ana), err)
	}
	for i, before := range []time.Time{evening, evening.Add(time.Second)} {
		if n := expire(t, s, before); n != i {
			t.Errorf("%d are forgotten, want %d", n, i)
		}
	}
}
