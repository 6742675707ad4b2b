package relay

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// line starts n who wait for a permit, one after the other, and gives the order
// in which they got theirs, with the time of each.
func line(t *testing.T, p *pacer, letters ...bool) *[]time.Duration {
	t.Helper()
	began := time.Now()
	got := make([]time.Duration, len(letters))
	for i, letter := range letters {
		go func() {
			if _, ok := p.take(t.Context(), nil, letter); ok {
				got[i] = time.Since(began)
			}
		}()
		synctest.Wait()
	}
	return &got
}

func TestALetterGoesBeforeEditionsThatWaitForTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0.1, time.Now) // one each 10 s
		got := line(t, p, false, false, false, false, false, true, false)
		time.Sleep(time.Hour)
		synctest.Wait()
		for i, want := range []time.Duration{0, 20, 30, 40, 50, 10, 60} {
			if (*got)[i] != want*time.Second {
				t.Errorf("number %d goes after %s, want %ds", i+1, (*got)[i], want)
			}
		}
	})
}

func TestWhoStopsWaitingForTheRateTakesNothingAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0.1, time.Now)
		p.take(t.Context(), nil, false)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		var all sync.WaitGroup
		for i := range 6 {
			all.Go(func() {
				waiting, over := t.Context(), done
				if i%2 == 0 {
					waiting, over = ctx, nil
				}
				if _, ok := p.take(waiting, over, i == 0); ok {
					t.Error("a permit came although nobody wanted it any more")
				}
			})
		}
		time.Sleep(5 * time.Second)
		cancel()
		close(done)
		all.Wait()
		began := time.Now()
		p.take(t.Context(), nil, false)
		p.take(t.Context(), nil, false)
		if took := time.Since(began); took != 15*time.Second {
			t.Errorf("the next two took %s, want 15s", took)
		}
	})
}

func TestAPermitThatIsNotUsedIsTheNextOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(0.1, time.Now)
		idle, _ := p.take(t.Context(), nil, false)
		got := line(t, p, false, false)
		time.Sleep(4 * time.Second)
		p.giveBack(idle)
		time.Sleep(time.Hour)
		synctest.Wait()
		if (*got)[0] != 4*time.Second || (*got)[1] != 14*time.Second {
			t.Errorf("the next two go after %v, want 4s and 14s", *got)
		}
		// Given back when a later message is out, it is worth nothing.
		first, _ := p.take(t.Context(), nil, false)
		p.take(t.Context(), nil, false)
		p.giveBack(first)
		began := time.Now()
		p.take(t.Context(), nil, false)
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("after one that came back late, the next took %s, want 10s", took)
		}
	})
}

func TestTheRateIsKeptWhateverBecomesOfPermits(t *testing.T) {
	const every = 100 * time.Millisecond
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			p := newPacer(float64(time.Second/every), time.Now)
			var mu sync.Mutex
			var sent []time.Time
			began := time.Now()
			var all sync.WaitGroup
			for n := range uint64(8) {
				all.Go(func() {
					random := rand.New(rand.NewPCG(seed, n))
					for time.Since(began) < 20*time.Second {
						ctx, cancel := context.WithTimeout(t.Context(),
							time.Duration(random.IntN(2000))*time.Millisecond)
						held, ok := p.take(ctx, nil, n == 0)
						cancel()
						if !ok {
							continue
						}
						// The stream has us wait, or has nothing.
						time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
						switch {
						case random.IntN(3) == 0:
							p.giveBack(held)
							time.Sleep(time.Duration(random.IntN(500)) * time.Millisecond)
							continue
						case p.stale(held):
							p.take(t.Context(), nil, n == 0)
						}
						mu.Lock()
						sent = append(sent, time.Now())
						mu.Unlock()
					}
				})
			}
			all.Wait()
			// A permit may be used until the next is given: so two may be out, no more.
			for i := range sent {
				for j := i + 1; j < len(sent); j++ {
					if room := int(sent[j].Sub(sent[i])/every) + 2; j-i+1 > room {
						t.Fatalf("seed %d: %d messages in %s", seed, j-i+1, sent[j].Sub(sent[i]))
					}
				}
			}
			if rate := float64(len(sent)) / 20; rate < 5 {
				t.Errorf("seed %d: only %.1f messages a second", seed, rate)
			}
		})
	}
}

func TestALateTimerSlowsNobodyDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A clock that moves in steps of 30 ms notices each moment late.
		p := newPacer(10, func() time.Time { return time.Now().Truncate(30 * time.Millisecond) })
		got := line(t, p, false, false, false, false)
		time.Sleep(time.Second)
		synctest.Wait()
		if last := (*got)[3]; last > 330*time.Millisecond {
			t.Errorf("the fourth goes after %s, want no more than 330ms", last)
		}
	})
}

func TestWithoutARateNobodyWaits(t *testing.T) {
	if p := newPacer(0, time.Now); p != nil {
		t.Errorf("got %+v", p)
	}
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(1e-12, time.Now) // one in 30,000 years
		if _, ok := p.take(t.Context(), nil, false); !ok {
			t.Error("the first is not let go")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if _, ok := p.take(ctx, nil, true); ok {
			t.Error("the second is let go")
		}
	})
}
