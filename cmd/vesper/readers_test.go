package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/mailbox"
	"vesper/digest/whole"
	"vesper/subscribers"
)

// moving is a clock that a test sets forward.
type moving struct {
	skipped atomic.Int64
}

func (m *moving) now() time.Time { return time.Now().Add(time.Duration(m.skipped.Load())) }

func (m *moving) skip(d time.Duration) { m.skipped.Add(int64(d)) }

// open gives the newsroom a free port for its pages, at which its links lead to
// them, and gives their address.
func (n *newsroom) open(t *testing.T) string {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.ReplaceAll(config, []byte("127.0.0.1:8025"), []byte(address))
	config = bytes.Replace(config, []byte("127.0.0.1:0"), []byte(address), 1) // the first is the readers'
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	return "http://" + address
}

// gets waits for the nth message of the newsroom, and gives its text.
func (n *newsroom) gets(t *testing.T, nth int) (mailbox.Message, string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := n.box.Wait(ctx, nth); err != nil {
		t.Fatal(err)
	}
	m := n.box.Messages()[nth-1]
	source, err := m.Source()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(source)))
	if err != nil {
		t.Fatal(err)
	}
	return m, string(text)
}

// linkTo finds a message's link below a path.
func linkTo(t *testing.T, text, path string) string {
	t.Helper()
	link := regexp.MustCompile(`http://127\.0\.0\.1:\d+` + path + `[A-Za-z0-9_-]*`).FindString(text)
	if link == "" {
		t.Fatalf("the message has no link to %s:\n%s", path, text)
	}
	return link
}

var anyLink = regexp.MustCompile(`http://127\.0\.0\.1:\d+/[^\s"<>]*`)

// scan opens every link of a message as mail scanners do, and holds the list to
// being as it was before.
func (n *newsroom) scan(t *testing.T, text string) {
	t.Helper()
	before := n.asks(t, "subscribers", "list", "-o", "json")
	links := anyLink.FindAllString(text, -1)
	if len(links) == 0 {
		t.Fatal("the message has no link")
	}
	for _, link := range links {
		for _, method := range []string{"GET", "HEAD", "GET"} {
			r, err := http.NewRequestWithContext(t.Context(), method, link, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			w, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			w.Body.Close()
		}
	}
	if after := n.asks(t, "subscribers", "list", "-o", "json"); after != before {
		t.Errorf("a scanner changed the list:\n%s%s", before, after)
	}
}

// listed gives the list's line of a reader.
func (n *newsroom) listed(t *testing.T, address string) string {
	t.Helper()
	for line := range strings.Lines(n.asks(t, "subscribers", "list", "-o", "json")) {
		if strings.Contains(line, `"`+address+`"`) {
			return line
		}
	}
	return ""
}

func (n *newsroom) house(t *testing.T, now func() time.Time) (*app, *house) {
	t.Helper()
	a := &app{
		env: none, now: now, stdout: io.Discard, stderr: io.Discard,
		configFile: filepath.Join(n.dir, "vesper.toml"),
	}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.close)
	return a, h
}

// TestTenThousandSignUpsForOneAddressAreOneMail comes from as many networks over
// a day, through the real pages and the real list.
func TestTenThousandSignUpsForOneAddressAreOneMail(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n, clock := newNewsroom(t, 1), &moving{}
	a, h := n.house(t, clock.now)
	log := new(bytes.Buffer)
	door := a.door(h, slog.New(slog.NewTextHandler(log, nil)))
	p := a.readersPages(h, door, door.Log)
	p.Publication.URL, p.Proxies = "https://www.news.example/",
		[]netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")}
	pages := p.Handler()
	all := whole.Times(t, 1_000, 10_000)
	for i := range all {
		address := "ines@reader.example"
		if i%2 == 1 {
			address = "INES@Reader.Example"
		}
		r := httptest.NewRequest("POST", "/s", strings.NewReader(fmt.Sprintf(`{"email":%q}`, address)))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", "https://www.news.example")
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", i/256, i%256))
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, r)
		if w.Code != http.StatusOK && w.Code != http.StatusTooManyRequests {
			t.Fatalf("sign-up %d: got %d", i, w.Code)
		}
		clock.skip(23 * time.Hour / time.Duration(all))
		if i%(all/10) == all/10-1 {
			if err := door.Answer(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	owed, err := h.outbox.Owed(t.Context(), digest.Whole(), clock.now(), nil, 10)
	if err != nil || len(owed) != 1 {
		t.Errorf("got %d letters, %v, want 1", len(owed), err)
	}
	if strings.Contains(strings.ToLower(log.String()), "ines") || strings.Contains(log.String(), "10.1.") {
		t.Errorf("the log tells who: %s", log)
	}
}

func TestWhoDoesNotConfirmIsForgottenAndSoIsTheLink(t *testing.T) {
	n, clock := newNewsroom(t, 1), &moving{}
	n.open(t)
	s := n.service(t, clock.now)
	s.says(t, "serving")
	n.run(t, "subscribers", "add", "ines@reader.example", "--ask", "--yes")
	_, text := n.gets(t, 1)
	s.ends(t)
	clock.skip(subscribers.ConfirmWithin + time.Second)
	s = n.service(t, clock.now)
	s.says(t, "deleted addresses that were not confirmed in time")
	if line := n.listed(t, "ines@reader.example"); line != "" {
		t.Errorf("after 72 hours there is still %s", line)
	}
	w, err := http.Post(linkTo(t, text, "/c/"), "application/x-www-form-urlencoded", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if page, _ := io.ReadAll(w.Body); !bytes.Contains(page, []byte("does not work any more")) ||
		n.listed(t, "ines@reader.example") != "" {
		t.Errorf("after 72 hours the link gives\n%s", page)
	}
	s.ends(t)
}
