package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// TestAStoryAddedByItsAddressComesBack though its file was deleted, under its ID.
func TestAStoryAddedByItsAddressComesBack(t *testing.T) {
	whole.NotRaced(t)
	site := &paper{taken: map[int]bool{}}
	server := httptest.NewServer(site)
	defer server.Close()
	site.publishes(1, time.Now().Add(-time.Hour))
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(1))
	page := server.URL + "/story/0"
	added := n.run(t, "articles", "add", page, "--allow-private", "127.0.0.1")
	id := strings.Fields(added)[0]
	file := filepath.Join(n.dir, "desk", id+".txt")
	first, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(added, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	said := n.run(t, "articles", "add", page, "--allow-private", "127.0.0.1")
	if !strings.Contains(said, "it is spiked (its file was taken off the desk)") ||
		!strings.Contains(said, `hint: "vesper articles unspike `+id+`" brings it back`) {
		t.Errorf("adding it again said %q", said)
	}
	for range 2 {
		n.run(t, "articles", "unspike", id, "--allow-private", "127.0.0.1")
		if again, err := os.ReadFile(file); err != nil || string(again) != string(first) {
			t.Errorf("it came back as\n%s, %v", again, err)
		}
	}
}

// TestAnArticleIsShownWithItsStory in JSON, and with those that tell the same.
func TestAnArticleIsShownWithItsStory(t *testing.T) {
	whole.NotRaced(t)
	site := &paper{taken: map[int]bool{}}
	server := httptest.NewServer(site)
	defer server.Close()
	site.publishes(1, time.Now().Add(-time.Hour))
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(1))
	n.feed(t, server.URL+"/feed/")
	n.run(t, "articles", "fetch")
	names := n.files(t, "desk/story-0-*.txt")
	if len(names) != 1 {
		t.Fatalf("there lie %q", names)
	}
	id := strings.TrimSuffix(filepath.Base(names[0]), ".txt")
	var shown struct {
		ID    string
		Story struct {
			Feed, GUID, Headline, State string
			Seen                        time.Time `json:"first_seen"`
		}
	}
	out, err := n.command("articles", "show", id, "-o", "json").Output()
	if err == nil {
		err = json.Unmarshal(out, &shown)
	}
	if st := shown.Story; err != nil || shown.ID != id || st.Feed != server.URL+"/feed/" || st.GUID == "" || st.Headline == "" ||
		st.State != "on desk" || st.Seen.IsZero() {
		t.Errorf("%v: %s", err, out)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "desk", "a-copy-with-a-longer-name.txt"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := n.run(t, "articles", "show", id); !strings.Contains(said, "It stands for the same story as a-copy-with-a-longer-name.") {
		t.Error(said)
	}
}

// TestADeletedStoryComesBack though nobody has noticed yet that its file is gone, its feed
// answers "not modified", and it stands on the feed's second page.
func TestADeletedStoryComesBack(t *testing.T) {
	whole.NotRaced(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		hours, next := 1, `,"next_url":"/second"`
		if r.URL.Path == "/second" {
			hours, next = 9, ""
		}
		fmt.Fprintf(w, `{"version":"https://jsonfeed.org/version/1.1","title":"Wire","items":[{"id":"%d","title":"Story %[1]d",`+
			`"content_text":"Text.","date_published":"%s"}]%s}`, hours, time.Now().Add(-time.Duration(hours)*time.Hour).Format(time.RFC3339), next)
	}))
	defer server.Close()
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(1))
	n.feed(t, server.URL+"/feed/")
	n.run(t, "articles", "fetch")
	names := n.files(t, "desk/story-9-*.txt")
	if len(names) != 1 {
		t.Fatalf("there lie %q", names)
	}
	id := strings.TrimSuffix(filepath.Base(names[0]), ".txt")
	if said := n.run(t, "articles", "unspike", id); said != id+": back on the desk\n" {
		t.Errorf("it lies there, and it said %q", said)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	n.run(t, "articles", "fetch")
	n.run(t, "articles", "unspike", id)
	n.run(t, "articles", "fetch")
	if _, err := os.Stat(names[0]); err != nil {
		t.Error(err)
	}
}

// TestFeedsTestShowsWhatTheConfigurationLeavesOut and until when an embargo holds.
func TestFeedsTestShowsWhatTheConfigurationLeavesOut(t *testing.T) {
	whole.NotRaced(t)
	site := &paper{taken: map[int]bool{}}
	server := httptest.NewServer(site)
	defer server.Close()
	site.publishes(2, time.Now().Add(-time.Hour))
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(1))
	block := n.output(t, "feeds", "test", server.URL+"/feed/", "--allow-private", "127.0.0.1", "--allow-private", "10.0.0.0/8")
	if !strings.HasSuffix(block, "allow_private = [\"127.0.0.1\", \"10.0.0.0/8\"]\n") {
		t.Error(block)
	}
	n.feed(t, server.URL+"/feed/")
	config := filepath.Join(n.dir, "vesper.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, fmt.Appendf(text, "exclude = [\"headline: *0*\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	said := n.run(t, "feeds", "test", server.URL+"/feed/", "--allow-private", "127.0.0.1")
	if !strings.Contains(said, "left out") || !strings.Contains(said, "excluded by") {
		t.Error(said)
	}
}
