package hook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/returns"

	"vesper/subscribers/returns/hooktest"
)

// evening is the time of most tests.
var evening = time.Date(2026, 11, 27, 18, 5, 0, 0, time.UTC)

const secret = "5f0c2a9be41d7736a8b9c0d1e2f34455"

// desk is a Desk that remembers what it heard. An ID that comes twice is one event, as in
// the database.
type desk struct {
	mu     sync.Mutex
	heard  []returns.Event
	times  int
	err    error
	hold   chan struct{}
	inside chan struct{}
	// strangers has it know nobody.
	strangers bool
}

func (d *desk) Hear(_ context.Context, door subscribers.Door, events []returns.Event) (returns.Heard, error) {
	if d.hold != nil {
		d.inside <- struct{}{}
		<-d.hold
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !strings.HasPrefix(string(door), "webhook ") {
		return returns.Heard{}, errors.New("by which door?")
	}
	d.times++
	if d.err != nil || d.strangers {
		return returns.Heard{Strangers: len(events)}, d.err
	}
	var out returns.Heard
	for _, e := range events {
		known := false
		for _, before := range d.heard {
			known = known || before.ID == e.ID
		}
		if !known {
			d.heard = append(d.heard, e)
			out.New++
		}
	}
	return out, nil
}

// world is webhooks with what is about them.
type world struct {
	*Hooks
	desk  *desk
	aws   *amazon
	now   time.Time
	lines bytes.Buffer
}

// open gives webhooks of these.
func open(t testing.TB, all ...Webhook) *world {
	t.Helper()
	w := &world{desk: &desk{}, aws: newAmazon(t), now: evening}
	h, err := New(Options{
		Webhooks: all, Desk: w.desk, Fetch: w.aws, Topics: w.aws, Roots: w.aws.Roots,
		Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.lines, &slog.HandlerOptions{Level: slog.LevelInfo})),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Hooks = h
	return w
}

// ask posts a request, and gives the status; 0 if there is nothing there.
func (w *world) ask(r *http.Request) int {
	rec := httptest.NewRecorder()
	if !w.Serve(rec, r) {
		return 0
	}
	return rec.Code
}

// logged gives the lines of the log, and forgets them.
func (w *world) logged() []string {
	text := strings.TrimSpace(w.lines.String())
	w.lines.Reset()
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// quiet fails if a log tells what it must not.
func quiet(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		for _, never := range []string{secret, "/hooks/", "@", "whsec_", hooktest.MailgunKey, "hunter2", "Token=", "Bearer"} {
			if strings.Contains(line, never) {
				t.Errorf("the log tells %q: %s", never, line)
			}
		}
	}
}

// post makes a request to a provider's webhook.
func post(provider string, body []byte) *http.Request {
	at := "https://mail.news.example/hooks/" + provider + "/" + secret
	r := httptest.NewRequest(http.MethodPost, at, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

// bodyOf reads a request's body and puts it back.
func bodyOf(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// setBody changes what a request carries.
func setBody(r *http.Request, body []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

func (w *world) serial() *big.Int { return big.NewInt(w.now.Unix()) }
