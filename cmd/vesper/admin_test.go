package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/cmd/vesper/config"
)

// watchedAt has the newsroom's service serve the operator's pages by these lines of [admin].
func (n *newsroom) watchedAt(t *testing.T, lines ...string) {
	t.Helper()
	n.changes(t, "[publication]", "[admin]\n"+strings.Join(lines, "\n")+"\n[publication]")
}

// answers gives the status of an answer, 0 if nobody answers.
func answers(page string) int {
	got, err := http.Get(page)
	if err != nil {
		return 0
	}
	got.Body.Close()
	return got.StatusCode
}

// occupied has the address that nobody chooses taken as long as the test lasts. Where
// another process has it all the while, that is what the test needs too.
func occupied(t *testing.T) {
	t.Helper()
	for over, tick := time.Now().Add(10*time.Second), time.NewTicker(10*time.Millisecond); ; <-tick.C {
		l, err := net.Listen("tcp", config.Default("").Admin.Listen)
		if err == nil {
			t.Cleanup(func() { l.Close() })
			return
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
		if time.Now().After(over) {
			return
		}
	}
}

// TestAnotherProcessHasTheOperatorsAddress: one that somebody chose is missed, the other
// one is not.
func TestAnotherProcessHasTheOperatorsAddress(t *testing.T) {
	t.Parallel()
	occupied(t)
	n := newNewsroom(t, 1)
	pages := n.open(t)
	s := n.tells(t)
	s.says(t, "msg=serving")
	if said := s.heard.String(); !strings.Contains(said, "no /healthz, /readyz and /metrics") || !shown(pages+"/s") {
		t.Errorf("it does not go on without them:\n%s", said)
	}
	s.Process.Signal(syscall.SIGTERM)
	<-s.ended

	chosen := config.Default("").Admin.Listen
	n.watchedAt(t, fmt.Sprintf("listen = %q", chosen))
	out, err := n.command("serve").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitUsage ||
		!strings.Contains(string(out), "the operator's pages: listen tcp "+chosen) ||
		!strings.Contains(string(out), `hint: set listen in [admin] to a free address, or to "off"`) {
		t.Errorf("with an address that was chosen: %v\n%s", err, out)
	}
}

func TestTheOperatorsPagesAreThereAsConfigured(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	port := freePort(t)
	page := func(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", port, path) }
	n.watchedAt(t, fmt.Sprintf(`listen = "0.0.0.0:%d"`, port), "allow_remote = true", "pprof = true")
	m := n.manages(t)
	for _, path := range []string{
		"/healthz", "/metrics", "/debug/pprof/", "/debug/pprof/heap?debug=1", "/debug/pprof/symbol",
		"/debug/pprof/trace?seconds=0.01",
	} {
		if got := answers(page(path)); got != http.StatusOK {
			t.Errorf("%s: got %d", path, got)
		}
	}
	if far := elsewhereHere(t); far != "" && answers(fmt.Sprintf("http://%s/healthz", net.JoinHostPort(far,
		fmt.Sprint(port)))) != http.StatusOK {
		t.Errorf("at %s, which is not loopback, nobody answers", far)
	}
	m.stops(t)
}

// elsewhereHere gives an address of this machine that is not loopback, "" if there is none.
func elsewhereHere(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	return ""
}
