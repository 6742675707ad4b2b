package gather_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest/gather"
	"vesper/digest/intake/fetch"
)

// slow takes some time for each answer, and remembers when it was asked for what.
type slow struct {
	mu     sync.Mutex
	takes  time.Duration
	asked  []string
	at     []time.Time
	now    map[string]int
	answer func(address string) (fetch.Response, error)
}

func (s *slow) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return fetch.Response{}, err
	}
	s.mu.Lock()
	if s.now == nil {
		s.now = map[string]int{}
	}
	if s.now[u.Host]++; s.now[u.Host] > 1 {
		err = fmt.Errorf("two at once")
	}
	s.asked, s.at = append(s.asked, r.URL), append(s.at, time.Now())
	s.mu.Unlock()
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		err = ctx.Err()
	}
	s.mu.Lock()
	s.now[u.Host]--
	s.mu.Unlock()
	if err != nil {
		return fetch.Response{}, err
	}
	return s.answer(r.URL)
}

// TestARoundStarvesNoFeed has 100 feeds that hang: each round ends in its time, and what it
// left comes first in the next one.
func TestARoundStarvesNoFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNewsroom(t)
		s := &slow{takes: 19 * time.Second, answer: func(string) (fetch.Response, error) {
			return fetch.Response{}, fetch.ErrTooSlow
		}}
		n.Get = func(gather.Feed) gather.Getter { return s }
		n.Now = time.Now
		n.Feeds = nil
		for i := range 100 {
			n.Feeds = append(n.Feeds, gather.Feed{URL: fmt.Sprintf("https://hangs%d.example/", i)})
		}
		began := time.Now()
		_, errs := n.All(t.Context())
		left := map[string]bool{}
		for address, err := range errs {
			if err == gather.ErrLeft {
				left[address] = true
			}
		}
		if took := time.Since(began); took > 5*time.Minute+time.Second || len(errs) != 100 || len(left) != 40 {
			t.Errorf("it took %v, %d failed and %d of them are left", took, len(errs), len(left))
		}
		if said := n.log.String(); !strings.Contains(said, "left=40 seconds=300") {
			t.Errorf("it said %.2000s", said[max(0, len(said)-2000):])
		}
		s.asked = nil
		n.All(t.Context())
		for _, address := range s.asked[:40] {
			if !left[address] {
				t.Errorf("%s is asked before those that were left", address)
			}
		}
	})
}

// TestAHostIsAskedForOneThingAtATime, with a pause, although its feeds and its pages are
// many. What a feed waits for is no other host's time.
func TestAHostIsAskedForOneThingAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNewsroom(t)
		s := &slow{takes: 100 * time.Millisecond, answer: thinFeed(5)}
		n.Get = func(gather.Feed) gather.Getter { return s }
		n.Pause = gather.Pause
		n.Feeds = []gather.Feed{
			{URL: "https://one.example/feed", Pages: true},
			{URL: "https://www.one.example/feed", Pages: true},
			{URL: "https://two.example/feed"},
		}
		if _, errs := n.All(t.Context()); len(errs) > 0 {
			t.Fatal(errs)
		}
		last := map[string]time.Time{}
		for i, address := range s.asked {
			host := strings.TrimPrefix(strings.TrimPrefix(address, "https://"), "www.")
			host = host[:strings.IndexByte(host, '/')]
			if at, there := last[host]; there && s.at[i].Sub(at) < gather.Pause+s.takes {
				t.Errorf("%s is asked %v after another", address, s.at[i].Sub(at))
			}
			last[host] = s.at[i]
		}
		if len(s.asked) != 2+10+1 {
			t.Errorf("asked for %q", s.asked)
		}
	})
}

// TestAHostThatAsksToWaitIsAskedForNoMorePages until then, whatever it answered; its feed is.
func TestAHostThatAsksToWaitIsAskedForNoMorePages(t *testing.T) {
	for _, code := range []int{200, 429, 503} {
		synctest.Test(t, func(t *testing.T) {
			n := newNewsroom(t)
			feed := thinFeed(5)
			s := &slow{takes: time.Millisecond, answer: func(address string) (fetch.Response, error) {
				got, err := feed(address)
				if strings.HasSuffix(address, "/feed") {
					return got, err
				}
				if got.After = time.Hour; code != 200 {
					err = &fetch.StatusError{Code: code, After: time.Hour}
				}
				return got, err
			}}
			n.Get = func(gather.Feed) gather.Getter { return s }
			n.Feeds = []gather.Feed{{URL: "https://one.example/feed", Pages: true}}
			for _, want := range []int{2, 3, 5} {
				report := n.fetch(t)
				if len(s.asked) != want || report.Unread == 0 {
					t.Errorf("%d: asked for %q, %+v", code, s.asked, report)
				}
				time.Sleep(31 * time.Minute) // the bubble's time
			}
		})
	}
}

// TestPagesThatTakeAllTheTimeLoseNoStory: what was read of a feed is kept, and the rest has
// its summary until the next look.
func TestPagesThatTakeAllTheTimeLoseNoStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNewsroom(t)
		s := &slow{takes: 14 * time.Second, answer: thinFeed(30)}
		n.Get = func(gather.Feed) gather.Getter { return s }
		n.Feeds = []gather.Feed{{URL: "https://one.example/feed", Pages: true}}
		if r := n.fetch(t); r.New != 30 || r.Unread != 30-20 || len(n.lies(t)) != 30 {
			t.Errorf("got %+v, and there lie %d", r, len(n.lies(t)))
		}
		if r := n.fetch(t); r.New != 0 || r.Unread != 0 {
			t.Errorf("got %+v", r)
		}
	})
}

// thinFeed is a feed of stories that say nothing, with pages that say something.
func thinFeed(stories int) func(string) (fetch.Response, error) {
	return func(address string) (fetch.Response, error) {
		u, err := url.Parse(address)
		if err != nil {
			return fetch.Response{}, err
		}
		text := "<html><body><p>" + strings.Repeat("Words of "+address+". ", 40) + "</p></body></html>"
		if u.Path == "/feed" {
			items := ""
			for i := range stories {
				items += fmt.Sprintf("<item><guid>%s%d</guid><title>Story %d</title><link>https://%s/%d</link></item>",
					u.Host, i, i, strings.TrimPrefix(u.Host, "www."), i+10*len(u.Host))
			}
			text = "<rss><channel><title>x</title>" + items + "</channel></rss>"
		}
		return fetch.Response{URL: u, Body: []byte(text)}, nil
	}
}
