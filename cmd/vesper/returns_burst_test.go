package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest/whole"
)

// Beside other tests and under the race detector this finds a door that starves the
// edition. .ci/long measures on a machine that does nothing else.
var paceFlag = flag.Float64("pace", keptPace(), "what part of its pace an edition keeps in a burst of bounces, at least")

func keptPace() float64 {
	if whole.Raced {
		return 0.4
	}
	return 0.75
}

// burst brings bounces of an edition to the door as it arrives.
type burst struct {
	n      *newsroom
	door   string
	perOne int

	mu sync.Mutex
	// taken are the bounces that the door said 250 to, by their numbers.
	taken map[int]bool
	// seconds are how long each took from the first word to its 250.
	seconds []float64
	stopped chan struct{}
}

// client is a mail server with one connection, which it keeps.
func (b *burst) client(work <-chan [2]string, again chan<- [2]string) {
	var c net.Conn
	var r *bufio.Reader
	say := func(line, want string) error {
		if line != "" {
			c.SetDeadline(time.Now().Add(20 * time.Second))
			if _, err := fmt.Fprintf(c, "%s\r\n", line); err != nil {
				return err
			}
		}
		for {
			got, err := r.ReadString('\n')
			if err != nil {
				return err
			}
			if len(got) > 3 && got[3] == '-' {
				continue
			}
			if !strings.HasPrefix(got, want) {
				return errors.New(strings.TrimSpace(got))
			}
			return nil
		}
	}
	bring := func(from, message string) error {
		if c == nil {
			var err error
			if c, err = net.Dial("tcp", b.door); err != nil {
				return err
			}
			r = bufio.NewReader(c)
			if err := errors.Join(say("", "220"), say("LHLO mx.there.example", "250")); err != nil {
				return err
			}
		}
		for _, step := range [][2]string{
			{"MAIL FROM:<>", "250"},
			{"RCPT TO:<" + from + ">", "250"},
			{"DATA", "354"},
			{strings.ReplaceAll(message, "\n", "\r\n") + "\r\n.", "250"},
		} {
			if err := say(step[0], step[1]); err != nil {
				return err
			}
		}
		return nil
	}
	for job := range work {
		number := 0
		fmt.Sscan(job[1], &number)
		began := time.Now()
		err := bring(job[0], dsn("reader@reader.example", "4.2.2", fmt.Sprintf("452 4.2.2 mailbox full, bounce %d", number)))
		if err == nil {
			b.mu.Lock()
			b.taken[number] = true
			b.seconds = append(b.seconds, time.Since(began).Seconds())
			b.mu.Unlock()
			continue
		}
		if c != nil {
			c.Close()
			c = nil
		}
		// As a mail server does, though sooner.
		time.Sleep(50 * time.Millisecond)
		again <- job
	}
	if c != nil {
		c.Close()
	}
}

// run brings bounces until so many were taken.
func (b *burst) run(t *testing.T, bounces int) {
	work, jobs := make(chan [2]string), make(chan [2]string, bounces+100)
	var clients sync.WaitGroup
	for range 10 {
		clients.Go(func() { b.client(work, jobs) })
	}
	go func() {
		for given, next := 0, 0; next < bounces; {
			all := b.n.box.Messages()
			for ; given < len(all) && next < bounces; given++ {
				for range b.perOne {
					next++
					jobs <- [2]string{all[given].From, fmt.Sprint(next)}
				}
			}
			select {
			case <-b.stopped:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	late := time.After(5 * time.Minute)
	for done := 0; done < bounces; {
		select {
		case job := <-jobs:
			select {
			case work <- job:
			case <-late:
				t.Error("the bounces are not taken")
				done = bounces
			}
		case <-time.After(20 * time.Millisecond):
		case <-late:
			t.Error("the bounces are not taken")
			done = bounces
		}
		b.mu.Lock()
		done = max(done, len(b.taken))
		b.mu.Unlock()
	}
	close(work)
	close(b.stopped)
	clients.Wait()
}

var bounceNumber = regexp.MustCompile(`bounce (\d+)`)

// paced is a newsroom whose serve opens an edition in two seconds, and sends it at a rate.
func paced(t *testing.T, readers, rate int, more string) *newsroom {
	t.Helper()
	n := newNewsroom(t, readers)
	config := filepath.Join(n.dir, "vesper.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Replace(string(text), `tls = "none"`, fmt.Sprintf("tls = \"none\"\nrate = %d", rate), 1)
	if err := os.WriteFile(config, []byte(lines+more), 0o600); err != nil {
		t.Fatal(err)
	}
	n.clock = clockAt(t, "2030-01-01T17:59:58Z")
	n.written(t, n.clock().Add(-time.Hour))
	return n
}

// pace waits until all readers have the edition, and gives how many got it in a second.
func (n *newsroom) pace(t *testing.T, readers int) float64 {
	t.Helper()
	for late := time.Now().Add(3 * time.Minute); len(n.box.Messages()) < readers; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d of %d readers got the edition", len(n.box.Messages()), readers)
		}
	}
	all := n.box.Messages()
	return float64(len(all)-1) / all[len(all)-1].Received.Sub(all[0].Received).Seconds()
}

func TestABurstOfBouncesSlowsNoEditionAndNoneIsLost(t *testing.T) {
	const rate = 200
	bounces := whole.Times(t, 1000, 10000)
	few := min(bounces, 2000) // which is enough to see the pace
	alone := paced(t, few/5, rate, "")
	s := alone.startService(t)
	usual := alone.pace(t, few/5)
	s.kill()
	for kills, bounces := range map[int]int{0: few, 5: bounces} {
		t.Run(fmt.Sprintf("%d kills", kills), func(t *testing.T) {
			readers := bounces / 5
			door := fmt.Sprintf("127.0.0.1:%d", freePort(t))
			n := paced(t, readers, rate, fmt.Sprintf("[bounces]\nlisten = %q\n", door))
			b := &burst{n: n, door: door, perOne: 5, taken: map[int]bool{}, stopped: make(chan struct{})}
			s := n.startService(t)
			began := time.Now()
			var burst sync.WaitGroup
			burst.Go(func() { b.run(t, bounces) })
			for i := range kills {
				for want := (i + 1) * bounces / (kills + 1); b.count() < want; {
					time.Sleep(5 * time.Millisecond)
				}
				s.kill()
				s = n.startService(t)
			}
			burst.Wait()
			pace := n.pace(t, readers)
			s.kill()
			b.lost(t)
			slices.Sort(b.seconds)
			t.Logf("%d bounces in a burst, %d kills: %d taken and recorded in %.1f s, half within %.1f ms, "+
				"99 %% within %.1f ms; the edition at %.0f a second, %.0f without them, of %d", bounces, kills, len(b.taken),
				time.Since(began).Seconds(), 1000*b.seconds[len(b.seconds)/2], 1000*b.seconds[len(b.seconds)*99/100],
				pace, usual, rate)
			if kills == 0 && pace < *paceFlag*usual {
				t.Errorf("the edition went at %.0f a second, and at %.0f without bounces", pace, usual)
			}
		})
	}
}

func (b *burst) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.taken)
}

// lost compares what the door said 250 to with what is recorded.
func (b *burst) lost(t *testing.T) {
	t.Helper()
	recorded := map[int]int{}
	for _, r := range b.n.reports(t) {
		if m := bounceNumber.FindStringSubmatch(r.Diagnostic); m != nil && r.Subscriber != 0 && r.Edition == 1 {
			number := 0
			fmt.Sscan(m[1], &number)
			recorded[number]++
		}
	}
	for number := range b.taken {
		if recorded[number] != 1 {
			t.Errorf("bounce %d was taken, and is recorded %d times", number, recorded[number])
		}
	}
}
