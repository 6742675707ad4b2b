package gather_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/intake/fetch"
)

// press is a site on loopback. Each path answers as it is told to, and what nobody told
// answers 404.
type press struct {
	*newsroom
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
}

// set says how a path answers from now on.
func (p *press) set(path string, answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[path] = answer
}

func code(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(n) }
}

// says answers with JSON.
func says(n int, json string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(n)
		fmt.Fprint(w, json)
	}
}

// head answers HEAD so, and everything else as the other does.
func head(n int, other http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			w.WriteHeader(n)
			return
		}
		other(w, r)
	}
}

// newPress is a site with so many stories, which lie on the desk: /1, /2 and so on. They
// are WordPress's posts if posts is true.
func newPress(t *testing.T, stories int, posts bool) *press {
	t.Helper()
	p := &press{newsroom: newNewsroom(t), answers: map[string]http.HandlerFunc{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		answer := p.answers[r.URL.Path]
		p.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(p.Close)
	client := fetch.New("Vesper/test", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
	p.Get = func(gather.Feed) gather.Getter { return client }
	list := "/feed"
	var items []string
	for n := 1; n <= stories; n++ {
		p.set(fmt.Sprintf("/%d", n), code(200))
		items = append(items, strings.ReplaceAll(p.item(n, 1, ""), "https://post.example", p.URL))
	}
	text := `<rss version="2.0"><channel><title>Press</title>` + strings.Join(items, "") + "</channel></rss>"
	p.set(list, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
	if posts {
		list, items = "/wp-json/wp/v2/posts", nil
		for n := 1; n <= stories; n++ {
			one := fmt.Sprintf(`{"id":%d,"status":"publish","date_gmt":"2026-11-27T17:00:00","link":"%s/%d","guid":{"rendered":"%d"},`+
				`"title":{"rendered":"Story %d"},"content":{"rendered":"<p>Words.</p>","protected":false}}`, n, p.URL, n, n, n)
			items = append(items, one)
			p.set(fmt.Sprintf("%s/%d", list, n), says(200, one))
		}
		p.set(list, says(200, "["+strings.Join(items, ",")+"]"))
	}
	p.Feeds = []gather.Feed{{URL: p.URL + list}}
	p.Publication.Host = "127.0.0.1"
	if r := p.fetch(t); r.New != stories {
		t.Fatalf("got %+v", r)
	}
	return p
}

// withdraw asks for all that lies on the desk, and gives how many are left there.
func (p *press) withdraw(t *testing.T) int {
	t.Helper()
	articles, flaws, err := intake.Desk{Dir: p.dir}.Articles(t.Context())
	if err != nil || len(flaws) > 0 {
		t.Fatal(err, flaws)
	}
	gone, err := p.Withdraw(t.Context(), articles)
	left, _, deskErr := intake.Desk{Dir: p.dir}.Articles(t.Context())
	if err != nil || deskErr != nil || gone != (len(left) < len(articles)) {
		t.Errorf("said %v, %v, %v, and of %d are left %d", gone, err, deskErr, len(articles), len(left))
	}
	return len(left)
}

// TestWhatIsWithdrawnAtItsSourceIsNotPrinted: of two stories one answers so.
func TestWhatIsWithdrawnAtItsSourceIsNotPrinted(t *testing.T) {
	const withdrawn, stays = 1, 2
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		left   int
	}{
		"there":                        {code(200), stays},
		"404":                          {code(404), withdrawn},
		"410":                          {code(410), withdrawn},
		"500":                          {code(500), stays},
		"403":                          {code(403), stays},
		"401":                          {code(401), stays},
		"429":                          {code(429), stays},
		"451 for other countries":      {code(451), stays},
		"HEAD is not known":            {head(405, code(200)), stays},
		"HEAD is not known, and gone":  {head(501, code(410)), withdrawn},
		"HEAD is forbidden, and gone":  {head(403, code(404)), withdrawn},
		"HEAD finds nothing":           {head(404, code(200)), stays},
		"no answer":                    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, stays},
		"moved":                        {http.RedirectHandler("/2", http.StatusMovedPermanently).ServeHTTP, stays},
		"moved to what is gone":        {http.RedirectHandler("/nowhere", http.StatusFound).ServeHTTP, withdrawn},
		"redirected in a circle":       {http.RedirectHandler("/1", http.StatusFound).ServeHTTP, stays},
		"redirected to a private host": {http.RedirectHandler("http://10.0.0.1/", http.StatusFound).ServeHTTP, stays},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPress(t, 2, false)
			p.set("/1", c.answer)
			if left := p.withdraw(t); left != c.left {
				t.Errorf("%d are left, want %d", left, c.left)
			}
			// It does not come back by itself, and is not lost.
			p.set("/feed", func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, `<rss version="2.0"><channel>`+strings.ReplaceAll(p.item(1, 1, "More."), "https://post.example", p.URL)+
					"</channel></rss>")
			})
			p.fetch(t)
			ids, err := intake.Desk{Dir: p.dir}.Spiked(t.Context())
			if len(p.lies(t)) != 2 && c.left == stays || err != nil || len(ids) != stays-c.left {
				t.Errorf("on the desk lie %q, spiked are %q, %v", p.lies(t), ids, err)
			}
		})
	}
}

func TestWordPressSaysOfAPostWhetherItIsOut(t *testing.T) {
	const withdrawn, stays = 1, 2
	const forbidden = `{"code":"rest_forbidden","message":"Sorry, you are not allowed to do that.","data":{"status":401}}`
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		left   int
	}{
		"deleted":              {says(404, `{"code":"rest_post_invalid_id","message":"Invalid post ID.","data":{"status":404}}`), withdrawn},
		"in the trash":         {says(401, forbidden), withdrawn},
		"private, 403":         {says(403, forbidden), withdrawn},
		"asks for a password":  {says(200, `{"id":1,"status":"publish","content":{"rendered":"","protected":true}}`), withdrawn},
		"a draft again":        {says(200, `{"id":1,"status":"draft","content":{"rendered":""}}`), withdrawn},
		"closed to strangers":  {says(401, `{"code":"rest_not_logged_in","message":"You are not logged in."}`), stays},
		"the API is gone":      {says(404, `{"code":"rest_no_route","message":"No route was found."}`), stays},
		"a page instead":       {code(404), stays},
		"garbage":              {says(200, `<html>`), stays},
		"another document":     {says(200, `{"id":null}`), stays},
		"broken":               {says(500, forbidden), stays},
		"the page knows it":    {func(w http.ResponseWriter, r *http.Request) { code(500)(w, r) }, stays},
		"forbidden by a proxy": {code(403), stays},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPress(t, 2, true)
			p.set("/wp-json/wp/v2/posts/1", c.answer)
			if left := p.withdraw(t); left != c.left {
				t.Errorf("%d are left, want %d", left, c.left)
			}
		})
	}
	p := newPress(t, 2, true)
	p.set("/wp-json/wp/v2/posts/1", code(503))
	p.set("/1", code(410))
	if left := p.withdraw(t); left != withdrawn {
		t.Errorf("%d are left after the API failed and the page is gone", left)
	}
}

// TestAnOutageIsNoWithdrawal: a site that answers 404 to everything has been moved, or is
// out of order.
func TestAnOutageIsNoWithdrawal(t *testing.T) {
	for name, c := range map[string]struct {
		stories int
		lose    []string
		left    int
	}{
		"its only story":                     {1, []string{"/1"}, 0},
		"its only story, with the feed":      {1, []string{"/1", "/feed"}, 1},
		"both stories":                       {2, []string{"/1", "/2"}, 0},
		"all it has":                         {2, []string{"/1", "/2", "/feed"}, 2},
		"all stories, and the feed is there": {4, []string{"/1", "/2", "/3", "/4"}, 4},
		"most stories":                       {5, []string{"/1", "/2", "/3"}, 5},
		"some stories":                       {7, []string{"/1", "/2", "/3"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPress(t, c.stories, false)
			for _, path := range c.lose {
				delete(p.answers, path)
			}
			if left := p.withdraw(t); left != c.left {
				t.Errorf("%d are left, want %d", left, c.left)
			}
			if stays := c.left == c.stories; stays != strings.Contains(p.log.String(), "it may be an outage") {
				t.Errorf("the log says %s", p.log.String())
			}
		})
	}
}

// TestASlowSiteTakesNoneOfTheOthersTime has one site that never answers, with many stories,
// beside one whose story is gone: after 10 seconds that is known.
func TestASlowSiteTakesNoneOfTheOthersTime(t *testing.T) {
	n := newNewsroom(t)
	var articles []digest.Article
	for i := range 40 {
		id := fmt.Sprintf("slow-%d", i)
		articles = append(articles, digest.Article{ID: id, URL: "https://slow.example/" + id})
	}
	articles = append(articles, digest.Article{ID: "quick", URL: "https://quick.example/1"})
	for _, a := range articles {
		n.book.Decide(t.Context(), digest.Story{Feed: wire, GUID: a.ID, Article: a.ID, State: digest.StoryOnDesk})
	}
	var asked atomic.Int32
	n.Get = func(gather.Feed) gather.Getter {
		return getFunc(func(ctx context.Context, r fetch.Request) (fetch.Response, error) {
			switch {
			case strings.HasPrefix(r.URL, "https://slow.example/"):
				asked.Add(1)
				<-ctx.Done()
				return fetch.Response{}, ctx.Err()
			case r.URL == "https://quick.example/1":
				return fetch.Response{}, &fetch.StatusError{Code: 410}
			}
			return fetch.Response{}, nil
		})
	}
	synctest.Test(t, func(t *testing.T) {
		begins := time.Now()
		gone, err := n.Withdraw(t.Context(), articles)
		if took := time.Since(begins); !gone || err != nil || took != 10*time.Second {
			t.Errorf("got %v, %v after %v", gone, err, took)
		}
	})
	for id, st := range n.book.stories {
		if (st.State == digest.StoryWithdrawn) != (id[1] == "quick") {
			t.Errorf("%s is %s", id[1], st.State)
		}
	}
}

type getFunc func(context.Context, fetch.Request) (fetch.Response, error)

func (f getFunc) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) { return f(ctx, r) }

// TestAnEditorsWordStandsAgainstItsSource: what an editor changed stays and is warned of,
// and what an editor wants back is not asked for again.
func TestAnEditorsWordStandsAgainstItsSource(t *testing.T) {
	p := newPress(t, 1, false)
	name := p.one(t)
	mended := []byte("Feed: post.example\nURL: " + p.URL + "/1\nA better headline \\ \\ \\ \\ \\ \nDeep Look\nMended.\n")
	if err := os.WriteFile(name, mended, 0o600); err != nil {
		t.Fatal(err)
	}
	p.set("/1", code(410))
	articles, _, err := intake.Desk{Dir: p.dir}.Articles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := p.Withdraw(t.Context(), articles); err != nil {
			t.Fatal(err)
		}
	}
	if said := strings.Count(p.log.String(), "the editor's stays"); said != 1 {
		t.Errorf("it was said %d times: %s", said, p.log.String())
	}
	articles, _, err = gather.Source{Desk: intake.Desk{Dir: p.dir}, Archive: p.book}.Articles(t.Context())
	if err != nil || len(articles) != 1 || len(articles[0].Notes) != 1 ||
		articles[0].Notes[0] != "withdrawn at its source after an editor changed it here: the editor's stays" {
		t.Errorf("got %+v, %v", articles, err)
	}

	p = newPress(t, 1, false)
	id := strings.TrimSuffix(filepath.Base(p.one(t)), ".txt")
	p.set("/1", code(410))
	if left := p.withdraw(t); left != 0 {
		t.Fatal("it was not withdrawn")
	}
	st := p.book.stories[[2]string{p.URL + "/feed", "1"}]
	if st.Article != id || st.State != digest.StoryWithdrawn || st.Reason != "withdrawn at its source" {
		t.Errorf("got %+v", st)
	}
	if err := (intake.Desk{Dir: p.dir}).Unspike(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	st.State, st.Reason = digest.StoryOnDesk, digest.StoryWanted
	p.book.stories[[2]string{p.URL + "/feed", "1"}] = st
	if left := p.withdraw(t); left != 1 {
		t.Error("it was withdrawn against an editor's word")
	}
}
