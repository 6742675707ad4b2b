package main

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestThePageOfWatchedTemplatesReloadsByItself: the page's own script runs under its policy.
func TestThePageOfWatchedTemplatesReloadsByItself(t *testing.T) {
	t.Parallel()
	b := startBrowser(t, nil)
	n := newNewsroom(t, 0)
	n.ownTemplates(t)
	w, site := n.watchedBy(t)
	b.resize(t, 280, 800)
	page := site + "/?theme=dark&width=phone"
	ask(t, b, chromedp.Navigate(page))
	if wide := ask(t, b, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`)); wide > 280 {
		t.Errorf("the page is %d wide at 280", wide)
	}
	n.ownFile(t, "email/edition.html", "one\n{{nothing}}")
	w.look(t.Context())
	over, tick := time.Now().Add(time.Minute), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for times := 0; times < 2; <-tick.C {
		if time.Now().After(over) {
			t.Fatal("the page does not reload")
		}
		b.mu.Lock()
		times = 0
		for _, asked := range b.asked {
			if asked == page {
				times++
			}
		}
		b.mu.Unlock()
	}
}
