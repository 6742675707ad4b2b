package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// dies has a process take up these rows of a ledger and die, and another take over at
// now, when all leases are over. It gives what that finds.
func dies(t *testing.T, open Open, ledger func(s Store) Ledger, now time.Time, keys ...int64) (Ledger, digest.Swept) {
	t.Helper()
	l := ledger(open(t, Options{Lease: lease}))
	for _, d := range owed(t, l, now) {
		for _, key := range keys {
			if d.Key == key {
				intend(t, l, d)
			}
		}
	}
	l = ledger(open(t, Options{}))
	swept := sweep(t, l, digest.Sweeping{Now: now})
	if swept.Recovered != len(keys) {
		t.Fatalf("recovered %d, want %d", swept.Recovered, len(keys))
	}
	return l, swept
}

func ofEdition(s Store) Ledger { return s.Ledger(1) }

func ofLetters(s Store) Ledger { return s.Outbox }

func keysOf(ds []digest.Delivery) (keys []int64) {
	for _, d := range ds {
		keys = append(keys, d.Key)
	}
	return keys
}

func whatAProcessDiedOfGoesBehind(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 4)
	mustOpen(t, s, 0)
	now := evening.Add(lease)
	l, _ := dies(t, open, ofEdition, now, 1, 3)
	ds := owed(t, l, now)
	if diff := cmp.Diff([]int64{2, 4, 1, 3}, keysOf(ds)); diff != "" {
		t.Error(diff)
	}
	// What a process left under way in itself, it did not die of.
	intend(t, l, ds[0])
	sweep(t, l, digest.Sweeping{Now: now})
	if diff := cmp.Diff([]int64{2, 4, 1, 3}, keysOf(owed(t, l, now))); diff != "" {
		t.Error(diff)
	}
	// After the second death it waits, and is tried alone then.
	now = now.Add(time.Minute)
	l, _ = dies(t, open, ofEdition, now, 1)
	if diff := cmp.Diff([]int64{2, 4, 3}, keysOf(owed(t, l, now))); diff != "" {
		t.Error(diff)
	}
	now = now.Add(digest.DeathRest)
	ds = owed(t, l, now)
	if diff := cmp.Diff([]int64{2, 4, 3, 1}, keysOf(ds)); diff != "" || ds[3].Suspect != digest.OfConnection {
		t.Errorf("%+v %s", ds[3], diff)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 4, Pending: 4, PossibleDuplicates: 4})
}

// The third death is the last, for deliveries and letters.
func whatThreeProcessesDiedOfFails(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	id := postTo(t, s, digest.Proof, "desk@post.example")
	now := evening
	for range digest.MostDeaths {
		now = now.Add(digest.DeathRest)
		dies(t, open, ofEdition, now, 2)
		dies(t, open, ofLetters, now, id)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 2, Pending: 1, Failed: 1, PossibleDuplicates: 2})
	verified(t, s, n)
	failures, err := s.Book.Failures(t.Context(), n, 10)
	const said = "the program ended each time while it was being sent; it may have arrived"
	want := []digest.Failure{{
		Subscriber: 2, Address: "reader2@news.example", Step: digest.Failed, Reply: said,
		At: now,
	}}
	if diff := cmp.Diff(want, failures); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if got := letter(t, s, id); got.Step != digest.Failed {
		t.Errorf("the letter is %s", got.Step)
	}
	// A policy that holds what is in doubt does so the first time.
	now = now.Add(digest.DeathRest)
	l := s.Ledger(n)
	intend(t, l, owed(t, l, now)[0])
	sweep(t, open(t, Options{}).Ledger(n), digest.Sweeping{Now: now, Hold: true})
	wantTally(t, s, 0, digest.Tally{Opened: 2, Unknown: 1, Failed: 1, PossibleDuplicates: 2})
}

func noMoreThanOneAnHourDies(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 3)
	mustOpen(t, s, 0)
	now := evening
	for range digest.MostDeaths - 1 {
		now = now.Add(lease)
		dies(t, open, ofEdition, now, 1, 2)
	}
	now = now.Add(digest.DeathRest)
	l, swept := dies(t, open, ofEdition, now, 1)
	if diff := cmp.Diff([]int64{3}, keysOf(owed(t, l, now))); diff != "" || !swept.Next.Equal(evening) {
		t.Errorf("next %v %s", swept.Next, diff)
	}
	now = now.Add(digest.DeathRest)
	if diff := cmp.Diff([]int64{3, 2}, keysOf(owed(t, l, now))); diff != "" {
		t.Error(diff)
	}
}

// Whatever ended such a run, it was not the edition.
func aRunThatDiedWaitingIsNoCrashLoop(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 3)
	n := mustOpen(t, s, 0)
	waits := func() {
		t.Helper()
		if err := s.Book.Waits(t.Context(), n, "waiting for the relay: connection refused"); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 * fruitless {
		begins(t, s, n, digest.Sending)
		waits()
	}
	// With a message under way it is one, whatever it says.
	intend(t, s.Ledger(n), owed(t, s.Ledger(n), evening)[0])
	for range fruitless - 1 {
		begins(t, s, n, digest.Sending)
		waits()
	}
	begins(t, s, n, digest.Paused)
}

func aCrashLoopKeepsWhenItWasLastTried(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	n := mustOpen(t, s, 0)
	for range fruitless + 1 {
		if _, err := s.Book.Begin(t.Context(), n, evening); err != nil {
			t.Fatal(err)
		}
	}
	for hour := range 3 {
		at := evening.Add(time.Duration(hour) * time.Hour)
		r, err := s.Book.Begin(t.Context(), n, at)
		if r.Pause != digest.PausedCrashLoop || !r.RanAt.Equal(at) || err != nil {
			t.Errorf("got %+v, %v, want a crash loop that was tried at %v", r, err, at)
		}
	}
	// Other pauses know nothing of it.
	pause(t, s, n, digest.PausedDesk, "wait")
	r, err := s.Book.Begin(t.Context(), n, evening.Add(9*time.Hour))
	if want := evening.Add(2 * time.Hour); !r.RanAt.Equal(want) || err != nil {
		t.Errorf("got %+v, %v, want a run at %v", r, err, want)
	}
}
