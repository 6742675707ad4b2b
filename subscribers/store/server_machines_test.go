//go:build unix

package store

import (
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/pgtest"
)

// Each machine knows how many live, by the server's clock, and one that is to leave off hears it.
func TestMachinesKnowOfEachOther(t *testing.T) {
	url := pgtest.New(t)
	one, two := openServerAt(t, url, Options{}), openServerAt(t, url, Options{})
	beats := func(s *File, drained bool, many int, draining bool) {
		t.Helper()
		h, err := s.Beat(t.Context(), digest.Beat{Role: "serve", Drained: drained})
		if h.Machines != many || h.Draining != draining || err != nil {
			t.Errorf("got %+v, %v, want %d, %v", h, err, many, draining)
		}
	}
	beats(one, false, 1, false)
	beats(two, false, 2, false)
	beats(one, false, 2, false)
	mine, err := one.Drain(t.Context())
	if len(mine) != 1 || !mine[0].Draining || mine[0].Owner != one.owner || err != nil {
		t.Errorf("got %+v, %v", mine, err)
	}
	beats(one, false, 2, true)
	beats(one, true, 1, true)
	beats(two, false, 1, false)
	if mine, err := one.Drain(t.Context()); len(mine) != 1 || !mine[0].Drained || err != nil {
		t.Errorf("got %+v, %v", mine, err)
	}
	change(t, two, `UPDATE machines SET beat = now() - interval '7 seconds' WHERE owner = $1`, two.owner)
	all, err := one.Machines(t.Context())
	if len(all) != 2 || all[1].Owner != two.owner || all[1].Alive || err != nil {
		t.Errorf("got %+v, %v", all, err)
	}
	if err := two.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all, err := one.Machines(t.Context()); len(all) != 1 || err != nil {
		t.Errorf("got %+v, %v", all, err)
	}
}

// A machine hears how many others may do what it can't: they serve, see the shared folders, and
// nobody has told them to leave off.
func TestAMachineHearsWhoMayDoItsPart(t *testing.T) {
	url := pgtest.New(t)
	one, two := openServerAt(t, url, Options{}), openServerAt(t, url, Options{})
	others := func(b digest.Beat, want int) {
		t.Helper()
		if _, err := two.Beat(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		h, err := one.Beat(t.Context(), digest.Beat{Role: "serve", Unseeing: true})
		if h.Others != want || err != nil {
			t.Errorf("beside %+v it hears of %d, %v; want %d", b, h.Others, err, want)
		}
	}
	others(digest.Beat{Role: "serve"}, 1)
	others(digest.Beat{Role: "serve", Unseeing: true}, 0)
	all, err := one.Machines(t.Context())
	if len(all) != 2 || !all[0].Unseeing || !all[1].Unseeing || err != nil {
		t.Errorf("got %+v, %v", all, err)
	}
	others(digest.Beat{Role: "serve"}, 1)
	if _, err := two.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	others(digest.Beat{Role: "serve"}, 0)
}

// A service that was told to leave off and is not heard of any more may have messages in transit: it is
// not said to be gone.
func TestAServiceThatIsNotHeardOfIsNotDrained(t *testing.T) {
	for _, off := range []time.Duration{0, time.Hour, -time.Hour} {
		s := openWithClock(t, pgtest.New(t), off)
		if _, err := s.Beat(t.Context(), digest.Beat{Role: "serve"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for ago, want := range map[string]int{"7 seconds": 1, "11 minutes": 0} {
			change(t, s, `UPDATE machines SET beat = now() - CAST($1 AS INTERVAL)`, ago)
			mine, err := s.Drain(t.Context())
			if len(mine) != want || want == 1 && (mine[0].Alive || mine[0].Drained) || err != nil {
				t.Errorf("%s ago, with a clock that is %v off: got %+v, %v", ago, off, mine, err)
			}
		}
	}
}

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
