package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vesper/subscribers"
)

// word is what somebody hears who waits for another process.
const word = "waiting for it, up to a minute"

// writes takes the database's write lock, and gives the function that lets it go.
func (n *newsroom) writes(t *testing.T) (release func()) {
	t.Helper()
	db := n.database(t)
	c, err := db.Conn(t.Context())
	if err == nil {
		_, err = c.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	release = sync.OnceFunc(func() {
		if _, err := c.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Error(err)
		}
		c.Close()
		db.Close()
	})
	t.Cleanup(release)
	return release
}

// listening starts a command and listens to it.
func (n *newsroom) listening(t *testing.T, args ...string) *serving {
	t.Helper()
	s := &serving{n.command(args...), &heard{words: map[string]chan struct{}{}}}
	s.Stdout, s.Stderr = s.heard, s.heard
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Process.Kill() })
	return s
}

// leavingLinks gives the one-click path of every reader.
func leavingLinks(t *testing.T, db *sql.DB) (paths []string) {
	t.Helper()
	key := currentKey(t, db, "link")
	rows, err := db.QueryContext(t.Context(), `SELECT public_id FROM subscribers ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var public int64
		if err := rows.Scan(&public); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, "/u/"+key.Link(subscribers.ToUnsubscribe, uint64(public), time.Time{}))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return paths
}

func oneClick(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, page)
	}
	return err
}

var pagesAt = regexp.MustCompile(`msg=serving pages=(\S+)`)

// TestNobodyIsToldThatTheDatabaseIsLocked has commands and readers come while another
// process writes: all wait, the commands with a word, and all is done afterwards.
func TestNobodyIsToldThatTheDatabaseIsLocked(t *testing.T) {
	t.Parallel()
	const leave = 20
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(leave+2))
	// The readers come by a proxy, which may have more connections than one client.
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config = bytes.Replace(config, []byte("[web]\n"), []byte("[web]\ntrusted_proxies = [\"127.0.0.1\"]\n"), 1)
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	list := []byte("one@reader.example\nother@reader.example\n")
	if err := os.WriteFile(filepath.Join(n.dir, "more.txt"), list, 0o600); err != nil {
		t.Fatal(err)
	}
	db := n.database(t)
	defer db.Close()
	links := leavingLinks(t, db)
	service := n.listening(t, "serve")
	service.says(t, "msg=serving")
	at := pagesAt.FindStringSubmatch(service.text.String())[1]

	release := n.writes(t)
	var posts sync.WaitGroup
	for _, link := range links[:leave] {
		posts.Go(func() {
			if err := oneClick(t.Context(), "http://"+at+link); err != nil {
				t.Error(err)
			}
		})
	}
	waiting := []*serving{
		n.listening(t, "subscribers", "add", "new@reader.example"),
		n.listening(t, "subscribers", "import", "more.txt", "--confirmed"),
		n.listening(t, "subscribers", "erase", fmt.Sprintf("reader%05d@reader.example", leave)),
	}
	for _, s := range append(waiting, service) {
		s.says(t, word)
	}
	release()
	for _, s := range waiting {
		if err := s.Wait(); err != nil {
			t.Errorf("%v: %v\n%s", s.Args, err, &s.text)
		}
	}
	posts.Wait()
	var left, all int
	if err := db.QueryRowContext(t.Context(), `SELECT coalesce(sum(status = 'unsubscribed'), 0), count(*)
		FROM subscribers`).Scan(&left, &all); err != nil {
		t.Fatal(err)
	}
	if left != leave || all != leave+2+3-1 {
		t.Errorf("%d of %d have left, want %d of %d", left, all, leave, leave+2+3-1)
	}
}

// TestAStopWaitsForWhoWrites stops a sending while another process has the write lock
// and a message is on the wire: its outcome is recorded when the lock is free. Over
// more connections the others would go on meanwhile, and might come to the end.
func TestAStopWaitsForWhoWrites(t *testing.T) {
	t.Parallel()
	readers := manyReaders(60)
	w := startOracle(t, "-stop", "dot", "-at", "20")
	n := faultyNewsroom(t, setting{port: w.port, connections: 1}, readers)
	s := n.listening(t, "edition", "send", "--yes", "--force", "--date", tomorrow)
	w.stops(t)
	release := n.writes(t)
	s.Process.Signal(syscall.SIGTERM)
	w.goOn(t)
	s.says(t, word)
	release()
	if s.Wait(); s.ProcessState.ExitCode() != exitPartly {
		t.Errorf("it ended with %d\n%s", s.ProcessState.ExitCode(), &s.text)
	}
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: 60, sent: 60})
	w.onceEach(t, readers)
}
