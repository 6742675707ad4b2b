package mailbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"vesper/digest/mailbox"
	"vesper/digest/whole"
)

// edition is a message with all that a page can show.
const edition = "From: =?utf-8?q?Evening_=C3=9Cbersicht?= <evening@paper.example>\r\n" +
	"To: ada@reader.example\r\nSubject: Night trains return\r\nX-Note: =?utf-8?q?gr=C3=BCn?=\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n-----\r\n\r\n Four routes   are back.\r\nMore below.\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
	"<!DOCTYPE html><html lang=\"en\"><head><title>x</title><meta name=\"color-scheme\" content=\"light dark\">" +
	"<style>body{background:#fefefe}p{color:#111111}" +
	"@media (prefers-color-scheme: dark){body{background:#010203}p{color:#eeeeee}}</style></head>" +
	"<body style=\"margin:0\"><p>Four routes are back.</p>" +
	"<img src=\"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\" alt=\"A train\">" +
	"</body></html>\r\n--b--\r\n"

// views are the queries of every view.
var views = []string{
	"", "?width=phone&theme=dark&images=off&styles=off", "?view=overview", "?view=text",
	"?view=headers", "?view=headers&form=raw", "?view=source",
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
	return w
}

// shown is an answer without its styles, which are long.
func shown(w *httptest.ResponseRecorder) string {
	body := w.Body.String()
	return body[strings.Index(body, "</style>")+1:]
}

// filled gives a mailbox that these messages came to.
func filled(t *testing.T, m *mailbox.Mailbox, messages ...string) *mailbox.Mailbox {
	t.Helper()
	addr := serve(t, m)
	for _, body := range messages {
		if err := send(addr, "ada@reader.example", body); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestAnEmptyMailboxSaysWhatToDo(t *testing.T) {
	page := (&mailbox.Mailbox{}).Page()
	for _, want := range []string{"<h1>No mail yet</h1>", "Send something", `<a href="/">Look again</a>`} {
		if got := shown(get(t, page, "/")); !strings.Contains(got, want) {
			t.Errorf("an empty mailbox has no %q:\n%s", want, got)
		}
	}
}

func TestTheListShowsWhatInboxesShow(t *testing.T) {
	at := time.Date(2026, 11, 22, 18, 0, 3, 0, time.UTC)
	box := &mailbox.Mailbox{Dir: t.TempDir(), Now: func() time.Time { return at }}
	m := filled(t, box, "Subject: First\r\n\r\nOld\r\n", edition)
	got := shown(get(t, m.Page(), "/"))
	order := []string{
		"2 messages", `href="/m/2" aria-current="page"`, "Evening Übersicht", "18:00", "Night trains return",
		">Four routes are back. More", "ada@reader.example", fmt.Sprint(len(edition), " B"), `href="/m/1"`,
		"desk@paper.example", "First", ">Old<", "23 B", "<main",
	}
	rest := got
	for _, want := range order {
		_, after, ok := strings.Cut(rest, want)
		if !ok {
			t.Fatalf("no %q where it belongs:\n%s", want, got)
		}
		rest = after
	}
	if !strings.Contains(rest, "<h1 dir=\"auto\">Night trains return</h1>") {
		t.Errorf("the newest message is not open:\n%s", rest)
	}
}

func TestEveryViewShowsItsPart(t *testing.T) {
	page := filled(t, &mailbox.Mailbox{}, edition, "Subject: Bare\r\n\r\nOnly text\r\n").Page()
	for path, want := range map[string][]string{
		"/m/1": {
			`src="/m/1/html"`, `class="stage fit"`, `href="/m/1/html">Open alone`, `href="/m/1/eml"`,
			"Nothing leaves this machine",
		},
		"/m/1?width=phone&theme=dark": {
			`src="/m/1/html?theme=dark"`, `class="stage phone"`, `<iframe class="dark"`,
		},
		"/m/1?width=desktop&images=off": {`src="/m/1/html?images=off"`, `class="stage desktop"`},
		"/m/1?styles=off&theme=light": {
			`src="/m/1/html?theme=light&amp;styles=off"`, `<iframe class="light"`,
		},
		"/m/1?view=overview": {
			`<figure class="phone">`, `<figure class="desktop">`, `src="/m/1/html?theme=light"`,
			`src="/m/1/html?theme=dark"`, `href="/m/1?width=phone&amp;theme=dark"`,
		},
		"/m/1?view=text": {
			"<pre class=\"text\"", "Four routes   are back.\r\nMore", `href="/m/1/text">Open alone`,
		},
		"/m/1?view=headers": {
			"<dt>X-Note</dt> <dd dir=\"auto\">grün</dd>", "<dt>From</dt> <dd>desk@paper.example</dd>", "As sent",
		},
		"/m/1?view=headers&form=raw":           {"X-Note: =?utf-8?q?gr=C3=BCn?=\r\nMIME"},
		"/m/1?view=source":                     {"--b\r\nContent-Type: text/plain", `href="/m/1/source">Open alone`},
		"/m/2":                                 {"<pre class=\"text\"", "Only text"},
		"/m/2?view=overview":                   {"<pre class=\"text\"", "Only text"},
		"/m/1?view=x&width=y&theme=z&images=1": {`src="/m/1/html"`, `class="stage fit"`},
		"/?theme=dark":                         {"Only text", `href="/m/1?theme=dark"`},
	} {
		w := get(t, page, path)
		for _, s := range want {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s: %d, no %q:\n%s", path, w.Code, s, shown(w))
			}
		}
	}
	if got := shown(get(t, page, "/m/2")); strings.Contains(got, "<iframe") || strings.Contains(got, "Overview") {
		t.Errorf("a message without HTML has views of it:\n%s", got)
	}
	got := shown(get(t, page, "/m/1?view=headers"))
	if strings.Index(got, "<dt>To<") > strings.Index(got, "<dt>X-Note<") {
		t.Errorf("the header is not in its order:\n%s", got)
	}
}

func TestEveryLinkKeepsTheStateAndLeadsSomewhere(t *testing.T) {
	whole.NotRaced(t)
	page := filled(t, &mailbox.Mailbox{}, edition, edition, edition).Page()
	got := shown(get(t, page, "/m/2?width=phone&theme=dark"))
	for _, want := range []string{
		`href="/m/3?width=phone&amp;theme=dark" rel="prev">Newer`,
		`href="/m/1?width=phone&amp;theme=dark" rel="next">Older`,
		`href="/m/2?width=phone">System`, `href="/m/2?theme=dark">Fit`,
		`href="/m/2?width=phone&amp;theme=dark" aria-current="true">Dark`,
		`href="/m/2?width=phone&amp;theme=dark&amp;images=off">Off`,
		`href="/m/2?view=text&amp;width=phone&amp;theme=dark">Text`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q:\n%s", want, got)
		}
	}
	// Every page that is linked to is there, and so are the pages that it links to.
	links, seen := regexp.MustCompile(`(?:href|src)="(/[^"]*)"`), map[string]bool{}
	for left := []string{"/"}; len(left) > 0; left = left[1:] {
		if seen[left[0]] {
			continue
		}
		seen[left[0]] = true
		w := get(t, page, left[0])
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", left[0], w.Code)
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			for _, m := range links.FindAllStringSubmatch(w.Body.String(), -1) {
				left = append(left, html.UnescapeString(m[1]))
			}
		}
	}
	if !seen["/m/1?view=headers&theme=dark&images=off&form=raw"] {
		t.Errorf("%d pages, and not all states", len(seen))
	}
}

func TestALongListIsReachedInSteps(t *testing.T) {
	const count = 250
	m := &mailbox.Mailbox{}
	client, err := smtp.Dial(serve(t, m))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Quit() }()
	for i := range count {
		if err := transact(client, fmt.Sprintf("reader%d@reader.example", i)); err != nil {
			t.Fatal(err)
		}
	}
	numbers := regexp.MustCompile(`<li><a href="/m/(\d+)"`)
	older := regexp.MustCompile(`<a href="([^"]+)">Older messages`)
	var got []string
	for path := "/"; path != ""; {
		body := get(t, m.Page(), path).Body.String()
		for _, row := range numbers.FindAllStringSubmatch(body, -1) {
			got = append(got, row[1])
		}
		if path = ""; older.MatchString(body) {
			path = older.FindStringSubmatch(body)[1]
		}
	}
	var want []string
	for i := count; i > 0; i-- {
		want = append(want, fmt.Sprint(i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if body := shown(get(t, m.Page(), "/m/100")); !strings.Contains(body, `<a href="/m/151">Newer messages`) {
		t.Errorf("no way back:\n%s", body)
	}
}

func TestTheDownloadIsTheMessage(t *testing.T) {
	m := &mailbox.Mailbox{Dir: t.TempDir()}
	if err := send(serve(t, m), `"a;b\"c"@reader.example`, hostile); err != nil {
		t.Fatal(err)
	}
	w := get(t, m.Page(), "/m/1/eml")
	if diff := cmp.Diff(hostile, w.Body.String()); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"Content-Type":        "message/rfc822",
		"Content-Disposition": `attachment; filename="0001-a_b_c@reader.example.eml"`,
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestAMessageThatIsGoneSaysSo(t *testing.T) {
	m := filled(t, &mailbox.Mailbox{Dir: t.TempDir()}, edition)
	if err := os.Remove(m.Messages()[0].Path); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/": "Night trains return", "/m/1": "not kept", "/m/1/html": "not kept", "/m/1/eml": "not kept",
	} {
		if w := get(t, m.Page(), path); w.Code != http.StatusGone || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, want 410 and %q:\n%s", path, w.Code, want, shown(w))
		}
	}
}
