package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// fruitless is how many runs may begin in a row without an orderly end and without
// progress.
const fruitless = 5

func aCrashLoopIsPaused(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	for range fruitless {
		begins(t, s, n, digest.Sending)
	}
	for range 2 {
		r := begins(t, s, n, digest.Paused)
		if want := (digest.Tally{Opened: 3, Pending: 3}); r.Tally != want {
			t.Errorf("got %+v, want %+v", r.Tally, want)
		}
		if r.Pause != digest.PausedCrashLoop || r.Reason != "crash loop" {
			t.Errorf("got %+v", r)
		}
	}
	un, err := s.Book.Unfinished(t.Context())
	if err != nil || len(un) != 1 || un[0].Number != n || un[0].Pause != digest.PausedCrashLoop {
		t.Errorf("got %+v, %v", un, err)
	}
	// An operator's word gives it five more.
	resume(t, s, n, evening)
	for range fruitless {
		if r := begins(t, s, n, digest.Sending); r.Reason != "" || r.Pause != "" {
			t.Errorf("it kept the reason %q", r.Reason)
		}
	}
	begins(t, s, n, digest.Paused)
}

func aRunThatGetsOnIsNoCrashLoop(t *testing.T, open Open) {
	s := open(t, Options{})
	day := 0
	addReaders(t, s, 20)
	for name, c := range map[string]struct {
		between func(n uint32, i int)
		want    digest.State
	}{
		"it sends one each time": {func(n uint32, _ int) { sendOneOf(t, s, n, day) }, digest.Sending},
		"it comes to orderly ends": {func(n uint32, _ int) {
			if err := s.Book.Rest(t.Context(), n, evening); err != nil {
				t.Fatal(err)
			}
		}, digest.Sending},
		"readers leave meanwhile": {func(_ uint32, i int) {
			r, err := s.List.Subscriber(t.Context(), address(t, fmt.Sprintf("reader%d@news.example", i+1)))
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := s.List.Unsubscribe(t.Context(), r.PublicID, evening); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}, digest.Paused},
		// A crash between the intent and the outcome, with policy hold.
		"it only makes more doubts": {func(n uint32, _ int) {
			l := s.Ledger(n)
			intend(t, l, owed(t, l, evening.AddDate(0, 0, day))[0])
			if got := cutShort(t, l, true); got != 1 {
				t.Fatalf("recovered %d, want 1", got)
			}
		}, digest.Paused},
	} {
		n := mustOpen(t, s, day)
		for i := range fruitless {
			begins(t, s, n, digest.Sending)
			c.between(n, i)
		}
		if r, err := s.Book.Begin(t.Context(), n, evening); r.State != c.want || err != nil {
			t.Errorf("%s: it is %s, %v, want %s", name, r.State, err, c.want)
		}
		day++
	}
}

// sendOneOf sends one of an edition of another day than the first.
func sendOneOf(t *testing.T, s Store, number uint32, day int) {
	t.Helper()
	l := s.Ledger(number)
	d := owed(t, l, evening.AddDate(0, 0, day))[0]
	intend(t, l, d)
	settle(t, l, d, accepted(evening))
}

func onlyAnEditionUnderWayBegins(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0)
	pause(t, s, n, digest.PausedAccount, "the relay refuses us")
	if r := begins(t, s, n, digest.Paused); r.Reason != "the relay refuses us" {
		t.Errorf("got %+v", r)
	}
	resume(t, s, n, evening)
	sendOne(t, s.Ledger(n))
	closeEdition(t, s, n)
	if r, err := s.Book.Begin(t.Context(), n, evening); err == nil {
		t.Errorf("a done edition began: %+v", r)
	}
	if _, err := s.Book.Begin(t.Context(), 99, evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := s.Book.Rest(t.Context(), 99, evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func aSendingEditionSaysWhatItWaitsFor(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	waits := func(reason, want string) {
		t.Helper()
		if err := s.Book.Waits(t.Context(), n, reason); err != nil {
			t.Fatal(err)
		}
		all, err := s.Book.Tallies(t.Context())
		if err != nil || len(all) != 1 || all[0].Reason != want {
			t.Errorf("got %+v, %v, want the reason %q", all, err, want)
		}
	}
	waits("no relay", "") // it is open only
	begins(t, s, n, digest.Sending)
	waits("no relay", "no relay")
	waits("", "")
	waits("no relay still", "no relay still")
	if r := begins(t, s, n, digest.Sending); r.Reason != "" {
		t.Errorf("the next run begins with the reason %q", r.Reason)
	}
	pause(t, s, n, digest.PausedAccount, "the relay refuses us")
	waits("no relay", "the relay refuses us")
}

// doneWithUnknown is an edition for three, done, of which the first two are
// unknown.
func doneWithUnknown(t *testing.T, s Store) uint32 {
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	begins(t, s, n, digest.Sending)
	l := s.Ledger(n)
	intend(t, l, owed(t, l, evening)[:2]...)
	cutShort(t, l, true)
	sendOne(t, l)
	closeEdition(t, s, n)
	return n
}

func theUnknownAreSentAgain(t *testing.T, open Open) {
	s := open(t, Options{})
	n := doneWithUnknown(t, s)
	morning := evening.Add(14 * time.Hour)
	if got, err := s.Book.Resolve(t.Context(), n, true, morning); got != 2 || err != nil {
		t.Fatalf("resolved %d, %v, want 2", got, err)
	}
	r, err := s.Book.Tallied(t.Context(), Opening(0).Edition.ID)
	want := digest.Tally{Opened: 3, Sent: 1, Pending: 2, PossibleDuplicates: 2}
	if r.State != digest.Sending || !r.DoneAt.IsZero() || r.Tally != want || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	// They are attempted although the time to give up has long passed.
	l := s.Ledger(n)
	next := sweep(t, l, digest.Sweeping{Now: morning, TooOld: morning.Add(-6 * time.Hour)}).Next
	if !next.Equal(morning) {
		t.Errorf("next due %v, want %v", next, morning)
	}
	ds := owed(t, l, morning)
	if len(ds) != 2 || !ds[0].FirstDue.Equal(evening) || !ds[0].Resumed.Equal(morning) {
		t.Errorf("got %+v, want two with their first date", ds)
	}
	if got, err := s.Book.Resolve(t.Context(), n, true, morning); got != 0 || err != nil {
		t.Errorf("resolved %d more, %v", got, err)
	}
	later := morning.Add(6 * time.Hour)
	sweep(t, l, digest.Sweeping{Now: later, TooOld: later.Add(-6 * time.Hour)})
	wantTally(t, s, 0, digest.Tally{Opened: 3, Sent: 1, Expired: 2, PossibleDuplicates: 2})
}

func theUnknownAreDropped(t *testing.T, open Open) {
	s := open(t, Options{})
	n := doneWithUnknown(t, s)
	if got, err := s.Book.Resolve(t.Context(), n, false, evening.Add(time.Hour)); got != 2 || err != nil {
		t.Fatalf("resolved %d, %v, want 2", got, err)
	}
	r, err := s.Book.Tallied(t.Context(), Opening(0).Edition.ID)
	if want := (digest.Tally{Opened: 3, Sent: 1, Failed: 2}); r.State != digest.Done || r.Tally != want || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	failures, err := s.Book.Failures(t.Context(), n, 10)
	if err != nil || len(failures) != 2 || failures[0].Reply != "given up by the admin; it may have arrived" {
		t.Errorf("got %+v, %v", failures, err)
	}
	if _, err := s.Book.Resolve(t.Context(), 99, false, evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func anEditionAddsUpByDomain(t *testing.T, open Open) {
	s := open(t, Options{})
	for _, a := range []string{
		"ana@Quay.example", "ben@mole.example", "cai@quay.example", "dot@quay.example", "eve@mole.example",
	} {
		addReader(t, s, a)
	}
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	sendOne(t, l)
	intend(t, l, owed(t, l, evening)[0])
	removeReader(t, s, address(t, "eve@mole.example"))
	got, err := s.Book.ByDomain(t.Context(), n)
	want := []digest.DomainTally{
		{Domain: "quay.example", Tally: digest.Tally{Opened: 3, Sent: 1, Pending: 2}},
		{Domain: "", Tally: digest.Tally{Opened: 1, Skipped: 1}},
		{Domain: "mole.example", Tally: digest.Tally{Opened: 1, Attempting: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
