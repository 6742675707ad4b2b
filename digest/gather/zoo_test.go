package gather_test

import (
	codec "encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest/whole"
)

// animal is a feed that is made to harm, and what must become of it.
type animal struct {
	name string
	// answers is what the server does, after it offered one good story at the first look.
	answers http.HandlerFunc
	// want are words of the error; empty if the feed is read.
	want string
	// lay is how many stories of it must lie on the desk beside the good one, and has is a
	// text of which one of its files must have, if any.
	lay int
	has string
	// at names its host, where it matters; a host of its own else. pages has its stories'
	// pages read, slow has it left after a moment, sealed has it speak TLS, and again has
	// it looked at once more although nothing failed.
	at                         string
	pages, slow, sealed, again bool
}

// zoo is all of them, by kind.
func zoo() []animal {
	return slices.Concat(bodies(), answers(), ways(), structures(), jsons(), texts(), webPages())
}

// keeper is the server of the zoo: each animal has an address of its own on loopback.
type keeper struct {
	mu    sync.Mutex
	asked map[string]int
	// elsewhere counts who came to an address that is not allowed.
	elsewhere int
}

func (k *keeper) count(path string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked[path]++
	return k.asked[path]
}

// handler serves an animal, its good story first.
func (k *keeper) handler(a animal) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/feed" && k.count(a.name) == 1 {
			w.Header().Set("ETag", `"first"`)
			io.WriteString(w, rssOf(story("good", fmt.Sprintf("<title>Good: %s</title><link>https://good.example/%x</link>", a.name, a.name))))
			return
		}
		a.answers(w, r)
	}
}

// rssOf is a feed with these items.
func rssOf(items ...string) string {
	return `<rss version="2.0"><channel><title>The zoo</title>` + strings.Join(items, "") + "</channel></rss>"
}

// story is an item of an hour ago.
func story(guid, more string) string {
	return fmt.Sprintf("<item><guid isPermaLink=\"false\">%s</guid><pubDate>%s</pubDate>%s</item>", guid,
		zooTime.Add(-time.Hour).Format(time.RFC1123Z), more)
}

// zooTime is when the zoo is looked at.
var zooTime = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// cage is where an animal is found.
type cage struct {
	URL                string
	Pages, Slow, Again bool
}

// sight is what was seen of an animal: its error after each look, the lines of the log
// about it, and the files of its stories, with their names.
type sight struct {
	Errors []string
	Said   []string
	Files  map[string]string
}

// seenAll is what the visitor found.
type seenAll struct {
	Sights []sight
	KB     int
}

// TestFeedsThatHarmDoNone serves the zoo on loopback to a gatherer in a process of its own,
// which looks at all of it in one round: at good feeds, then at what became of them, and
// once more at those that failed or change each time.
func TestFeedsThatHarmDoNone(t *testing.T) {
	if os.Getenv("ZOO") != "" {
		visit(t)
		return
	}
	if whole.Raced {
		t.Skip("the run without the race detector has it; here it needs too much memory")
	}
	k := &keeper{asked: map[string]int{}}
	dir := t.TempDir()
	animals := zoo()
	if n := whole.Times(t, 60, len(animals)); n < len(animals) {
		animals = slices.Collect(func(yield func(animal) bool) {
			for i := 0; i < len(animals) && yield(animals[i]); i += len(animals) / n {
			}
		})
	}
	all := append(animals, animal{
		name: "a good feed", answers: sends("application/rss+xml", rssOf(story("next", "<title>The next one</title>"))), lay: 1,
	})
	var cages []cage
	for i, a := range all {
		cages = append(cages, cage{k.cage(t, i, a, dir), a.pages, a.slow, a.again})
	}
	private := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.elsewhere++
	}))
	private.Listener.Close()
	private.Listener = listenAt(t, privateAddress+":"+privatePort)
	private.Start()
	defer private.Close()
	silent := listenAt(t, "127.1.250.1:0")
	defer silent.Close()
	hung = silent.Addr().String()
	got := visited(t, dir, cages)
	names := map[string]bool{}
	for i, a := range all {
		if names[a.name] {
			t.Errorf("there are two of %q", a.name)
		}
		names[a.name] = true
		t.Run(a.name, func(t *testing.T) { a.check(t, got.Sights[i]) })
	}
	if k.elsewhere > 0 {
		t.Errorf("an address that is not allowed was reached %d times", k.elsewhere)
	}
	t.Logf("%d animals, %d kB", len(all), got.KB)
	if whole.Asked() && len(all) < 80 || got.KB > 96<<10 {
		t.Errorf("%d animals had %d kB, want 80 at least and 96 MB at most", len(all), got.KB)
	}
}

// cage opens an animal's cage and gives its address.
func (k *keeper) cage(t *testing.T, i int, a animal, dir string) string {
	t.Helper()
	s := httptest.NewUnstartedServer(k.handler(a))
	s.Config.ErrorLog = quiet
	s.Listener.Close()
	host := fmt.Sprintf("127.1.%d.%d", i/250, i%250+1)
	if a.sealed && a.at == "" {
		host = "127.0.0.1" // the test's certificate is for this address alone
	}
	s.Listener = listenAt(t, host+":0")
	scheme := "http://"
	if a.sealed {
		s.StartTLS()
		scheme = "https://"
		writePEM(t, filepath.Join(dir, "roots.pem"), s.Certificate().Raw)
	} else {
		s.Start()
	}
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if a.at != "" {
		zone.add(a.at, host)
		host = a.at
	}
	return scheme + host + ":" + port + "/feed"
}

// check compares what was seen of an animal with what must become of it.
func (a animal) check(t *testing.T, s sight) {
	if s.Errors[0] != "" {
		t.Fatalf("the first look: %s", s.Errors[0])
	}
	for _, err := range s.Errors[1:] {
		if (err == "") != (a.want == "") || !strings.Contains(err, a.want) {
			t.Errorf("the error is %q, want %q", err, a.want)
		}
	}
	if said := len(s.Said); (a.want == "") != (said == 0) || said > 1 {
		t.Errorf("the log has %d lines: %q", said, s.Said)
	}
	good, has := false, a.has == ""
	for name, text := range s.Files {
		good = good || strings.Contains(text, "Good: "+a.name)
		has = has || strings.Contains(text, a.has)
		if len(name) > 120 || strings.ContainsAny(name, "/\\ ") || !strings.HasSuffix(name, ".txt") {
			t.Errorf("a file is called %q", name)
		}
	}
	if !good || len(s.Files) != a.lay+1 || !has {
		t.Errorf("%d files, the good one's among them: %v, want %d more with %q: %.2000q",
			len(s.Files), good, a.lay, a.has, s.Files)
	}
	for _, text := range slices.Concat(s.Errors, s.Said, values(s.Files)) {
		if i := strings.IndexFunc(text, dangerous); i >= 0 {
			t.Errorf("%q has a character that a terminal obeys", text[max(0, i-20):min(len(text), i+20)])
		}
	}
}

// visited runs the visitor as a process of its own.
func visited(t *testing.T, dir string, cages []cage) seenAll {
	t.Helper()
	text, err := codec.Marshal(cages)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cages"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFeedsThatHarmDoNone$", "-test.timeout=120s")
	cmd.Env = append(os.Environ(), "ZOO="+dir, "ZOO_DNS="+zone.serve(t), "SSL_CERT_FILE="+filepath.Join(dir, "roots.pem"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Logf("the visitor took %v of the processor's time", cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	var got seenAll
	if text, err = os.ReadFile(filepath.Join(dir, "seen")); err == nil {
		err = codec.Unmarshal(text, &got)
	}
	if err != nil {
		t.Fatal(err)
	}
	return got
}
