package sqlite

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

const aHour = time.Hour

func status(t testing.TB, s *Store, a subscribers.Address) subscribers.Status {
	t.Helper()
	r, err := s.Subscriber(t.Context(), a)
	if err != nil && !errors.Is(err, subscribers.ErrNotFound) {
		t.Fatal(err)
	}
	return r.Status
}

func TestAReaderSignsUpAndConfirms(t *testing.T) {
	s := newStore(t)
	ana := address(t, "Ana@Quay.example")
	if !signUp(t, s, ana, "192.0.2.1", evening) {
		t.Fatal("no letter was posted")
	}
	r, err := s.Subscriber(t.Context(), ana)
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
	later := evening.Add(aHour)
	for i := range 3 {
		if changed := confirmReader(t, s, r.PublicID, "2001:db8::7", later); changed != (i == 0) {
			t.Errorf("confirmation %d changed something: %v", i+1, changed)
		}
	}
	want.Status, want.Confirmed = subscribers.Active, later
	want.Consent.ConfirmedAt, want.Consent.ConfirmedFrom = later, "2001:db8::7"
	got, err := s.Reader(t.Context(), r.PublicID)
	if diff := cmp.Diff(want, got, byString); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	var kinds []string
	for _, d := range owedLetters(t, s, later) {
		kinds = append(kinds, d.Variant+" to "+d.Address)
	}
	if diff := cmp.Diff([]string{"confirmation to Ana@quay.example", "welcome to Ana@quay.example"}, kinds); diff != "" {
		t.Error(diff)
	}
	if confirmReader(t, s, r.PublicID+1, "", later) {
		t.Error("nobody was confirmed")
	}
	if signUp(t, s, ana, "", later.AddDate(0, 0, 40)) {
		t.Error("an active reader is asked to confirm")
	}
}

func TestAnAddressIsAskedOnceADayAndThriceAMonth(t *testing.T) {
	s := newStore(t)
	ana := address(t, "ana@quay.example")
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{
		{0, true},
		{time.Second, false},
		{24*aHour - time.Second, false},
		{24 * aHour, true},
		{47 * aHour, false},
		{100 * aHour, true},
		{200 * aHour, false},
		{30*24*aHour - time.Second, false},
		{30 * 24 * aHour, true},
		{31*24*aHour - time.Second, false},
		{31 * 24 * aHour, true},
	} {
		now := evening.Add(c.after)
		// What is not confirmed dies in between, and the limits stay.
		if _, err := s.Expire(t.Context(), now.Add(-subscribers.ConfirmWithin)); err != nil {
			t.Fatal(err)
		}
		if got := signUp(t, s, ana, "", now); got != c.want {
			t.Errorf("after %s: posted %v, want %v", c.after, got, c.want)
		}
	}
}

func TestTenThousandSignUpsAreOneLetter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	first, second := openStore(t, path), openStore(t, path)
	ana := address(t, "ana@quay.example")
	var posted atomic.Int64
	var all sync.WaitGroup
	for i := range 10 {
		s := []*Store{first, second}[i%2]
		all.Go(func() {
			for range 1000 {
				ok, err := s.SignUp(t.Context(), ana, subscribers.Consent{}, evening, func(subscribers.Key, uint64) (digest.Letter, error) {
					return letterTo(ana, digest.Confirmation), nil
				})
				if err != nil {
					t.Error(err)
					return
				}
				if ok {
					posted.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := count(t, first, `SELECT count(*) FROM letters`); posted.Load() != 1 || n != 1 {
		t.Errorf("%d posted, %d letters, want one", posted.Load(), n)
	}
}

func TestWhoMustNotBeMailedIsNotAsked(t *testing.T) {
	for reason, asked := range map[string]bool{
		subscribers.HardBounce: false, subscribers.Manual: false, subscribers.Complaint: true, subscribers.ByReader: true,
	} {
		for _, row := range []bool{false, true} {
			s := newStore(t)
			ana := address(t, "ana@quay.example")
			if row {
				if _, _, err := s.Add(t.Context(), active(ana).Subscriber, evening); err != nil {
					t.Fatal(err)
				}
			}
			if changed, err := s.Suppress(t.Context(), ana, reason, evening); !changed || err != nil {
				t.Fatal(changed, err)
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
			r, err := s.Subscriber(t.Context(), ana)
			if err != nil || !confirmReader(t, s, r.PublicID, "192.0.2.9", evening.Add(aHour)) {
				t.Fatalf("%s: the reader's own confirmation does not count (%v)", reason, err)
			}
			if all, err := s.Suppressions(t.Context(), ana); len(all) > 0 || err != nil {
				t.Errorf("%s: %v still stands (%v)", reason, all, err)
			}
			if got := status(t, s, ana); got != subscribers.Active {
				t.Errorf("%s: the reader is %s", reason, got)
			}
		}
	}
}

func TestAnOldLinkDoesNotUndoALeaving(t *testing.T) {
	s := newStore(t)
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "", evening)
	r, err := s.Subscriber(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	// Leaving without having confirmed counts as well.
	if _, err := s.Unsubscribe(t.Context(), r.PublicID, evening); err != nil {
		t.Fatal(err)
	}
	if n := len(owedLetters(t, s, evening)); n != 0 {
		t.Errorf("%d letters are still sent to who has left", n)
	}
	if confirmReader(t, s, r.PublicID, "", evening.Add(aHour)) {
		t.Error("a link that was on its way undid a leaving")
	}
	at := evening.Add(25 * aHour)
	if !signUp(t, s, ana, "", at) || !confirmReader(t, s, r.PublicID, "", at) {
		t.Fatal("the reader can't come back")
	}
	if _, err := s.Unsubscribe(t.Context(), r.PublicID, at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if confirmReader(t, s, r.PublicID, "", at.Add(time.Hour)) {
		t.Error("a link that was used undid a leaving")
	}
}

// Nor is it undone by a link that was asked for in between.
func TestLeavingAgainVoidsAnOpenLink(t *testing.T) {
	for _, how := range []string{"the reader", "the admin", "a file"} {
		s := newStore(t)
		r := addReaders(t, s, 1)[0]
		for i := range 2 {
			var err error
			switch how {
			case "the reader":
				_, err = s.Unsubscribe(t.Context(), r.PublicID, evening)
			case "the admin":
				_, err = s.Suppress(t.Context(), r.Address, subscribers.Complaint, evening)
			case "a file":
				_, err = s.SuppressAll(t.Context(), []subscribers.Address{r.Address}, subscribers.Complaint, evening)
			}
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 && !signUp(t, s, r.Address, "", evening) {
				t.Fatal("no letter was posted")
			}
		}
		if confirmReader(t, s, r.PublicID, "", evening.Add(aHour)) {
			t.Errorf("%s: a link that is older than the leaving undid it", how)
		}
		if n := len(owedLetters(t, s, evening)); n != 0 {
			t.Errorf("%s: %d letters are still sent to who has left", how, n)
		}
	}
}

func TestALinkWorksOnce(t *testing.T) {
	s := newStore(t)
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "", evening)
	r, err := s.Subscriber(t.Context(), ana)
	if err != nil || !confirmReader(t, s, r.PublicID, "", evening) {
		t.Fatal(err)
	}
	if n := count(t, s, `SELECT count(*) FROM confirmations WHERE used_at IS NULL`); n != 0 {
		t.Errorf("%d confirmations are open after one was used", n)
	}
}

// Who came back has not left, and stats don't count it.
func TestWhoCameBackHasNotLeft(t *testing.T) {
	for _, reason := range []string{subscribers.Manual, subscribers.ByReader} {
		s := newStore(t)
		r := addReaders(t, s, 1)[0]
		if _, err := s.Suppress(t.Context(), r.Address, reason, evening); err != nil {
			t.Fatal(err)
		}
		left := func() int {
			months, err := s.Growth(t.Context(), time.UTC)
			if len(months) != 1 || err != nil {
				t.Fatal(months, err)
			}
			return months[0].Left
		}
		if n := left(); n != 1 {
			t.Errorf("%s: %d left, want 1", reason, n)
		}
		if reason == subscribers.Manual {
			if _, err := s.Unsuppress(t.Context(), r.Address, evening); err != nil {
				t.Fatal(err)
			}
		} else if !signUp(t, s, r.Address, "", evening) || !confirmReader(t, s, r.PublicID, "", evening) {
			t.Fatal("the reader can't come back")
		}
		got, err := s.Reader(t.Context(), r.PublicID)
		if n := left(); n != 0 || !got.Left.IsZero() || got.Status != subscribers.Active || err != nil {
			t.Errorf("%s: the reader is %s and left at %s (%v), and %d left, want none", reason, got.Status, got.Left, err, n)
		}
	}
}

func TestWhoDoesNotConfirmIsForgotten(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, filepath.Join(dir, "vesper.db"))
	ada, quick := address(t, adas), address(t, "quick@quay.example")
	imported := subscribers.Subscriber{Address: address(t, "listed@quay.example"), Status: subscribers.Unconfirmed}
	if _, _, err := s.Add(t.Context(), imported, evening); err != nil {
		t.Fatal(err)
	}
	signUp(t, s, ada, "192.0.2.77", evening)
	signUp(t, s, quick, "192.0.2.78", evening)
	r, err := s.Subscriber(t.Context(), quick)
	if err != nil || !confirmReader(t, s, r.PublicID, "", evening) {
		t.Fatal(err)
	}
	if n, err := s.Expire(t.Context(), evening); n != 0 || err != nil {
		t.Errorf("after 72 hours: got %d, %v, want nobody", n, err)
	}
	wire := owedLetters(t, s, evening)[0]
	intendLetter(t, s, wire)
	if n, err := s.Expire(t.Context(), evening.Add(time.Second)); n != 0 || err != nil {
		t.Errorf("with a letter on the wire: got %d, %v, want nobody", n, err)
	}
	if err := s.Outbox().Settle(t.Context(), wire, digest.Settlement{Step: digest.Sent, At: evening}); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if n, err := s.Expire(t.Context(), evening.Add(time.Second)); n != 1-i || err != nil {
			t.Errorf("later: got %d, %v, want %d", n, err, 1-i)
		}
	}
	if err := s.emptyLog(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := inFiles(t, dir, adas, local, "192.0.2.77"); len(found) > 0 {
		t.Errorf("%q are in the files", found)
	}
	for a, want := range map[subscribers.Address]subscribers.Status{quick: subscribers.Active, imported.Address: subscribers.Unconfirmed, ada: ""} {
		if got := status(t, s, a); got != want {
			t.Errorf("%s is %q, want %q", a, got, want)
		}
	}
}

// A stranger's sign-up neither takes an admin's row away nor touches its proof.
func TestAStrangersSignUpLeavesAnImportedRowAlone(t *testing.T) {
	s := newStore(t)
	proven := subscribers.Subscriber{
		Address: address(t, "ana@quay.example"), Status: subscribers.Unconfirmed, Provenance: subscribers.Provenance{Source: "members.csv"},
		Consent: subscribers.Consent{AskedAt: evening.AddDate(-1, 0, 0), AskedFrom: "192.0.2.1"},
	}
	bare := subscribers.Subscriber{Address: address(t, "bo@quay.example"), Status: subscribers.Unconfirmed}
	for _, add := range []subscribers.Subscriber{proven, bare} {
		want, _, err := s.Add(t.Context(), add, evening)
		if err != nil {
			t.Fatal(err)
		}
		signUp(t, s, add.Address, "203.0.113.9", evening)
		if n := len(owedLetters(t, s, evening)); n != 1 {
			t.Fatalf("%d letters are posted, want 1", n)
		}
		for range 2 {
			if n, err := s.Expire(t.Context(), evening.Add(time.Second)); n != 0 || err != nil {
				t.Errorf("%d are forgotten (%v), want nobody", n, err)
			}
			got, err := s.Subscriber(t.Context(), add.Address)
			if diff := cmp.Diff(want, got, byString); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		}
		if n := count(t, s, `SELECT (SELECT count(*) FROM letters) + (SELECT count(*) FROM subscribers WHERE invited_at IS NOT NULL)`); n != 0 {
			t.Errorf("%s: a letter or the asking is left", add.Address)
		}
	}
}

func TestWhoIsNotSuppressedAnyMoreStillMustConfirm(t *testing.T) {
	s := newStore(t)
	ana := address(t, "ana@quay.example")
	signUp(t, s, ana, "", evening)
	if _, err := s.Suppress(t.Context(), ana, subscribers.Manual, evening); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unsuppress(t.Context(), ana, evening.Add(aHour)); err != nil || status(t, s, ana) != subscribers.Unconfirmed {
		t.Fatal(status(t, s, ana), err)
	}
	for i, before := range []time.Time{evening, evening.Add(time.Second)} {
		if n, err := s.Expire(t.Context(), before); n != i || err != nil {
			t.Errorf("%d are forgotten (%v), want %d", n, err, i)
		}
	}
}

func TestALetterThatCannotBeWrittenChangesNothing(t *testing.T) {
	s := newStore(t)
	ana := address(t, "ana@quay.example")
	broken := errors.New("no template")
	_, err := s.SignUp(t.Context(), ana, subscribers.Consent{}, evening, func(subscribers.Key, uint64) (digest.Letter, error) { return digest.Letter{}, broken })
	if !errors.Is(err, broken) || strings.Contains(err.Error(), "ana") {
		t.Errorf("got %v, want the reason and no address", err)
	}
	if got := status(t, s, ana); got != "" || count(t, s, `SELECT count(*) FROM confirmations`) != 0 {
		t.Errorf("something is left: %q", got)
	}
	signUp(t, s, ana, "", evening)
	r, err := s.Subscriber(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Confirm(t.Context(), r.PublicID, "", evening, func(subscribers.Key, subscribers.Subscriber) (digest.Letter, error) { return digest.Letter{}, broken })
	if got := status(t, s, ana); !errors.Is(err, broken) || got != subscribers.Unconfirmed {
		t.Errorf("got %v, and the reader is %s", err, got)
	}
}
