package main

import (
	"database/sql"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vesper/subscribers/returns/hook"
)

const alarmSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// pager is a server that alarms are posted to, and that a heartbeat is fetched from. It
// verifies as the program does that hears the webhooks of others.
type pager struct {
	*httptest.Server
	mu sync.Mutex
	// ids are those of the messages that were posted, in their order.
	ids []string
	// hangs has a post wait until the server closes; posted and beaten tell of each request.
	hangs          bool
	posted, beaten chan string
	closed         chan struct{}
}

func newPager(t *testing.T, now func() time.Time) *pager {
	t.Helper()
	hooks, err := hook.New(hook.Options{
		Webhooks: []hook.Webhook{{Provider: "standard", Secret: "s3cret", Key: alarmSecret}},
		Now:      now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &pager{posted: make(chan string, 100), beaten: make(chan string, 100), closed: make(chan struct{})}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			p.beaten <- r.URL.Path
			return
		}
		id := r.Header.Get("Webhook-Id")
		p.mu.Lock()
		hangs := p.hangs
		p.ids = append(p.ids, id)
		p.mu.Unlock()
		p.posted <- id
		if hangs {
			<-p.closed
			return
		}
		if !hooks.Serve(w, r) {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(func() { close(p.closed); p.Close() })
	return p
}

func (p *pager) hang(is bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hangs = is
}

// soon waits for a request, not for ever.
func soon(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(time.Minute):
		t.Fatal("nothing came within a minute")
		return ""
	}
}

// alarmsTo has a newsroom tell a pager, and a command that never ends.
func (n *newsroom) alarmsTo(t *testing.T, p *pager, more string) {
	t.Helper()
	path := filepath.Join(n.dir, "vesper.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, string(text)+fmt.Sprintf("[alarms]\nwebhook = %q\nsecret = %q\nheartbeat = %q\n%s",
		p.URL+"/hooks/standard/s3cret", alarmSecret, p.URL+"/beat/s3cret", more))
}

// recordsAnEmptyEvening starts the service, and kills it as soon as that is in the book.
func (n *newsroom) recordsAnEmptyEvening(t *testing.T) {
	t.Helper()
	s := n.tells(t)
	s.says(t, "nothing to print")
	for !strings.Contains(n.run(t, "edition", "list"), "empty") {
		if t.Context().Err() != nil {
			t.Fatal("it was not recorded")
		}
	}
	s.Process.Kill()
	<-s.ended
}

// owedWords counts what is still to be told.
func (n *newsroom) owedWords(t *testing.T) (words int) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(n.dir, "vesper.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM alarm_words`).Scan(&words); err != nil {
		t.Fatal(err)
	}
	return words
}

// TestWhoeverKillsTheServiceAnAlarmIsToldAndOnce kills it as the words are on their way.
func TestWhoeverKillsTheServiceAnAlarmIsToldAndOnce(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 2)
	if err := os.Remove(filepath.Join(n.dir, "desk", "orlanda.txt")); err != nil {
		t.Fatal(err)
	}
	n.clock = clockAt(t, "2030-01-01T12:00:00Z")
	first := n.serve(t)
	first.Process.Signal(syscall.SIGTERM)
	<-first.ended

	n.clock = clockAt(t, "2030-01-01T18:00:05Z")
	p := newPager(t, n.clock)
	n.alarmsTo(t, p, "")
	p.hang(true)
	// The evening has nothing to print, which the service records, and is killed.
	n.recordsAnEmptyEvening(t)
	// It is killed once more as it tells.
	third := n.serve(t)
	id := soon(t, p.posted)
	third.Process.Kill()
	<-third.ended
	p.hang(false)
	fourth := n.serve(t)
	if again := soon(t, p.posted); again != id {
		t.Errorf("told as %s, and then as %s", id, again)
	}
	fourth.says(t, "alarm told")
	if path := soon(t, p.beaten); path != "/beat/s3cret" {
		t.Errorf("the heartbeat was fetched at %s", path)
	}
	fourth.Process.Kill()
	<-fourth.ended
	if words := n.owedWords(t); words != 0 {
		t.Errorf("%d words are owed still", words)
	}
	if status := n.run(t, "status"); !strings.Contains(status, "empty evening, since 2030-01-01 18:00: 0 articles") {
		t.Errorf("the status says\n%s", status)
	}
	if status := n.run(t, "status", "-o", "json"); !strings.Contains(status, `"alarms":[{"kind":"empty","about":"evening"`) {
		t.Errorf("the status says %s", status)
	}
	// It is not told again.
	fifth := n.serve(t)
	fifth.Process.Signal(syscall.SIGTERM)
	<-fifth.ended
	if strings.Contains(fifth.String(), "s3cret") || strings.Contains(fourth.String(), "s3cret") {
		t.Error("the log has the secret of an address")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	slices.Sort(p.ids)
	if ids := slices.Compact(p.ids); len(ids) != 1 {
		t.Errorf("told were %q, want one message", ids)
	}
}

// TestWaysThatHangHoldUpNeitherAnEditionNorTheEnd: a webhook that never answers, a command
// that never ends and a mail server that says nothing.
func TestWaysThatHangHoldUpNeitherAnEditionNorTheEnd(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 200)
	n.clock = clockAt(t, "2030-01-01T12:00:00Z")
	first := n.serve(t)
	first.Process.Signal(syscall.SIGTERM)
	<-first.ended
	article := filepath.Join(n.dir, "desk", "orlanda.txt")
	text, err := os.ReadFile(article)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(article); err != nil {
		t.Fatal(err)
	}
	n.clock = clockAt(t, "2030-01-01T18:00:05Z")
	p := newPager(t, n.clock)
	n.alarmsTo(t, p, `command = ["sh", "-c", "echo $$ >asleep; sleep 600"]`+"\n")
	p.hang(true)
	n.recordsAnEmptyEvening(t)
	third := n.serve(t)
	soon(t, p.posted)
	// Somebody writes an article, and sends the edition by hand.
	writeFile(t, article, string(text))
	at := n.clock()
	if err := os.Chtimes(article, at, at); err != nil {
		t.Fatal(err)
	}
	n.run(t, "edition", "send", "--yes")
	if n.box.Count() != 200 {
		t.Errorf("%d copies, want 200", n.box.Count())
	}
	began := time.Now()
	third.Process.Signal(syscall.SIGTERM)
	<-third.ended
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("the service ended after %s", took)
	}
	if code := third.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("it ended with %d\n%s", code, third.String())
	}
	if !strings.Contains(third.String(), "edition done") {
		t.Errorf("the edition was not done\n%s", third.String())
	}
}
