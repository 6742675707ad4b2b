package gather

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
)

// withdrawnAtSource is the reason of what its publisher took back.
const withdrawnAtSource = "withdrawn at its source"

const (
	// withdrawnWithin is how long an edition that is to open waits for its stories' pages.
	withdrawnWithin = 10 * time.Second
	// askedAtOnce is how many stories of one host are asked for at once.
	askedAtOnce = 4
	// doubtful is from how many on a host's stories that seem to be gone may be an outage.
	doubtful = 3
)

// inquiry is one question whether a story is still there.
type inquiry struct {
	story digest.Story
	// url is the page of the article on the desk.
	url string
	// says is what the answer was.
	says presence
}

// Withdraw asks for the picked stories that were fetched once more, and spikes those that
// their publishers took back. It says whether there were any. It takes 10 seconds at most,
// and a slow host takes none of the others' time. A site that does not answer, or that has
// lost most of its stories at once, withdraws nothing.
func (g *Gatherer) Withdraw(ctx context.Context, picked []digest.Article) (bool, error) {
	stories, err := g.Book.Stories(ctx)
	if err != nil || len(stories) == 0 {
		return false, err
	}
	var inquiries []*inquiry
	hosts := map[string][]*inquiry{}
	for _, a := range picked {
		st, ok := stories[a.ID]
		if ok && st.State == digest.StoryOnDesk && st.Reason != digest.StoryWanted && a.URL != "" {
			q := &inquiry{story: st, url: a.URL}
			inquiries = append(inquiries, q)
			hosts[hostOf(a.URL)] = append(hosts[hostOf(a.URL)], q)
		}
	}
	asking, cancel := context.WithTimeout(ctx, withdrawnWithin)
	defer cancel()
	var all sync.WaitGroup
	for host, of := range hosts {
		all.Go(func() { g.askHost(asking, host, of) })
	}
	all.Wait()
	// What was said is recorded, whatever became of the time.
	ctx = context.WithoutCancel(ctx)
	any := false
	for _, q := range inquiries {
		if q.says == gone || q.says == hidden {
			took, err := g.takeBack(ctx, q.story)
			if err != nil {
				return any, err
			}
			any = any || took
		}
	}
	return any, nil
}

// askHost asks for the stories of one host. Where it can't be told from an outage, nothing
// is gone.
func (g *Gatherer) askHost(ctx context.Context, host string, of []*inquiry) {
	var all sync.WaitGroup
	seats := make(chan struct{}, askedAtOnce)
	for _, q := range of {
		seats <- struct{}{}
		all.Go(func() {
			defer func() { <-seats }()
			q.says = g.ask(ctx, q)
		})
	}
	all.Wait()
	var lost []*inquiry
	left := 0
	for _, q := range of {
		switch q.says {
		case gone:
			lost = append(lost, q)
		case there, hidden:
			left++
		}
	}
	why := ""
	switch {
	case len(lost) >= doubtful && len(lost) > left:
		why = "most of its site's stories seem to be gone at once"
	case len(lost) > 0 && left == 0 && !g.answers(ctx, lost[0]):
		why = "nothing of its site is found"
	default:
		return
	}
	for _, q := range lost {
		q.says = unclear
		g.Log.Warn("a story is not found at its source, but it may be an outage: it stays",
			"article", q.story.Article, "host", host, "reason", why)
	}
}

// answers says whether a story's site has what must be there: its feed, else its front page.
func (g *Gatherer) answers(ctx context.Context, q *inquiry) bool {
	get := g.getter(q.story)
	if hostOf(q.story.Feed) == hostOf(q.url) {
		if says, _ := askPage(ctx, get, q.story.Feed); says == there {
			return true
		}
	}
	u, err := url.Parse(q.url)
	if err != nil {
		return false
	}
	says, _ := askPage(ctx, get, u.Scheme+"://"+u.Host+"/")
	return says == there
}

// takeBack spikes a story that its publisher took back. One that an editor changed stays:
// it is the newsroom's own by now.
func (g *Gatherer) takeBack(ctx context.Context, st digest.Story) (bool, error) {
	err := g.Desk.TakeBack(ctx, st.Article, st.File)
	switch {
	case errors.Is(err, intake.ErrTaken) && st.Mended == digest.MendedWithdrawn:
		return false, nil
	case errors.Is(err, intake.ErrTaken):
		g.Log.Warn("a story was withdrawn at its source after an editor changed it: the editor's stays",
			"article", st.Article)
		st.Mended = digest.MendedWithdrawn
		// It is decided anew, so that the warning is seen with the edition.
		return true, g.Book.Decide(ctx, st)
	case err != nil && !errors.Is(err, digest.ErrNotFound):
		return false, err
	}
	st.State, st.Reason = digest.StoryWithdrawn, withdrawnAtSource
	g.Log.Warn("story withdrawn at its source", "article", st.Article)
	return true, g.Book.Decide(ctx, st)
}

// getter gives what gets a story's page: as its feed is got, if that is still configured.
func (g *Gatherer) getter(st digest.Story) Getter {
	for _, f := range g.Feeds {
		if f.URL == st.Feed {
			return g.Get(f)
		}
	}
	return g.Get(Feed{})
}
