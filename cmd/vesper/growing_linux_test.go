package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vesper/subscribers"
)

// growingHome gives a folder with a configuration and a database without readers.
func growingHome(b *testing.B) (dir string, a *app, h *house) {
	b.Helper()
	dir = b.TempDir()
	config := `[publication]
name = "The Harbour Post"
from = "evening@post.example"
postal_address = "1 Quay, Porto Alba"
timezone = "UTC"
[[edition]]
[[relay]]
host = "127.0.0.1"
[web]
base_url = "https://post.example"
`
	name := filepath.Join(dir, "vesper.toml")
	if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
		b.Fatal(err)
	}
	a = &app{env: none, now: time.Now, stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	a.configFile = name
	h, err := a.open(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return dir, a, h
}

// BenchmarkOneClick has readers leave as mailbox providers have it, sixteen at a time, the
// whole way but for the socket. Its yardstick on the same disk is one bare row, committed for
// each of them.
func BenchmarkOneClick(b *testing.B) {
	const readers = 5000
	var took, bare time.Duration
	worked := 0.0
	for b.Loop() {
		dir, a, h := growingHome(b)
		if _, err := h.list.EnrolAll(b.Context(), benchReaders(readers, a.now()), a.now()); err != nil {
			b.Fatal(err)
		}
		paths := oneClickPaths(b, filepath.Join(dir, "vesper.db"), h)
		pages := a.pages(h, a.door(h, a.quiet()), a.quiet())
		var next atomic.Int64
		var all sync.WaitGroup
		began, before := time.Now(), cpuSeconds()
		for range 16 {
			all.Go(func() {
				for i := next.Add(1) - 1; i < readers; i = next.Add(1) - 1 {
					r := httptest.NewRequest(http.MethodPost, paths[i], strings.NewReader("List-Unsubscribe=One-Click"))
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					w := httptest.NewRecorder()
					if pages.ServeHTTP(w, r); w.Code != http.StatusOK {
						b.Errorf("%d: %s", w.Code, w.Body)
					}
				}
			})
		}
		all.Wait()
		took, worked = took+time.Since(began), worked+cpuSeconds()-before
		by, err := h.list.CountByStatus(b.Context())
		if by[subscribers.Unsubscribed] != readers || err != nil {
			b.Fatal(by, err)
		}
		h.close()
		bare += oneByOne(b, filepath.Join(dir, "bare.db"), readers)
	}
	n := float64(b.N * readers)
	b.ReportMetric(n/worked, "posts/cpu-s")
	b.ReportMetric(n/took.Seconds(), "posts/s")
	b.ReportMetric(float64(took)/float64(bare), "times-bare")
}

// oneClickPaths gives the one-click path of every reader.
func oneClickPaths(b *testing.B, name string, h *house) (paths []string) {
	b.Helper()
	ring, err := h.list.Keyring(b.Context())
	if err != nil || len(ring) != 1 {
		b.Fatal(ring, err)
	}
	var key subscribers.Key
	for _, key = range ring {
	}
	db, err := sql.Open("sqlite3", name)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(b.Context(), `SELECT public_id FROM subscribers`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var public int64
		if err := rows.Scan(&public); err != nil {
			b.Fatal(err)
		}
		paths = append(paths, "/u/"+key.Link(subscribers.ToUnsubscribe, uint64(public), time.Time{}))
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return paths
}

// oneByOne commits rows, each durably by itself.
func oneByOne(b *testing.B, name string, rows int) time.Duration {
	b.Helper()
	db, err := sql.Open("sqlite3", name+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(b.Context(), `CREATE TABLE bare (id INTEGER PRIMARY KEY, word TEXT)`); err != nil {
		b.Fatal(err)
	}
	insert, err := db.PrepareContext(b.Context(), `INSERT INTO bare (word) VALUES ('left')`)
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	began := time.Now()
	for range rows {
		if _, err := insert.ExecContext(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

// bareImport is what the command-line program of SQLite is given: the file as a table, and
// its rows into a table as ours, with its two unique keys.
const bareImport = `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
CREATE TABLE readers (id INTEGER PRIMARY KEY AUTOINCREMENT, public_id INTEGER NOT NULL UNIQUE,
	address TEXT NOT NULL, address_key TEXT NOT NULL UNIQUE, name TEXT, asked_at TEXT, asked_from TEXT,
	confirmed_at TEXT, confirmed_from TEXT, source_hash TEXT, tags TEXT);
.mode csv
.import %s file
INSERT INTO readers SELECT NULL, random(), "Email Address", lower("Email Address"),
	"First Name" || ' ' || "Last Name", OPTIN_TIME, OPTIN_IP, CONFIRM_TIME, CONFIRM_IP,
	'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', TAGS FROM file;
DROP TABLE file;
`

// BenchmarkImport imports an export of -rows readers with the program itself, and the same file
// with sqlite3, in turn. The times are the processor's, and that of the clock; the peak is
// of all that the process has.
func BenchmarkImport(b *testing.B) {
	if _, err := exec.LookPath("sqlite3"); err != nil {
		b.Skip("there is no sqlite3: ", err)
	}
	var ours, bare spent
	for b.Loop() {
		dir, _, h := growingHome(b)
		h.close()
		file := filepath.Join(dir, "members.csv")
		writeMailchimp(b, file, *importedRows)
		c := exec.CommandContext(b.Context(), "vesper", "subscribers", "import", file)
		c.Dir = dir
		ours.run(b, c)
		c = exec.CommandContext(context.WithoutCancel(b.Context()), "sqlite3", "-bail", filepath.Join(dir, "bare.db"))
		c.Stdin = strings.NewReader(fmt.Sprintf(bareImport, file))
		bare.run(b, c)
	}
	b.ReportMetric(ours.clock.Seconds()/float64(b.N), "s")
	b.ReportMetric(ours.processor.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(float64(ours.clock)/float64(bare.clock), "times-sqlite3")
	b.ReportMetric(float64(ours.processor)/float64(bare.processor), "times-sqlite3-cpu")
	b.ReportMetric(float64(ours.peak)/1000, "MB-peak")
}

// spent is what runs of a program took.
type spent struct {
	clock, processor time.Duration
	peak             int64 // kB
}

func (s *spent) run(b *testing.B, c *exec.Cmd) {
	b.Helper()
	began := time.Now()
	if said, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, said)
	}
	s.clock += time.Since(began)
	s.processor += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	s.peak = max(s.peak, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
}
