package gather_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/intake/fetch"
)

func TestAFeedThatFailsIsAskedLessAndSaidOnce(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 2, ""))
	n.fetch(t)
	delete(n.site, wire)
	waits := []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute}
	for _, wait := range waits {
		if _, err := n.Fetch(t.Context(), n.Feeds[0]); err == nil {
			t.Fatal("no error")
		}
		if got := n.book.feeds[wire].Next.Sub(n.now); got != wait {
			t.Errorf("asked again after %v, want %v", got, wait)
		}
	}
	if said := strings.Count(n.log.String(), "feed not read"); said != 1 {
		t.Errorf("it was said %d times:\n%s", said, n.log.String())
	}
	n.has(n.item(1, 2, ""))
	n.fetch(t)
	if f := n.book.feeds[wire]; f.Failures != 0 || f.Error != "" || f.Next.Sub(n.now) != 10*time.Minute {
		t.Errorf("got %+v", f)
	}
	n.one(t)
}

// TestOneFeedsTroubleIsNoOthers asks three, of which two are broken.
func TestOneFeedsTroubleIsNoOthers(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 2, ""))
	n.site["https://garbage.example/"] = "\x00\x01 no feed"
	n.Feeds = append([]gather.Feed{{URL: "https://gone.example/"}, {URL: "https://garbage.example/"}}, n.Feeds...)
	reports, errs := n.All(t.Context())
	if len(reports) != 3 || len(errs) != 2 || errs[wire] != nil {
		t.Errorf("got %+v, %v", reports, errs)
	}
	n.one(t)
}

// TestAPageThatCannotBeReadIsAskedAgain: until then the story has its summary.
func TestAPageThatCannotBeReadIsAskedAgain(t *testing.T) {
	n := newNewsroom(t)
	n.has("<item><guid>1</guid><title>Bridge</title><link>https://post.example/1</link><description>Short.</description></item>")
	if r := n.fetch(t); r.New != 1 || r.Unread != 1 {
		t.Errorf("got %+v", r)
	}
	n.site["https://post.example/1"] = "<html><body><article>" + house + "</article></body></html>"
	if r := n.fetch(t); r.Changed != 1 || r.Unread != 0 {
		t.Errorf("got %+v", r)
	}
	a, err := intake.Desk{Dir: n.dir}.Article(t.Context(), strings.TrimSuffix(filepath.Base(n.one(t)), ".txt"))
	if err != nil || len(a.QuickLooks) != 2 {
		t.Errorf("got %+v, %v", a, err)
	}
}

// TestWhatIsWithdrawnAtItsSourceIsNotPrinted takes it off the desk; an outage does not.
func TestWhatIsWithdrawnAtItsSourceIsNotPrinted(t *testing.T) {
	for name, c := range map[string]struct {
		answers error
		gone    bool
	}{
		"there": {nil, false}, "404": {&fetch.StatusError{Code: 404}, true}, "410": {&fetch.StatusError{Code: 410}, true},
		"500": {&fetch.StatusError{Code: 500}, false}, "403": {&fetch.StatusError{Code: 403}, false},
		"no answer": {errors.New("connection refused"), false},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNewsroom(t)
			n.has(n.item(1, 2, ""))
			n.fetch(t)
			n.Get = func(gather.Feed) gather.Getter { return fails{c.answers} }
			articles, _, err := intake.Desk{Dir: n.dir}.Articles(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			gone, err := n.Withdraw(t.Context(), articles)
			if err != nil || gone != c.gone || (len(n.lies(t)) == 0) != c.gone {
				t.Errorf("gone %v, %v; on the desk lie %q", gone, err, n.lies(t))
			}
			n.Get = func(gather.Feed) gather.Getter { return n.site }
			n.has(n.item(1, 2, "Changed."))
			if r := n.fetch(t); c.gone && (r.New > 0 || len(n.lies(t)) > 0) {
				t.Errorf("it came back: %+v", r)
			}
		})
	}
}

// fails answers everything with an error.
type fails struct{ err error }

func (f fails) Get(context.Context, fetch.Request) (fetch.Response, error) {
	return fetch.Response{}, f.err
}
