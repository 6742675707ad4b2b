package gather

import (
	"runtime/debug"
	"sync"

	"vesper/digest/intake/feed"
	"vesper/digest/intake/fetch"
	"vesper/digest/intake/page"
)

// heavy is held while a feed, a text or a page is taken apart. That can need 30 MB, and the
// memory is the process's: it is one at a time, whoever gathers.
var heavy sync.Mutex

func parse(got fetch.Response) (feed.Feed, error) {
	heavy.Lock()
	defer heavy.Unlock()
	return feed.Parse(got.Body, got.URL, got.Type)
}

func readPage(got fetch.Response) (page.Page, error) {
	heavy.Lock()
	defer heavy.Unlock()
	return page.Read(got.Body, got.URL, got.Type)
}

// linesOf gives the text of an item as far as its feed has it.
func linesOf(it feed.Item) []page.Line {
	heavy.Lock()
	defer heavy.Unlock()
	if lines := page.Lines(it.Content); len(lines) > 0 {
		return lines
	}
	return page.Lines(it.Summary)
}

// rounds counts those that go on, and was is how much garbage the process had before.
var rounds struct {
	sync.Mutex
	n, was int
}

// thrifty has garbage collected early until done is called: what a round reads is large and
// soon forgotten. With the usual twice as much, hostile feeds take the process over 96 MB.
func thrifty() (done func()) {
	rounds.Lock()
	defer rounds.Unlock()
	if rounds.n++; rounds.n == 1 {
		rounds.was = debug.SetGCPercent(30)
	}
	return func() {
		rounds.Lock()
		defer rounds.Unlock()
		if rounds.n--; rounds.n == 0 {
			debug.SetGCPercent(rounds.was)
		}
	}
}
