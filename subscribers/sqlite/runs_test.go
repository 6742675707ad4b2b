package sqlite

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func begins(t *testing.T, s *Store, number uint32, want digest.State) digest.Record {
	t.Helper()
	r, err := s.Begin(t.Context(), number, evening)
	if err != nil || r.State != want {
		t.Fatalf("got %s (%q), %v, want %s", r.State, r.Reason, err, want)
	}
	return r
}

// sendOne brings one owed delivery to its end.
func sendOne(t *testing.T, s *Store, number uint32) {
	t.Helper()
	d := owed(t, s, number, evening)[0]
	intendAll(t, s, []digest.Delivery{d})
	if err := s.Settle(t.Context(), d, accepted(evening)); err != nil {
		t.Fatal(err)
	}
}

func TestACrashLoopIsPaused(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0).Number
	for range fruitless {
		begins(t, s, n, digest.Sending)
	}
	for range 2 {
		r := begins(t, s, n, digest.Paused)
		if r.Reason != digest.CrashLoop || r.Tally != (digest.Tally{Opened: 3, Pending: 3}) {
			t.Errorf("got %+v", r)
		}
	}
	paused, err := s.Paused(t.Context())
	if err != nil || len(paused) != 1 || paused[0].Number != n || paused[0].Reason != digest.CrashLoop {
		t.Errorf("got %+v, %v", paused, err)
	}
	// An operator's word gives it five more.
	if err := s.Mark(t.Context(), n, digest.Sending, "", evening); err != nil {
		t.Fatal(err)
	}
	for range fruitless {
		if r := begins(t, s, n, digest.Sending); r.Reason != "" {
			t.Errorf("it kept the reason %q", r.Reason)
		}
	}
	begins(t, s, n, digest.Paused)
}

func TestARunThatGetsOnIsNoCrashLoop(t *testing.T) {
	for name, c := range map[string]struct {
		between func(t *testing.T, s *Store, number uint32, i int)
		want    digest.State
	}{
		"it sends one each time":    {func(t *testing.T, s *Store, n uint32, _ int) { sendOne(t, s, n) }, digest.Sending},
		"it comes to orderly ends":  {func(t *testing.T, s *Store, n uint32, _ int) { rests(t, s, n) }, digest.Sending},
		"readers leave meanwhile":   {leaves, digest.Paused},
		"it only makes more doubts": {cutShortOne, digest.Paused},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			addReaders(t, s, 20)
			n := mustOpen(t, s, 0).Number
			for i := range fruitless {
				begins(t, s, n, digest.Sending)
				c.between(t, s, n, i)
			}
			begins(t, s, n, c.want)
		})
	}
}

func rests(t *testing.T, s *Store, number uint32) {
	if err := s.Rest(t.Context(), number, evening); err != nil {
		t.Fatal(err)
	}
}

func leaves(t *testing.T, s *Store, number uint32, i int) {
	reader, err := s.Subscriber(t.Context(), address(t, strings.Replace("reader#@news.example", "#", string(rune('1'+i)), 1)))
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Unsubscribe(t.Context(), reader.PublicID, evening); !ok || err != nil {
		t.Fatal(ok, err)
	}
}

// cutShortOne is a crash between the intent and the outcome, with policy hold.
func cutShortOne(t *testing.T, s *Store, number uint32, _ int) {
	intendAll(t, s, owed(t, s, number, evening)[:1])
	if n, err := s.Recover(t.Context(), digest.Range{}, true, evening); n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

func TestOnlyAnEditionUnderWayBegins(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0).Number
	if err := s.Mark(t.Context(), n, digest.Paused, "the relay refuses us", evening); err != nil {
		t.Fatal(err)
	}
	if r := begins(t, s, n, digest.Paused); r.Reason != "the relay refuses us" {
		t.Errorf("got %+v", r)
	}
	if err := s.Mark(t.Context(), n, digest.Sending, "", evening); err != nil {
		t.Fatal(err)
	}
	sendOne(t, s, n)
	if err := s.Mark(t.Context(), n, digest.Done, "", evening); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Begin(t.Context(), n, evening); err == nil {
		t.Errorf("a done edition began: %+v", r)
	}
	if _, err := s.Begin(t.Context(), 99, evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := s.Rest(t.Context(), 99, evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// doneWithUnknown is an edition for three, done, of which two are unknown.
func doneWithUnknown(t *testing.T, s *Store) uint32 {
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0).Number
	begins(t, s, n, digest.Sending)
	ds := owed(t, s, n, evening)
	intendAll(t, s, ds[:2])
	if _, err := s.Recover(t.Context(), digest.Range{}, true, evening); err != nil {
		t.Fatal(err)
	}
	sendOne(t, s, n)
	if err := s.Mark(t.Context(), n, digest.Done, "", evening); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheUnknownAreSentAgainByAnOperatorsWord(t *testing.T) {
	s := newStore(t)
	n := doneWithUnknown(t, s)
	morning := evening.Add(14 * time.Hour)
	if got, err := s.Resolve(t.Context(), n, true, morning); got != 2 || err != nil {
		t.Fatalf("resolved %d, %v, want 2", got, err)
	}
	r, err := s.Record(t.Context(), opening(0).Edition.ID)
	want := digest.Tally{Opened: 3, Sent: 1, Pending: 2, PossibleDuplicates: 2}
	if r.State != digest.Sending || !r.DoneAt.IsZero() || r.Tally != want || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	// They are attempted although the time to give up has long passed.
	next, err := s.Sweep(t.Context(), whole(n), morning, morning.Add(-6*time.Hour))
	if !next.Equal(morning) || err != nil {
		t.Errorf("next due %v, %v, want %v", next, err, morning)
	}
	ds := owed(t, s, n, morning)
	if len(ds) != 2 || !ds[0].FirstDue.Equal(evening) {
		t.Errorf("got %+v, want two with their first date", ds)
	}
	if got, err := s.Resolve(t.Context(), n, true, morning); got != 0 || err != nil {
		t.Errorf("resolved %d more, %v", got, err)
	}
	later := morning.Add(6 * time.Hour)
	if _, err := s.Sweep(t.Context(), whole(n), later, later.Add(-6*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got, want := tally(t, s), (digest.Tally{Opened: 3, Sent: 1, Expired: 2, PossibleDuplicates: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTheUnknownAreDroppedByAnOperatorsWord(t *testing.T) {
	s := newStore(t)
	n := doneWithUnknown(t, s)
	if got, err := s.Resolve(t.Context(), n, false, evening.Add(time.Hour)); got != 2 || err != nil {
		t.Fatalf("resolved %d, %v, want 2", got, err)
	}
	r, err := s.Record(t.Context(), opening(0).Edition.ID)
	if want := (digest.Tally{Opened: 3, Sent: 1, Failed: 2}); r.State != digest.Done || r.Tally != want || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	failures, err := s.Failures(t.Context(), n, 10)
	if err != nil || len(failures) != 2 || failures[0].Reply != "dropped by the operator; it may have arrived" {
		t.Errorf("got %+v, %v", failures, err)
	}
	if _, err := s.Resolve(t.Context(), 99, false, evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	execute(t, s, `UPDATE editions SET state = 'cancelled', done_at = NULL`)
	if _, err := s.Resolve(t.Context(), n, true, evening); err == nil {
		t.Error("a cancelled edition is sent again")
	}
}

func TestAnEditionAddsUpByDomain(t *testing.T) {
	s := newStore(t)
	for i, a := range []string{"ana@Quay.example", "ben@mole.example", "cai@quay.example", "dot@quay.example", "eve@mole.example"} {
		if _, _, err := s.Add(t.Context(), activeReader(t, a), evening.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	n := mustOpen(t, s, 0).Number
	sendOne(t, s, n)
	intendAll(t, s, owed(t, s, n, evening)[:1])
	if ok, err := s.Remove(t.Context(), address(t, "eve@mole.example"), evening); !ok || err != nil {
		t.Fatal(ok, err)
	}
	got, err := s.ByDomain(t.Context(), n)
	want := []DomainTally{
		{"quay.example", digest.Tally{Opened: 3, Sent: 1, Pending: 2}},
		{"", digest.Tally{Opened: 1, Skipped: 1}},
		{"mole.example", digest.Tally{Opened: 1, Attempting: 1}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
