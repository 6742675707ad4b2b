//go:build unix

package store

import (
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// A machine whose clock is off PostgreSQL's leaves the editions to those whose clocks agree with it.
// Where there is none, it is PostgreSQL's clock that is wrong.
func TestAMachineHearsWhetherAnyClockAgreesWithTheServers(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	beat := func(s *File) digest.Heard {
		t.Helper()
		heard, err := s.Beat(t.Context(), digest.Beat{Role: "serve"})
		if err != nil {
			t.Fatal(err)
		}
		return heard
	}
	one, other := openWithClock(t, url, -time.Hour), openWithClock(t, url, -time.Hour)
	beat(one)
	if h := beat(other); h.Machines != 2 || h.Timely != 0 {
		t.Errorf("%d machines, and %d clocks agree; want 2 and none", h.Machines, h.Timely)
	}
	right := openServerAt(t, url, Options{Machine: time.Now})
	beat(right)
	if h := beat(other); h.Machines != 3 || h.Timely != 1 {
		t.Errorf("%d machines, and %d clocks agree; want 3 and 1", h.Machines, h.Timely)
	}
	all, err := one.Machines(t.Context())
	if err != nil || len(all) != 3 || all[0].Timely() || all[0].Ahead.Round(time.Minute) != time.Hour || !all[2].Timely() {
		t.Errorf("got %+v, %v", all, err)
	}
}

// What the others know a configuration by tells them nothing of it, and another house nothing at all.
func TestAFingerprintIsTheHousesOwn(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	one, other, elsewhere := openServerAt(t, url, Options{}), openServerAt(t, url, Options{}),
		openServerAt(t, pgtest.New(t), Options{})
	known := func(s *File, part, has string) string { return s.House().Fingerprint(part, []byte(has)) }
	is := known(one, "base_url", "https://news.example")
	if got := known(other, "base_url", "https://news.example"); got != is || len(got) != 16 {
		t.Errorf("got %q and %q, want the same", is, got)
	}
	for _, got := range []string{
		known(one, "base_url", "https://news.example/"), known(one, "[dkim]", "https://news.example"),
		known(elsewhere, "base_url", "https://news.example"),
	} {
		if got == is {
			t.Errorf("%q is another one's too", got)
		}
	}
	alike := digest.Alike("").With("base_url", is)
	if _, err := one.Beat(t.Context(), digest.Beat{Role: "serve", Alike: alike}); err != nil {
		t.Fatal(err)
	}
	if all, err := other.Machines(t.Context()); err != nil || len(all) != 1 || all[0].Alike != alike {
		t.Errorf("got %+v, %v", all, err)
	}
}

func TestOthersHearWhyAMachineDoesNothing(t *testing.T) {
	t.Parallel()
	s := openServerAt(t, pgtest.New(t), Options{})
	is := func(unfit string) digest.Machine {
		t.Helper()
		if _, err := s.Beat(t.Context(), digest.Beat{Role: "serve", Unfit: unfit}); err != nil {
			t.Fatal(err)
		}
		all, err := s.Machines(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0]
	}
	const why = "the relay refuses it"
	is(why)
	_, err := s.server.pool.Exec(t.Context(), `UPDATE machines SET unfit_at = unfit_at - interval '1 hour'`)
	if err != nil {
		t.Fatal(err)
	}
	if m := is(why); m.Unfit != why || m.UnfitFor < time.Hour {
		t.Errorf("got %q for %v", m.Unfit, m.UnfitFor)
	}
	is("")
	if m := is(why); m.UnfitFor > time.Minute {
		t.Errorf("anew: got %q for %v", m.Unfit, m.UnfitFor)
	}
	if m := is(""); m.Unfit != "" || m.UnfitFor != 0 {
		t.Errorf("well: got %q for %v", m.Unfit, m.UnfitFor)
	}
}

// An edition that ends whoever works on it ends all machines. Of one that ends but a single machine,
// time and again, the machine is to blame.
func TestAnEditionIsInNoCrashLoopThatAnotherMachineLivesThrough(t *testing.T) {
	url := pgtest.New(t)
	one, other := openedServer(t, url), openedServer(t, url)
	addReaders(t, one, 2)
	n := mustOpen(t, one, 0).Number
	begins := func() digest.State {
		t.Helper()
		begun, err := one.Book().Begin(t.Context(), n, time.Now().Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return begun.State
	}
	for range 12 {
		if _, err := other.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
			t.Fatal(err)
		}
		if is := begins(); is != digest.Sending {
			t.Fatalf("beside another machine it is %s", is)
		}
	}
	if err := other.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	is := digest.Sending
	for range 6 {
		is = begins()
	}
	if is != digest.Paused {
		t.Errorf("alone it is %s", is)
	}
}
