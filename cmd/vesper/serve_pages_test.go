package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"vesper/subscribers"
)

// TestMoreConnectionsThanThereMayBeWait fills the pages with readers who say
// nothing more.
func TestMoreConnectionsThanThereMayBeWait(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- serveHTTP(ctx, l, http.NotFoundHandler()) }()
	ask := func() (net.Conn, *bufio.Reader) {
		t.Helper()
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		return c, bufio.NewReader(c)
	}
	answered := func(c net.Conn, r *bufio.Reader, within time.Duration) error {
		c.SetReadDeadline(time.Now().Add(within))
		_, err := r.Peek(1)
		return err
	}
	var first net.Conn
	for range maxConnections {
		c, r := ask()
		if err := answered(c, r, time.Minute); err != nil {
			t.Fatal(err)
		}
		first = c
	}
	c, r := ask()
	if err := answered(c, r, 200*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one more got %v, want to wait", err)
	}
	first.Close()
	if err := answered(c, r, time.Minute); err != nil {
		t.Errorf("when one had gone, it got %v", err)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestEveningsAreThoseOfTheSchedules(t *testing.T) {
	for schedules, want := range map[[2]string]subscribers.Evenings{
		{"0 18 * * *", ""}:              subscribers.EveryEvening,
		{"0 18 * * 1-5", ""}:            subscribers.MondayToFriday,
		{"0 18 * * 1-5", "0 9 * * 6"}:   subscribers.MondayToFriday | 1<<time.Saturday,
		{"0 18 1 * *", ""}:              subscribers.EveryEvening,
		{"0 9 * * sun", "0 18 * * sun"}: 1 << time.Sunday,
	} {
		n := newNewsroom(t, 0)
		t.Setenv("VESPER_EDITION_SCHEDULE", schedules[0])
		t.Setenv("VESPER_EDITION_2_SCHEDULE", schedules[1])
		t.Setenv("VESPER_EDITION_2_SLOT", map[bool]string{true: "second"}[schedules[1] != ""])
		a := &app{env: os.Getenv, now: time.Now, stderr: io.Discard, configFile: n.dir + "/vesper.toml"}
		h, err := a.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := a.readersPages(h, a.door(h, a.quiet()), a.quiet()).Evenings; got != want {
			t.Errorf("%q: got %s, want %s", schedules, got, want)
		}
		h.close()
	}
}

func TestTheDemoServesEveryPageThatItsMailLinksTo(t *testing.T) {
	n := newNewsroom(t, 1)
	n.openOnly(t)
	a, h := n.house(t, time.Now)
	pages := a.demoPages(h, a.door(h, a.quiet()), n.box)
	for _, path := range []string{"/", "/s", "/e", "/e/" + theEdition} {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest("GET", "http://localhost"+path, http.NoBody))
		if w.Code != http.StatusOK {
			t.Errorf("%s is answered with %d", path, w.Code)
		}
	}
}
