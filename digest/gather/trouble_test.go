package gather_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vesper/digest"
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

// validating answers "not modified" to who has had its answer.
type validating struct{ site }

func (v validating) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	got, err := v.site.Get(ctx, r)
	if got.ETag = strconv.Itoa(len(got.Body)); err == nil && got.ETag == r.ETag {
		got.Same, got.Body = true, nil
	}
	return got, err
}

// fullDesk is one on which nothing can be laid.
type fullDesk struct{ gather.Desk }

func (fullDesk) Lay(context.Context, digest.Article) (digest.Fingerprint, error) {
	return digest.Fingerprint{}, errors.New("no space left on device")
}

// TestWhatCouldNotBeTakenIsNotTakenForKnown: an answer that is no feed stays a problem, and
// stories that could not be laid are laid later, though the feed has not changed since.
func TestWhatCouldNotBeTakenIsNotTakenForKnown(t *testing.T) {
	n := newNewsroom(t)
	n.Get = func(gather.Feed) gather.Getter { return validating{n.site} }
	n.site[wire] = "\x00\x01 no feed"
	for range 2 {
		if _, err := n.Fetch(t.Context(), n.Feeds[0]); err == nil || n.book.feeds[wire].Error == "" {
			t.Fatalf("%v, and it has %+v", err, n.book.feeds[wire])
		}
	}
	n.has(n.item(1, 2, ""))
	desk := n.Desk
	n.Desk = fullDesk{desk}
	if _, err := n.Fetch(t.Context(), n.Feeds[0]); err == nil {
		t.Fatal("no error")
	}
	n.Desk = desk
	if r := n.fetch(t); r.New != 1 {
		t.Errorf("got %+v", r)
	}
	if r := n.fetch(t); !r.Same {
		t.Errorf("got %+v", r)
	}
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
