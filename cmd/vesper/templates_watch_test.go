package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/whole"
)

// ownTemplates gives the newsroom a folder of templates of its own.
func (n *newsroom) ownTemplates(t *testing.T) {
	t.Helper()
	n.changes(t, "[publication]", "[templates]\ndir = \"own\"\n[publication]")
	n.ownFile(t, "words/en.json", `{"edition": {"quick_looks": "At a glance"}}`)
}

// ownFile saves a file of that folder. Its time is never that of the one before.
func (n *newsroom) ownFile(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(n.dir, "own", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	// As editors do: a reader never sees half of it.
	if err := os.WriteFile(path+"~", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
}

// watchedBy gives a watcher of the newsroom's templates that has loaded them, and a server
// of its pages.
func (n *newsroom) watchedBy(t *testing.T) (*watcher, string) {
	t.Helper()
	a := &app{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, env: none, now: time.Now,
		configFile: filepath.Join(n.dir, "vesper.toml"),
	}
	w := &watcher{app: a, dir: filepath.Join(n.dir, "own")}
	w.load(t.Context())
	s := httptest.NewServer(w.pages())
	t.Cleanup(s.Close)
	return w, s.URL
}

// saidBy gives what a page says.
func saidBy(t *testing.T, page string) string {
	t.Helper()
	got, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWatchedTemplatesAreShownInEachWay(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 0)
	n.ownTemplates(t)
	_, site := n.watchedBy(t)
	page := saidBy(t, site)
	has(t, page, `src="/email?theme=light"`, `class="stage wide"`, "made-up articles", "own",
		`sandbox="allow-popups allow-popups-to-escape-sandbox"`, "part=html&amp;theme=dark&amp;width=wide")
	has(t, saidBy(t, site+"/?theme=dark&width=phone"), `src="/email?theme=dark"`, `class="stage phone"`)
	has(t, saidBy(t, site+"/?part=text"), "<pre", "At a glance")
	light, dark := saidBy(t, site+"/email?theme=light"), saidBy(t, site+"/email?theme=dark")
	has(t, light, "At a glance", "Newslooks", `<meta name="color-scheme" content="light"`)
	has(t, dark, "At a glance", `<meta name="color-scheme" content="dark"`)
	for _, element := range []string{"style", "script"} {
		_, text, _ := strings.Cut(page, "<"+element+">")
		text, _, _ = strings.Cut(text, "</"+element+">")
		if text == "" || !strings.Contains(watchedPolicy, element+"-src "+hashed(text)) {
			t.Errorf("the page's policy forbids its %s", element)
		}
	}
	if wrong := saidBy(t, site+"/?part=%22%3E%3Cscript%3E&theme=x&width=x"); wrong != page {
		t.Errorf("an unknown setting is not the first one:\n%s", wrong)
	}
}

func TestWatchedTemplatesShowTheNextEdition(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 1)
	n.ownTemplates(t)
	n.story(t, "ferry.txt", "The ferry is back", time.Now().Add(-time.Minute))
	_, site := n.watchedBy(t)
	has(t, saidBy(t, site), "the next edition, ")
	has(t, saidBy(t, site+"/email"), "The ferry is back")
}

// TestWatchedTemplatesAreRenderedOnceTheyAreSaved: each change of a file, of the words or of
// the configuration is a new version, and what fails is said above what rendered last.
func TestWatchedTemplatesAreRenderedOnceTheyAreSaved(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 0)
	n.ownTemplates(t)
	w, site := n.watchedBy(t)
	version := saidBy(t, site+"/version")
	changed := func(is bool) {
		t.Helper()
		w.look(t.Context())
		got := saidBy(t, site+"/version")
		if (got != version) != is {
			t.Errorf("the version changed: %t, want %t", got != version, is)
		}
		version = got
	}
	changed(false)
	n.ownFile(t, "words/.en.json.swp", "an editor's")
	changed(false)

	n.ownFile(t, "words/en.json", `{"edition": {"quick_looks": "In short"}}`)
	changed(true)
	has(t, saidBy(t, site+"/email"), "In short")
	n.changes(t, "[publication]", "[layout]\naccent = \"#8a1c1c\"\n[publication]")
	changed(true)
	has(t, saidBy(t, site+"/email"), "#8a1c1c")

	n.ownFile(t, "words/en.json", "{\n\"edition\": {\"quick_look\": \"<b>\"}}")
	changed(true)
	has(t, saidBy(t, site), "own/words/en.json:2: there is no phrase &#34;quick_look&#34;",
		"what rendered last", "<title>(1) ")
	has(t, saidBy(t, site+"/email"), "In short")
	n.ownFile(t, "words/en.json", "{}")
	changed(true)
	n.ownFile(t, "web/notfound.html", "one\n{{.Nothing}}")
	changed(true)
	page := saidBy(t, site)
	has(t, page, "own/web/notfound.html:2: ")
	if strings.Contains(page, "what rendered last") || strings.Contains(saidBy(t, site+"/email"), "In short") {
		t.Error("a page that fails keeps the email from being rendered")
	}
	os.Remove(filepath.Join(n.dir, "own/web/notfound.html"))
	n.ownFile(t, "email/edition.html", "one\ntwo\n{{.Nothing}}")
	changed(true)
	page = saidBy(t, site)
	has(t, page, "own/email/edition.html:3: ", "what rendered last")
	if strings.Count(page, "<li>") != 1 {
		t.Errorf("one flaw is said several times:\n%s", page)
	}
	os.RemoveAll(filepath.Join(n.dir, "own"))
	changed(true)
	has(t, saidBy(t, site), "can&#39;t be read", "what rendered last")
	n.ownFile(t, "words/en.json", `{"edition": {"quick_looks": "Anew"}}`)
	changed(true)
	has(t, saidBy(t, site+"/email"), "Anew")
	if page := saidBy(t, site); strings.Contains(page, "alert") {
		t.Errorf("a flaw that was mended stays:\n%s", page)
	}
}

func TestThePageOfWatchedTemplatesIsForThisMachineAlone(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newNewsroom(t, 0)
	n.ownTemplates(t)
	w, _ := n.watchedBy(t)
	for _, c := range []struct {
		method, host, path string
		want               int
	}{
		{"GET", "127.0.0.1:8027", "/", 200},
		{"GET", "localhost:8027", "/email", 200},
		{"GET", "[::1]:8027", "/version", 200},
		{"GET", "rebind.example:8027", "/", 421},
		{"GET", "127.0.0.1.rebind.example", "/email", 421},
		{"GET", "", "/version", 421},
		{"POST", "127.0.0.1:8027", "/", 405},
		{"PUT", "localhost", "/email", 405},
		{"GET", "localhost", "/own/words/en.json", 404},
	} {
		r, got := httptest.NewRequest(c.method, "/", nil), httptest.NewRecorder()
		r.Host, r.URL.Path = c.host, c.path
		w.pages().ServeHTTP(got, r)
		if got.Code != c.want || got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s of %q: got %d %v, want %d", c.method, c.path, c.host, got.Code, got.Header(), c.want)
		}
		if sandboxed := strings.HasPrefix(got.Header().Get("Content-Security-Policy"), "sandbox "); c.want == 200 &&
			sandboxed != (c.path == "/email") {
			t.Errorf("%s: sandboxed: %t", c.path, sandboxed)
		}
	}
	for _, listen := range []string{"0.0.0.0:0", "192.0.2.7:0", "[::]:0", ":0", "news.example:0", "8027"} {
		_, said := n.ends(t, exitUsage, "templates", "watch", "--listen", listen)
		has(t, said, "vesper: --listen: ")
	}
}

func TestThereMustBeTemplatesToWatch(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 0)
	_, said := n.ends(t, exitUsage, "templates", "watch", "--listen", "127.0.0.1:0")
	has(t, said, "dir is missing from [templates]", `hint: "vesper templates dump templates"`)
	n.changes(t, "[publication]", "[templates]\ndir = \"own\"\n[publication]")
	_, said = n.ends(t, exitUsage, "templates", "watch", "--listen", "127.0.0.1:0")
	has(t, said, "own: no such file or directory")
}

// TestTemplatesAreWatched runs the program: it renders what is saved, and Ctrl-C ends it
// well.
func TestTemplatesAreWatched(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 0)
	n.ownTemplates(t)
	log := &heard{words: map[string]chan struct{}{}}
	c := n.command("templates", "watch", "--listen", "127.0.0.1:0")
	c.Stderr = log
	s := launched(t, c)
	log.says(t, "Ctrl-C ends it")
	site := strings.TrimSuffix(regexp.MustCompile(`http://\S+/`).FindString(log.String()), "/")
	awaits := func(path, text string) {
		t.Helper()
		over, tick := time.Now().Add(time.Minute), time.NewTicker(10*time.Millisecond)
		defer tick.Stop()
		for !strings.Contains(saidBy(t, site+path), text) {
			if <-tick.C; time.Now().After(over) {
				t.Fatalf("%s never says %q:\n%s", path, text, log)
			}
		}
	}
	awaits("/email", "At a glance")
	n.ownFile(t, "words/en.json", `{"edition": {"quick_looks": "In short"}}`)
	awaits("/email", "In short")
	n.ownFile(t, "email/edition.html", "one\n{{nothing}}")
	awaits("/", `own/email/edition.html:2: function &#34;nothing&#34; not defined`)
	awaits("/email", "In short")
	s.Process.Signal(syscall.SIGINT)
	<-s.ended
	if got := s.ProcessState.ExitCode(); got != exitDone {
		t.Errorf("it ended with %d:\n%s", got, log)
	}
	has(t, log.String(), "own/email/edition.html:2: ", "rendered at ")
}
