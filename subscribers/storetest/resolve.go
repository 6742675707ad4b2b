package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// refused is a refusal for good: of a row that is suspect then, or has failed.
func refused(suspect digest.Suspect, due time.Time) digest.Settlement {
	s := digest.Settlement{
		Step: digest.Failed, At: evening, Due: due, Suspect: suspect,
		Outcome: digest.Outcome{Class: digest.Permanent, Code: 554, Enhanced: "5.7.1", Reply: "Relay access denied"},
	}
	if suspect != "" {
		s.Step = digest.Pending
	}
	return s
}

// withSuspects is an edition for five: one suspect of each kind, and one of none.
func withSuspects(t *testing.T, s Store) uint32 {
	t.Helper()
	addReaders(t, s, 5)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	ds := owed(t, l, evening)
	for i, kind := range []digest.Suspect{digest.OfAddress, digest.OfOurs, digest.OfMessage, digest.OfConnection} {
		intend(t, l, ds[i])
		settle(t, l, ds[i], refused(kind, evening.Add(time.Hour)))
	}
	return n
}

func wantSuspects(t *testing.T, s Store, number uint32, want int) {
	t.Helper()
	if got, err := s.Book.Suspects(t.Context(), number); got != want || err != nil {
		t.Errorf("%d suspects, %v, want %d", got, err, want)
	}
}

func suspectsFailByAnOperatorsWord(t *testing.T, open Open) {
	s := open(t, Options{})
	n := withSuspects(t, s)
	wantSuspects(t, s, n, 3)
	later := evening.Add(time.Minute)
	for _, want := range []int{3, 0} {
		got, err := s.Book.ResolveSuspects(t.Context(), n, false, 0, later)
		if got != want || err != nil {
			t.Errorf("resolved %d, %v, want %d", got, err, want)
		}
	}
	wantSuspects(t, s, n, 0)
	wantTally(t, s, 0, digest.Tally{Opened: 5, Failed: 3, Pending: 2})
	verified(t, s, n)
	failures, err := s.Book.Failures(t.Context(), n, 1)
	want := []digest.Failure{{
		Subscriber: 1, Address: "reader1@news.example", Step: digest.Failed,
		Code: 554, Enhanced: "5.7.1", Reply: "Relay access denied", At: later,
	}}
	if diff := cmp.Diff(want, failures); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func suspectsAreTriedAgainByAnOperatorsWord(t *testing.T, open Open) {
	s := open(t, Options{})
	n := withSuspects(t, s)
	l := s.Ledger(n)
	failures, err := s.Book.Failures(t.Context(), n, 10)
	if len(failures) != 3 || failures[1].Suspect != digest.OfOurs || failures[1].Step != digest.Pending || err != nil {
		t.Errorf("got %+v, %v, want the three that were refused", failures, err)
	}
	morning := evening.Add(14 * time.Hour)
	if got, err := s.Book.ResolveSuspects(t.Context(), n, true, 20*time.Hour, morning); got != 3 || err != nil {
		t.Errorf("resolved %d, %v, want 3", got, err)
	}
	wantSuspects(t, s, n, 0)
	if ds := owed(t, l, morning); len(ds) != 5 || ds[3].Suspect != "" || ds[4].Suspect != digest.OfConnection {
		t.Errorf("got %+v, want all five, the one that breaks connections last", ds)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 5, Pending: 5})
	verified(t, s, n)
	r, err := s.Book.Record(t.Context(), Opening(0).Edition.ID)
	if want := morning.Add(20 * time.Hour); !r.Ends(morning).Equal(want) || err != nil {
		t.Errorf("it ends at %v, %v, want %v", r.Ends(morning), err, want)
	}
}

// Of six one was sent, one failed without a relay's word, three left in their ways.
func theRefusedAreSentAgain(t *testing.T, open Open) {
	s := open(t, Options{})
	readers := addReaders(t, s, 6)
	n := mustOpen(t, s, 0)
	begins(t, s, n, digest.Sending)
	l := s.Ledger(n)
	ds := owed(t, l, evening)
	intend(t, l, ds...)
	for i, d := range ds {
		o := refused("", evening)
		if i == 3 {
			o.Outcome = digest.Outcome{Class: digest.Local, Reply: "no template"}
		}
		if i == 5 {
			o = accepted(evening)
		}
		settle(t, l, d, o)
	}
	closeEdition(t, s, n)
	suppress(t, s, readers[1].Address, subscribers.HardBounce, evening)
	unsubscribe(t, s, readers[2].PublicID, evening)
	removeReader(t, s, readers[4].Address)
	look := func() (active, left []int64) {
		t.Helper()
		err := s.Book.Refused(t.Context(), n, func(f digest.Failure, is bool) error {
			if f.Code != 554 || f.Enhanced != "5.7.1" || f.Reply != "Relay access denied" || f.Step != digest.Failed {
				t.Errorf("got %+v", f)
			}
			if is {
				active = append(active, f.Subscriber)
			} else {
				left = append(left, f.Subscriber)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return active, left
	}
	active, left := look()
	if diff := cmp.Diff([][]int64{{1}, {2, 3, 5}}, [][]int64{active, left}); diff != "" {
		t.Errorf("who may be mailed, and who left: %s", diff)
	}
	// A late look changes nothing: who left stays out, whatever is asked.
	morning := evening.Add(14 * time.Hour)
	for _, want := range []int{1, 0} {
		all := []int64{1, 2, 3, 4, 5, 6, 99}
		if got, err := s.Book.ResendRefused(t.Context(), n, all, 20*time.Hour, morning); got != want || err != nil {
			t.Errorf("resent to %d, %v, want %d", got, err, want)
		}
	}
	r, err := s.Book.Tallied(t.Context(), Opening(0).Edition.ID)
	if want := (digest.Tally{Opened: 6, Sent: 1, Failed: 4, Pending: 1}); r.State != digest.Sending ||
		!r.DoneAt.IsZero() || r.Tally != want || !r.Ends(morning).Equal(morning.Add(20*time.Hour)) || err != nil {
		t.Errorf("got %+v, %v, ending at %v", r, err, r.Ends(morning))
	}
	verified(t, s, n)
	// They are as new, and may be begun until then.
	got := owed(t, l, morning)
	if len(got) != 1 || got[0].Attempts != 0 || !got[0].FirstDue.Equal(evening) || !got[0].Deferred.IsZero() ||
		!got[0].Ends(r.Until+r.Stood).Equal(morning.Add(20*time.Hour)) || got[0].MessageID != ds[0].MessageID {
		t.Errorf("got %+v", got)
	}
	begins(t, s, n, digest.Sending)
	intend(t, l, got[0])
	settle(t, l, got[0], accepted(morning))
	closeEdition(t, s, n)
	wantTally(t, s, 0, digest.Tally{Opened: 6, Sent: 2, Failed: 4})
	verified(t, s, n)
}

// No word of an operator changes an edition that another process is delivering.
func aRunIsNotDisturbed(t *testing.T, open Open) {
	s, other := open(t, Options{}), open(t, Options{})
	n := withSuspects(t, s)
	unlock, err := s.Lock("serve")
	if err != nil {
		t.Fatal(err)
	}
	begins(t, s, n, digest.Sending)
	words := func(b Book) []error {
		_, unknown := b.Resolve(t.Context(), n, true, evening)
		_, suspects := b.ResolveSuspects(t.Context(), n, true, 0, evening)
		_, failed := b.ResendRefused(t.Context(), n, []int64{1}, time.Hour, evening)
		return []error{unknown, suspects, failed}
	}
	for _, err := range words(other.Book) {
		if !errors.Is(err, digest.ErrRunning) {
			t.Errorf("got %v, want ErrRunning", err)
		}
	}
	wantSuspects(t, s, n, 3)
	// It rests, is paused, or who had begun it is gone.
	if err := s.Book.Rest(t.Context(), n, evening); err != nil {
		t.Fatal(err)
	}
	for _, err := range words(other.Book) {
		if err != nil {
			t.Error(err)
		}
	}
	begins(t, s, n, digest.Sending)
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if unlock, err = other.Lock("resolve"); err != nil {
		t.Fatal(err)
	}
	for _, err := range words(other.Book) {
		if err != nil {
			t.Error(err)
		}
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
