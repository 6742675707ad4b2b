package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// managed is a service under a service manager: no terminal belongs to it, and it tells
// the manager how it is.
type managed struct {
	told
	socket *net.UnixConn
}

// manages starts the service, and waits until it serves.
func (n *newsroom) manages(t *testing.T, environ ...string) *managed {
	t.Helper()
	// Paths of sockets are short.
	dir, err := os.MkdirTemp("", "notify")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	address := &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unixgram"}
	socket, err := net.ListenUnixgram("unixgram", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	// Where SIGHUP is ignored, as nohup has it, a process that handles it passes on none of that.
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(handled) })
	log := &heard{words: map[string]chan struct{}{}}
	c := n.command("serve")
	c.Stderr = log
	c.Env = append(c.Environ(), append(environ, "NOTIFY_SOCKET="+address.Name)...)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	m := &managed{told{log, launched(t, c)}, socket}
	m.tells(t, "READY=1")
	return m
}

// tells waits until the manager is told something, and gives all of that message.
func (m *managed) tells(t *testing.T, what string) string {
	t.Helper()
	m.socket.SetReadDeadline(time.Now().Add(time.Minute))
	for b := make([]byte, 4096); ; {
		n, err := m.socket.Read(b)
		if err != nil {
			t.Fatalf("the manager was not told %s: %v\n%s", what, err, &m.text)
		}
		if said := string(b[:n]); strings.Contains(said, what) {
			return said
		}
	}
}

// reloads has the service read its configuration again.
func (m *managed) reloads(t *testing.T) {
	t.Helper()
	if err := m.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if said := m.tells(t, "RELOADING=1"); !strings.Contains(said, "\nMONOTONIC_USEC=") {
		t.Errorf("the manager was told %q, without the time", said)
	}
	m.tells(t, "READY=1")
}

func (m *managed) stops(t *testing.T) {
	t.Helper()
	m.Process.Signal(syscall.SIGTERM)
	m.tells(t, "STOPPING=1")
	<-m.ended
	if code := m.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("serve ended with %d\n%s", code, m.heard)
	}
}

// changes replaces words in the newsroom's configuration.
func (n *newsroom) changes(t *testing.T, old, with string) {
	t.Helper()
	path := filepath.Join(n.dir, "vesper.toml")
	text, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%v, no %q in %s", err, old, text)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(with), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAServiceReadsItsConfigurationAgain(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	pages := n.open(t)
	m := n.manages(t)

	n.changes(t, `name = "Newslooks"`, `name = "The Quay Post"`)
	m.reloads(t)
	m.says(t, "changed=[publication.name]")
	if form := body(t, pages+"/s"); !strings.Contains(form, "The Quay Post") {
		t.Errorf("the sign-up form does not have the new name:\n%s", form)
	}

	for _, wrong := range []struct{ name, old, with, want string }{
		{"a flaw", `timezone = "UTC"`, `timezone = "Nowhere/Nowhere"`, "Nowhere"},
		{"no TOML", `[publication]`, `[publication`, "vesper.toml:2"},
		{"another database", `[publication]`, "[database]\npath = \"other.db\"\n[publication]", "database.path"},
		{"a taken port", strings.TrimPrefix(pages, "http://"), sinkAddress(n), "web.listen"},
	} {
		t.Run(wrong.name, func(t *testing.T) {
			n.changes(t, wrong.old, wrong.with)
			defer n.changes(t, wrong.with, wrong.old)
			m.reloads(t)
			m.says(t, wrong.want)
			if times := strings.Count(m.heard.String(), "msg=serving"); times != 2 {
				t.Errorf("it began anew\n%s", m.heard)
			}
			if form := body(t, pages+"/s"); !strings.Contains(form, "The Quay Post") {
				t.Errorf("the pages are not as before:\n%s", form)
			}
		})
	}
	m.stops(t)
}

// TestAReloadTakesAnotherWayToLog: from the line after it on. One with flaws does not.
func TestAReloadTakesAnotherWayToLog(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	m := n.manages(t, logFormat+"=")
	m.says(t, `"msg":"serving"`)
	n.changes(t, "[publication]", "[log]\nformat = \"text\"\nlevel = \"warning\"\n[publication]")
	m.reloads(t)
	m.says(t, `"msg":"the configuration is not reloaded","reason":"it has a flaw","flaw":"vesper.toml:3: level `)
	n.changes(t, `"warning"`, `"warn"`)
	m.reloads(t)
	m.says(t, `"msg":"the configuration is reloaded: messages in transit are finished first",`+
		`"changed":["log.format","log.level"]}`)
	n.changes(t, `"warn"`, `"loud"`)
	m.reloads(t)
	m.says(t, `level=ERROR msg="the configuration is not reloaded" reason="it has a flaw"`)
	m.stops(t)
	if said := m.heard.String(); strings.Contains(said, "level=INFO") {
		t.Errorf("it logs what is below its level:\n%s", said)
	}
}

// TestAServiceGoesOnAsBeforeWhereNothingCanBeServed has it read configurations that are
// right by themselves, and that it can't begin with.
func TestAServiceGoesOnAsBeforeWhereNothingCanBeServed(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	pages := n.open(t)
	m := n.manages(t)
	taken := sinkAddress(n)
	for name, more := range map[string]string{
		"operator's pages": "[admin]\nlisten = \"" + taken + "\"\n",
		"bounces":          "[bounces]\nlisten = \"" + taken + "\"\n",
		"DKIM":             "[dkim]\ndomain = \"news.example\"\nkey_file = \"none.pem\"\n",
		"bounces beside operator's pages": "[bounces]\nlisten = \"127.0.0.1:" + strconv.Itoa(freePort(t)) +
			"\"\n[admin]\nlisten = \"" + taken + "\"\n",
	} {
		n.changes(t, "[publication]", more+"[publication]")
		m.reloads(t)
		if strings.Contains(more, "[admin]") {
			m.says(t, `reason="the operator's pages can't be served there"`)
		} else {
			m.says(t, "the one before stays")
		}
		n.changes(t, more, "")
		if form := body(t, pages+"/s"); !strings.Contains(form, "Newslooks") {
			t.Errorf("%s: the pages are not as before:\n%s", name, form)
		}
	}
	n.changes(t, `name = "Newslooks"`, `name = "The Quay Post"`)
	m.reloads(t)
	m.says(t, "changed=[publication.name]")
	m.stops(t)
}

// TestTwoReloadsAtOnceHaveTheLastConfiguration: who asks while the service begins anew ends
// nothing, and what is read last counts.
func TestTwoReloadsAtOnceHaveTheLastConfiguration(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	pages := n.open(t)
	m := n.manages(t)
	for i := range 40 {
		n.changes(t, "[publication]\nname = \"", "[publication]\nname = \"X")
		if err := m.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatalf("after %d reloads: %v\n%s", i, err, m.heard)
		}
	}
	m.reloads(t)
	for m.settled(t) {
	}
	if form := body(t, pages+"/s"); !strings.Contains(form, strings.Repeat("X", 40)) {
		t.Errorf("the pages do not have the last name:\n%s\n%s", form, m.heard)
	}
	m.stops(t)
}

// settled waits for a further reload; false if there is none within a second.
func (m *managed) settled(t *testing.T) bool {
	t.Helper()
	m.socket.SetReadDeadline(time.Now().Add(time.Second))
	_, err := m.socket.Read(make([]byte, 4096))
	return err == nil
}

// TestAReloadLetsNoProbeDown asks for a page of the operator's while the service begins anew
// again and again: whoever watches it is never refused. Then it moves, and is turned off.
func TestAReloadLetsNoProbeDown(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	port, next := freePort(t), freePort(t)
	at := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	n.watchedAt(t, fmt.Sprintf("listen = %q", at(port)), "pprof = true")
	m := n.manages(t)
	enough, asked := make(chan struct{}), make(chan error)
	go func() { asked <- keepsAsking("http://"+at(port)+"/healthz", enough) }()
	for range 5 {
		m.reloads(t)
	}
	close(enough)
	if err := <-asked; err != nil {
		t.Errorf("while it began anew: %v", err)
	}

	n.changes(t, "pprof = true", "pprof = false")
	m.reloads(t)
	if got := answers("http://" + at(port) + "/debug/pprof/"); got != http.StatusNotFound {
		t.Errorf("profiles that were turned off: got %d", got)
	}
	n.changes(t, at(port), sinkAddress(n))
	m.reloads(t)
	m.says(t, `reason="the operator's pages can't be served there" key=admin.listen`)
	n.changes(t, sinkAddress(n), at(next))
	m.reloads(t)
	if was, is := answers("http://"+at(port)+"/healthz"), answers("http://"+at(next)+"/healthz"); was != 0 || is != 200 {
		t.Errorf("it moved: got %d at the former address, %d at the new one", was, is)
	}
	n.changes(t, at(next), "off")
	m.reloads(t)
	if is := answers("http://" + at(next) + "/healthz"); is != 0 {
		t.Errorf("it is off: got %d", is)
	}
	m.stops(t)
}

// sinkAddress is where the newsroom's relay listens.
func sinkAddress(n *newsroom) string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port))
}

// body gives a page that must be there.
func body(t *testing.T, page string) string {
	t.Helper()
	got, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(got.Body); err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", page, got.Status, err)
	}
	return text.String()
}

// Whoever comes while the service begins anew waits a moment, and nobody is sent an
// edition twice.
func TestAReloadInTheMiddleOfAnEditionLosesNobody(t *testing.T) {
	t.Parallel()
	readers := manyReaders(600)
	w := startOracle(t, "-delay", "1ms")
	n := faultyNewsroom(t, setting{port: w.port, connections: 4}, readers)
	pages := n.open(t)
	m := n.manages(t)
	send := n.start(t)
	enough, asked := make(chan struct{}), make(chan error)
	go func() { asked <- keepsAsking(pages+"/s", enough) }()
	for i := 1; i <= 3; i++ {
		w.wait(len(readers)*i/5, send.ended)
		m.reloads(t)
	}
	<-send.ended
	close(enough)
	if err := <-asked; err != nil {
		t.Errorf("while it began anew: %v", err)
	}
	if code := send.ProcessState.ExitCode(); code != exitDone {
		t.Errorf("edition send ended with %d\n%s", code, &send.said)
	}
	m.stops(t)
	w.onceEach(t, readers)
	n.adds(t, "done", sums{opened: 600, sent: 600})
}

// keepsAsking asks for a page again and again, and gives the first thing that went wrong.
// Each time it comes over a connection of its own.
func keepsAsking(page string, enough chan struct{}) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		select {
		case <-enough:
			return nil
		default:
		}
		got, err := client.Get(page)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(got.Body)
		got.Body.Close()
		if err != nil || got.StatusCode != http.StatusOK {
			return fmt.Errorf("%s, %w: %s", got.Status, err, text)
		}
	}
}

func TestAServiceTellsItsManagerThatItIsAlive(t *testing.T) {
	t.Parallel()
	m := newNewsroom(t, 1).manages(t, "WATCHDOG_USEC=20000")
	for range 3 {
		m.tells(t, "WATCHDOG=1")
	}
	m.stops(t)
}

// TestATerminalThatClosesStopsAServiceSoftly: SIGHUP drains, also when it comes twice.
func TestATerminalThatClosesStopsAServiceSoftly(t *testing.T) {
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, syscall.SIGHUP)
	defer signal.Stop(handled)
	n := newNewsroom(t, 1)
	service := n.command("serve")
	// At a terminal the log is for people.
	service.Env = append(service.Environ(), logFormat+"=")
	s := at(t, 80, service)
	s.reads(t, "msg=serving")
	for range 2 {
		if err := service.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	said := s.reads(t, "")
	service.Wait()
	if code := service.ProcessState.ExitCode(); code != exitDone || !strings.Contains(said, "msg=stopped") {
		t.Errorf("serve ended with %d\n%s", code, said)
	}
}
