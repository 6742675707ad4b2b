package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/subscribers"
)

// paper is a site that publishes stories, and a feed that shows the last ten.
type paper struct {
	mu sync.Mutex
	// stories are the times of those that are out, by their numbers from 0.
	stories []time.Time
	// taken are those that were taken back, down says that nothing is answered.
	taken map[int]bool
	down  bool
}

// inFeed is how many stories the feed shows.
const inFeed = 10

func (p *paper) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		http.Error(w, "come again", http.StatusServiceUnavailable)
		return
	}
	var n int
	if _, err := fmt.Sscanf(r.URL.Path, "/story/%d", &n); err == nil {
		if n >= len(p.stories) || p.taken[n] {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "<html><body><article><h1>Story %d</h1>%s</article></body></html>", n, storyText(n))
		return
	}
	io.WriteString(w, `<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>The Harbour Post</title>`)
	for n := len(p.stories) - 1; n >= max(0, len(p.stories)-inFeed); n-- {
		if !p.taken[n] {
			fmt.Fprintf(w, "<item><guid>%d</guid><title>Story %d</title><link>http://%s/story/%d</link><pubDate>%s</pubDate>"+
				"<content:encoded><![CDATA[%s]]></content:encoded></item>", n, n, r.Host, n, p.stories[n].Format(time.RFC1123Z), storyText(n))
		}
	}
	io.WriteString(w, "</channel></rss>")
}

func storyText(n int) string {
	return fmt.Sprintf("<h3>Quick Looks</h3><ul><li>The first of %d.</li><li>The second of %d.</li></ul>"+
		"<h3>Deep Look</h3><p>What happened at %d o'clock in the harbour.</p>", n, n, n)
}

// publishes has the paper publish stories at a time.
func (p *paper) publishes(n int, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range n {
		p.stories = append(p.stories, at)
	}
}

func (p *paper) set(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// TestADaysStoriesAreAllPrintedOnce has a site publish 40 stories in a day, of which its
// feed shows ten. The feed is asked all day, with outages and with a new process each
// time: all 40 lie on the desk, and each is printed once, in the edition of its time.
func TestADaysStoriesAreAllPrintedOnce(t *testing.T) {
	whole.NotRaced(t)
	site := &paper{taken: map[int]bool{}}
	server := httptest.NewServer(site)
	defer server.Close()
	dir := t.TempDir()
	config := fmt.Sprintf(`[publication]
name = "The Harbour Post"
from = "evening@post.example"
postal_address = "1 Quay, Porto Alba"
url = %q
timezone = "UTC"
[[edition]]
slot = "morning"
title = "Morning Edition"
schedule = "0 7 * * *"
[[edition]]
slot = "evening"
title = "Evening Edition"
schedule = "0 18 * * *"
[[feed]]
url = %q
allow_private = ["127.0.0.1"]
[[relay]]
host = "127.0.0.1"
port = 1
tls = "none"
`, server.URL, server.URL+"/feed/")
	for name, text := range map[string]string{"vesper.toml": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "desk"), 0o700); err != nil {
		t.Fatal(err)
	}
	day := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	now := day
	// each process is a new one that knows what lies in its files alone.
	run := func(do func(h *house)) {
		t.Helper()
		var said bytes.Buffer
		a := &app{env: none, now: func() time.Time { return now }, stderr: &said, configFile: filepath.Join(dir, "vesper.toml")}
		h, err := a.open(t.Context())
		if err != nil {
			t.Fatal(err, said.String())
		}
		defer h.close()
		do(h)
	}
	printed := map[string][]string{}
	opens := func(slot string) {
		run(func(h *house) {
			address, err := subscribers.ParseAddress("ana@reader.example")
			if err != nil {
				t.Fatal(err)
			}
			ana := subscribers.Subscriber{Address: address, Status: subscribers.Active, Confirmed: now}
			if _, _, err := h.list.Add(t.Context(), ana, now); err != nil {
				t.Fatal(err)
			}
			s, err := h.publisher.Slot(slot)
			if err != nil {
				t.Fatal(err)
			}
			d, err := h.publisher.DecideFresh(t.Context(), s, digest.DateOf(now), now, digest.Words{})
			if err == nil {
				d, err = h.publisher.Open(t.Context(), d)
			}
			if err != nil || d.Refused() {
				t.Fatal(err, d.Refusal)
			}
			for _, a := range d.Edition.Articles {
				printed[slot] = append(printed[slot], a.Headline)
			}
		})
	}
	for ; now.Before(day.Add(18 * time.Hour)); now = now.Add(10 * time.Minute) {
		minutes := int(now.Sub(day) / time.Minute)
		if minutes%20 == 0 && len(site.stories) < 38 {
			site.publishes(1, now.Add(-5*time.Minute))
		}
		site.set(minutes >= 200 && minutes < 260 || minutes >= 700 && minutes < 740)
		if minutes == 7*60 {
			opens("morning")
		}
		run(func(h *house) { h.gatherer.All(t.Context()) })
	}
	// Two come after the last look and before the cut-off, and one of them is taken back.
	site.publishes(2, now.Add(-time.Minute))
	site.taken[39] = true
	opens("evening")

	names, err := filepath.Glob(filepath.Join(dir, "desk", "*.txt"))
	if err != nil || len(names) != 39 {
		t.Errorf("%d files lie on the desk, %v", len(names), err)
	}
	all := slices.Concat(printed["morning"], printed["evening"])
	slices.Sort(all)
	if twice := len(all) - len(slices.Compact(slices.Clone(all))); twice > 0 || len(all) != 39 {
		t.Errorf("%d stories were printed, %d of them twice: %s", len(all), twice, strings.Join(all, ", "))
	}
	if n := len(printed["morning"]); n != 22 {
		t.Errorf("the morning's edition has %d stories: %q", n, printed["morning"])
	}
	// A clock that is ten years ahead makes nothing old.
	evening := now
	for _, c := range []struct {
		now  time.Time
		away int
	}{{now.AddDate(10, 0, 0), 0}, {now.AddDate(0, 0, 20), 0}} {
		now = c.now
		run(func(h *house) {
			old, err := h.oldBefore(t.Context())
			if err != nil || !old.Equal(evening.AddDate(0, 0, -14)) {
				t.Errorf("%v: what was published before %v is old, %v", now, old, err)
			}
			if away, err := h.gatherer.PutAway(t.Context()); away != c.away || err != nil {
				t.Errorf("%v: put away %d, %v", now, away, err)
			}
		})
	}
}

// TestAnEditorSpikesAndBringsBackAStory has a story come, go and come back, by words and
// with the file deleted.
func TestAnEditorSpikesAndBringsBackAStory(t *testing.T) {
	whole.NotRaced(t)
	site := &paper{taken: map[int]bool{}}
	server := httptest.NewServer(site)
	defer server.Close()
	site.publishes(1, time.Now().Add(-time.Hour))
	n := faultyNewsroom(t, setting{port: 1}, nil)
	n.feed(t, server.URL+"/feed/")
	if said := n.run(t, "articles", "fetch"); !strings.Contains(said, "1 new") {
		t.Fatalf("fetch said %q", said)
	}
	names, err := filepath.Glob(filepath.Join(n.dir, "desk", "story-0-*.txt"))
	if err != nil || len(names) != 1 {
		t.Fatalf("there lie %q, %v", names, err)
	}
	id := strings.TrimSuffix(filepath.Base(names[0]), ".txt")
	lies := func(want bool) {
		t.Helper()
		if _, err := os.Stat(names[0]); (err == nil) != want {
			t.Errorf("it lies there: %v", err)
		}
	}
	n.run(t, "articles", "spike", id)
	n.run(t, "articles", "fetch")
	lies(false)
	n.run(t, "articles", "unspike", id)
	n.run(t, "articles", "fetch")
	lies(true)
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	site.publishes(1, time.Now().Add(-time.Minute)) // the feed changes, and is read
	n.run(t, "articles", "fetch")
	lies(false)
	n.run(t, "articles", "unspike", id)
	n.run(t, "articles", "fetch")
	lies(true)
	page := server.URL + "/story/1"
	if said := n.run(t, "articles", "add", page, "--allow-private", "127.0.0.1"); !strings.Contains(said, "is already there") {
		t.Errorf("add said %q", said)
	}
}

// feed configures a feed.
func (n *newsroom) feed(t *testing.T, url string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(n.dir, "vesper.toml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(file, "\n[[feed]]\nurl = %q\npages = true\nallow_private = [\"127.0.0.1\"]\n", url)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWhatWasWithdrawnIsSaidWhereItIsMissed has one story of two be taken back before the
// edition opens.
func TestWhatWasWithdrawnIsSaidWhereItIsMissed(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	site := &paper{taken: map[int]bool{}}
	server := httptest.NewServer(site)
	defer server.Close()
	site.publishes(2, time.Now().Add(-time.Hour))
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(1))
	n.feed(t, server.URL+"/feed/")
	n.run(t, "articles", "fetch")
	names, err := filepath.Glob(filepath.Join(n.dir, "desk", "story-1-*.txt"))
	if err != nil || len(names) != 1 {
		t.Fatalf("there lie %q, %v", names, err)
	}
	id := strings.TrimSuffix(filepath.Base(names[0]), ".txt")
	site.mu.Lock()
	site.taken[1] = true
	site.mu.Unlock()
	said := n.send(t, exitPartly)
	for _, step := range []struct {
		want string
		verb []string
	}{
		{id + ` +Story 1 +withdrawn at its source`, []string{"edition", "plan", "--date", tomorrow}},
		{id + " is not on the desk: withdrawn at its source", []string{"articles", "show", id}},
		{`"state":"withdrawn","reason":"withdrawn at its source"`, []string{"articles", "show", id, "-o", "json"}},
		{id + ": back on the desk", []string{"articles", "unspike", id}},
		{"It came from " + server.URL + "/feed/, first seen ", []string{"articles", "show", id}},
	} {
		out, err := n.command(step.verb...).CombinedOutput()
		if ok, _ := regexp.Match(step.want, out); !ok {
			t.Errorf("%q said %v, not %q:\n%s", step.verb, err, step.want, out)
		}
	}
	if !strings.Contains(said, `"story withdrawn at its source" article=`+id) {
		t.Errorf("sending said %q", said)
	}
}
