package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest/whole"
)

// oneStory is a site with one story, which changes.
type oneStory struct {
	mu    sync.Mutex
	looks []string
	gone  bool
}

func (c *oneStory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.URL.Path != "/feed/" {
		if c.gone && r.URL.Path == "/barriers" {
			http.NotFound(w, r)
		}
		return
	}
	fmt.Fprintf(w, `<rss version="2.0"><channel><title>Coast Wire</title><item><guid>7</guid><title>Barriers</title>`+
		`<link>http://%s/barriers</link><pubDate>%s</pubDate><description><![CDATA[<h3>Quick Looks</h3><ul><li>%s</li></ul>`+
		`<h3>Deep Look</h3><p>All of it, word for word.</p>]]></description></item></channel></rss>`,
		r.Host, time.Now().Add(-time.Hour).Format(time.RFC1123Z), strings.Join(c.looks, "</li><li>"))
}

func (c *oneStory) says(looks ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looks = looks
}

// TestAPrintedStoryThatChangesIsPrintedAsUpdated takes a story through its life on the
// built program: printed, mended, grown, printed as an update once, grown again, withdrawn.
func TestAPrintedStoryThatChangesIsPrintedAsUpdated(t *testing.T) {
	whole.NotRaced(t)
	site := &oneStory{}
	server := httptest.NewServer(site)
	defer server.Close()
	n := newNewsroom(t, 1)
	n.feed(t, server.URL+"/feed/")
	config := filepath.Join(n.dir, "vesper.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, append(text, "on_update = \"carry\"\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := 0
	says := func(want string, args ...string) {
		t.Helper()
		steps++
		out, err := n.command(args...).CombinedOutput()
		if ok, _ := regexp.Match(want, out); !ok {
			t.Errorf("step %d: %q said %v, not %q:\n%s", steps, args, err, want, out)
		}
	}
	send := func(date string) {
		t.Helper()
		n.run(t, "edition", "send", "--yes", "--force", "--date", date)
	}
	first, second, third, fourth := "Nine port cities signed the agreement.", "Rotterdam pays for the first barrier.",
		"Fishing crews protest at dawn.", "The court stops all work until spring."
	site.says(first, strings.Replace(second, "pays", "pasy", 1))
	says("1 new", "articles", "fetch")
	names, err := filepath.Glob(filepath.Join(n.dir, "desk", "barriers-*.txt"))
	if err != nil || len(names) != 1 {
		t.Fatalf("there lie %q, %v", names, err)
	}
	id := strings.TrimSuffix(filepath.Base(names[0]), ".txt")
	update := id + "-updated"
	send(tomorrow)

	site.says(first, second)
	says("1 changed", "articles", "fetch")
	says("after it was printed: it has no new Quick Look, so that is ignored", "articles", "show", id)
	site.says(third, first, second)
	says("1 laid as updates of printed stories", "articles", "fetch")
	says("after it was printed: its new Quick Looks are in "+update, "articles", "show", id)
	why := `update of "` + id + `", printed in ` + theEdition + `: 1 new Quick Look`
	says("It is an "+why, "articles", "show", update)
	says(why, "edition", "plan", "--date", "2030-01-02")
	says(`"update":"update of `, "articles", "list", "-o", "json")
	says(": ok: Barriers", "articles", "check", "--strict", filepath.Join("desk", update+".txt"))

	forms := map[string]string{}
	for _, form := range []string{"html", "text", "web"} {
		forms[form] = n.run(t, "edition", "preview", "--date", "2030-01-02", "--format", form, "--out", "-")
	}
	send("2030-01-02")
	if got := len(n.box.Messages()); got != 2 {
		t.Fatalf("%d messages came", got)
	}
	source, err := n.box.Messages()[1].Source()
	if err != nil {
		t.Fatal(err)
	}
	forms["mail"] = strings.ReplaceAll(string(source), "=\r\n", "")
	for form, shown := range forms {
		if !strings.Contains(shown, "Updated") || !strings.Contains(shown, third) || strings.Contains(shown, first) ||
			!strings.Contains(shown, "Coast Wire") {
			t.Errorf("%s: %s", form, shown)
		}
	}
	// It is printed once.
	says("printed in 2030-01-02-evening", "articles", "list")
	site.says(third, first, second, fourth)
	says("1 laid as updates", "articles", "fetch")
	says("in "+update+"-2", "articles", "show", id)
	// Its publisher takes the story back before the edition.
	site.mu.Lock()
	site.gone = true
	site.mu.Unlock()
	says("withdrawn at its source|nothing to send|no articles", "edition", "send", "--yes", "--force", "--date", "2030-01-03")
	says("is not on the desk: withdrawn at its source", "articles", "show", update+"-2")
	if got := len(n.box.Messages()); got != 2 {
		t.Errorf("%d messages came", got)
	}
}
