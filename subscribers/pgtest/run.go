//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// keep runs the server until its own input ends, which it does when the test's process ends,
// in whatever way. Then it ends the server and removes the folder. One that dies before is
// started again, as a machine's service would be.
const keep = `while :; do $4 "$1" -D "$2" </dev/null >>"$3/log" 2>&1; sleep 0.1; done &
read -r _
kill $!
kill -INT "$(head -n 1 "$2/postmaster.pid")"
n=0
while [ -e "$2/postmaster.pid" ] && [ $n -lt 50 ]; do n=$((n + 1)); sleep 0.1; done
rm -rf "$3"`

func (s *Server) run() (err error) {
	c := s.command("/bin/sh", "-c", keep, "keep", filepath.Join(s.bin, "postgres"), s.data(), s.Dir, s.as)
	if s.leash, err = c.StdinPipe(); err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		// How the shell ended says nothing: the folder is gone, or it lies among others.
		_ = c.Wait()
	}()
	return s.answers(0)
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	// A signal from the terminal is for the test, which ends this in order.
	c.Dir, c.SysProcAttr = s.Dir, &syscall.SysProcAttr{Setpgid: true}
	return c
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() {
	s.leash.Close()
	<-s.ended
}

// URL is the address of a database.
func (s *Server) URL(name string) string {
	return (&url.URL{
		Scheme: "postgres", User: url.User("postgres"), Path: "/" + name,
		RawQuery: url.Values{"host": {s.Dir}}.Encode(),
	}).String()
}

// Database makes an empty database, and gives its address.
func (s *Server) Database(t testing.TB, name string) string {
	t.Helper()
	return s.database(t, name, "")
}

// database makes a database, as a copy of another one unless that is "".
func (s *Server) database(t testing.TB, name, of string) string {
	t.Helper()
	if of != "" {
		of = " TEMPLATE " + pgx.Identifier{of}.Sanitize() + " STRATEGY wal_log"
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+of); err != nil {
		t.Fatal(err)
	}
	return s.URL(name)
}

// Signal sends a signal to the server: SIGKILL as a crash does, SIGINT to end it at once
// and in order. It gives back once another one answers in its place.
func (s *Server) Signal(t testing.TB, signal syscall.Signal) {
	t.Helper()
	former := s.pid()
	if err := syscall.Kill(former, signal); err != nil {
		t.Fatal(err)
	}
	if err := s.answers(former); err != nil {
		t.Fatal(err)
	}
}

// pid is the server's process, 0 while there is none.
func (s *Server) pid() int {
	b, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	n, _ := strconv.Atoi(string(line))
	return n
}

// answers waits until a server takes connections that is not the former one.
func (s *Server) answers(former int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for every := time.NewTicker(20 * time.Millisecond); ; {
		if pid := s.pid(); pid != 0 && pid != former {
			conn, err := pgx.Connect(ctx, s.URL("postgres"))
			if err == nil {
				return conn.Close(ctx)
			}
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			// What it says there is all that is known.
			log, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
			return fmt.Errorf("PostgreSQL does not answer: %s", log)
		}
	}
}
