package gather_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/gather"
	"vesper/digest/intake"
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
