package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest/whole"
)

// press is a WordPress site as its REST API shows it to who is not logged in.
type press struct {
	mu    sync.Mutex
	posts []*blogPost
	// asked are the queries of the lists that were answered.
	asked []string
}

// blogPost is a post in one of WordPress's states: publish, future, trash, private.
type blogPost struct {
	id       int
	status   string
	password bool
	title    string
	at       time.Time
}

// publish adds a post of a time in a state.
func (p *press) publish(title, status string, at time.Time) *blogPost {
	p.mu.Lock()
	defer p.mu.Unlock()
	post := &blogPost{id: len(p.posts) + 1, status: status, title: title, at: at}
	p.posts = append(p.posts, post)
	return post
}

func (p *press) write(_ *testing.T, title, status string, at time.Time) int {
	return p.publish(title, status, at).id
}

func (p *press) change(_ *testing.T, id int, to blogChange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	post := p.posts[id-1]
	if to.title != "" {
		post.title = to.title
	}
	if to.status != "" {
		post.status = to.status
	}
	if !to.at.IsZero() {
		post.at = to.at
	}
	post.password = to.locked
}

func (p *press) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list, one := strings.CutPrefix(r.URL.Path, "/wp-json/wp/v2/posts/")
	page, web := strings.CutPrefix(r.URL.Path, "/post-")
	id, _ := strconv.Atoi(list)
	if web {
		id, _ = strconv.Atoi(strings.TrimSuffix(page, "/"))
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	switch {
	case r.URL.Path == "/wp-json/wp/v2/posts":
		p.list(w, r)
	case !one && !web || id < 1 || id > len(p.posts):
		refuse(w, http.StatusNotFound, "rest_post_invalid_id")
	case web && (p.posts[id-1].status != "publish"):
		http.NotFound(w, r)
	case web:
		fmt.Fprintf(w, "<html><body><article><h1>%s</h1></article></body></html>", p.posts[id-1].title)
	case p.posts[id-1].status != "publish":
		refuse(w, http.StatusUnauthorized, "rest_forbidden")
	default:
		json.NewEncoder(w).Encode(p.posts[id-1].json(r.Host))
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code":%q,"message":"No.","data":{"status":%d}}`, code, status)
}

// list answers with the published posts, the newest first, as WordPress divides them.
func (p *press) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.asked = append(p.asked, q.Encode())
	per, page := 10, 1
	if n, err := strconv.Atoi(q.Get("per_page")); err == nil {
		per = n
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil {
		page = n
	}
	after, _ := time.Parse(time.RFC3339, q.Get("after"))
	shown := []any{}
	posts := slices.Clone(p.posts)
	slices.SortStableFunc(posts, func(a, b *blogPost) int { return b.at.Compare(a.at) })
	for _, post := range posts {
		if post.status == "publish" && post.at.After(after) {
			shown = append(shown, post.json(r.Host))
		}
	}
	pages := (len(shown) + per - 1) / per
	if page > max(pages, 1) {
		refuse(w, http.StatusBadRequest, "rest_post_invalid_page_number")
		return
	}
	w.Header().Set("X-WP-Total", strconv.Itoa(len(shown)))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa(pages))
	if page > 1 {
		w.Header().Add("Link", fmt.Sprintf(`<http://%s/elsewhere?page=%d>; rel="prev"`, r.Host, page-1))
	}
	if page < pages {
		w.Header().Add("Link", fmt.Sprintf(`<http://%s/elsewhere?page=%d>; rel="next"`, r.Host, page+1))
	}
	json.NewEncoder(w).Encode(shown[(page-1)*per : min(page*per, len(shown))])
}

// json is the post as the API has it. The text of one with a password is left out.
func (b *blogPost) json(host string) map[string]any {
	text := "<p>" + b.title + ": what happened in the harbour at night, as those tell it who saw the lights go out.</p>"
	if b.password {
		text = ""
	}
	const gmt = "2006-01-02T15:04:05"
	return map[string]any{
		"id": b.id, "date": b.at.Add(9 * time.Hour).UTC().Format(gmt), "date_gmt": b.at.UTC().Format(gmt),
		"modified_gmt": b.at.UTC().Format(gmt), "status": b.status, "type": "post",
		"link": fmt.Sprintf("http://%s/post-%d/", host, b.id), "title": map[string]any{"rendered": b.title},
		"guid":    map[string]any{"rendered": fmt.Sprintf("http://%s/?p=%d", host, b.id)},
		"content": map[string]any{"rendered": text, "protected": b.password},
		"excerpt": map[string]any{"rendered": text, "protected": b.password},
	}
}

// bloggers gives a newsroom whose one feed is a WordPress site.
func bloggers(t *testing.T, pages bool) (*press, *newsroom, func() []string) {
	t.Helper()
	p := &press{}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	n, desk := roomOf(t, server.URL, "/wp-json/wp/v2/posts?per_page=50", pages)
	return p, n, desk
}

// TestTheDeskFollowsAWordPressSite through all that can become of a post, by the answers of
// its REST API.
func TestTheDeskFollowsAWordPressSite(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	p, n, desk := bloggers(t, true)
	followABlog(t, p, n, desk, false)
}

// TestABusySiteLosesNoPost has it publish 120 between two looks, of which a page has 50.
func TestABusySiteLosesNoPost(t *testing.T) {
	whole.NotRaced(t)
	p, _, desk := bloggers(t, false)
	for i := range 130 {
		p.publish(fmt.Sprintf("Old %d", i), "publish", time.Now().Add(-200*time.Hour+time.Duration(i)*time.Minute))
	}
	p.publish("First", "publish", time.Now().Add(-time.Minute))
	if got := desk(); !slices.Equal(got, []string{"First"}) {
		t.Fatalf("on the desk lie %q", got)
	}
	if len(p.asked) != 1 || strings.Contains(p.asked[0], "after") {
		t.Errorf("at first it asked for %q", p.asked)
	}
	for i := range 120 {
		p.publish(fmt.Sprintf("New %d", i), "publish", time.Now().Add(time.Duration(i-120)*time.Second/10))
	}
	if got := desk(); len(got) != 121 {
		t.Errorf("on the desk lie %d, want 121", len(got))
	}
	if n := len(p.asked); n != 4 || !strings.Contains(p.asked[3], "after=") || !strings.Contains(p.asked[3], "page=3") {
		t.Errorf("it asked for %q", p.asked)
	}
}
