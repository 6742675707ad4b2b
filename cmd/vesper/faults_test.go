package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// theEdition is the one that the fault tests send.
const theEdition = tomorrow + "-evening"

// setting is what the fault tests choose of a configuration.
type setting struct {
	port        int
	connections int
	// relay is for more lines of [[relay]].
	relay   string
	inDoubt string
	// giveUpAfter is empty for the usual time.
	giveUpAfter string
	// url is a database on a server.
	url string
}

// configure writes the newsroom's configuration.
func (n *newsroom) configure(t *testing.T, s setting) {
	t.Helper()
	if s.connections == 0 {
		s.connections = 8
	}
	if s.inDoubt == "" {
		s.inDoubt = "resend"
	}
	if s.giveUpAfter == "" {
		s.giveUpAfter = "6h"
	}
	config := fmt.Sprintf(`[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
timezone = "UTC"
[delivery]
in_doubt = %q
give_up_after = %q
[web]
listen = "127.0.0.1:0"
base_url = "http://127.0.0.1:8025"
[admin]
listen = "127.0.0.1:0"
[[relay]]
host = "127.0.0.1"
port = %d
tls = "none"
connections = %d
%s
`, s.inDoubt, s.giveUpAfter, s.port, s.connections, s.relay)
	if s.url != "" {
		config += fmt.Sprintf("[database]\nurl = %q\n", s.url)
	}
	if err := os.WriteFile(filepath.Join(n.dir, "vesper.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// config gives the newsroom's configuration.
func (n *newsroom) config(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(n.dir, "vesper.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// faultyNewsroom is a newsroom with these readers, whose mail goes to a port.
func faultyNewsroom(t *testing.T, s setting, readers []string) *newsroom {
	t.Helper()
	n := &newsroom{dir: t.TempDir(), port: s.port, url: s.url}
	n.configure(t, s)
	article, err := samples.ReadFile("samples/orlanda-holds-interest-rates-as-prices-ease.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(n.dir, "desk"), 0o700); err != nil {
		t.Fatal(err)
	}
	list := []byte(strings.Join(readers, "\n") + "\n")
	for name, text := range map[string][]byte{"desk/orlanda.txt": article, "list.txt": list} {
		if err := os.WriteFile(filepath.Join(n.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(readers) > 0 {
		n.asks(t, "subscribers", "import", filepath.Join(n.dir, "list.txt"), "--confirmed")
	}
	return n
}

// manyReaders gives n addresses without faults.
func manyReaders(n int) []string {
	readers := make([]string, n)
	for i := range readers {
		readers[i] = fmt.Sprintf("reader%05d@reader.example", i)
	}
	return readers
}

// sending is a run of the program that a test may end.
type sending struct {
	*exec.Cmd
	// ended is closed when the process is over.
	ended chan struct{}
	said  bytes.Buffer
}

// start starts "edition send" in the newsroom.
func (n *newsroom) start(t *testing.T) *sending {
	t.Helper()
	return launched(t, n.command("edition", "send", "--yes", "--force", "--date", tomorrow))
}

// startService starts "serve" in the newsroom, which ends by a signal alone.
func (n *newsroom) startService(t *testing.T) *sending {
	t.Helper()
	return launched(t, n.command("serve"))
}

// launched starts a command. What it says is kept, unless it goes somewhere already.
func launched(t *testing.T, c *exec.Cmd) *sending {
	t.Helper()
	s := &sending{Cmd: c, ended: make(chan struct{})}
	if s.Stderr == nil {
		s.Stdout, s.Stderr = &s.said, &s.said
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		s.Wait()
	}()
	t.Cleanup(func() {
		s.kill()
		s.hung(t)
	})
	return s
}

// kill ends the process as a power cut would, but for the disk.
func (s *sending) kill() {
	s.Process.Kill()
	<-s.ended
}

// send sends the edition, which must end with this exit status.
func (n *newsroom) send(t *testing.T, status int) string {
	t.Helper()
	s := n.start(t)
	<-s.ended
	if got := s.ProcessState.ExitCode(); got != status {
		t.Fatalf("edition send ended with %d, want %d\n%s", got, status, &s.said)
	}
	return s.said.String()
}

// sendLater sends the edition as if so much time had passed.
func (n *newsroom) sendLater(t *testing.T, later time.Duration, status int) {
	t.Helper()
	var said bytes.Buffer
	a := &app{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said,
		env: func(string) string { return "" }, now: func() time.Time { return time.Now().Add(later) },
	}
	got := a.execute(t.Context(), []string{
		"--config", filepath.Join(n.dir, "vesper.toml"), "edition", "send", "--yes",
		"--force", "--date", tomorrow,
	})
	if got != status {
		t.Fatalf("edition send, %v later, ended with %d, want %d\n%s", later, got, status, &said)
	}
}

// show gives what "edition show" says of the edition.
func (n *newsroom) show(t *testing.T) editionJSON {
	t.Helper()
	var e editionJSON
	if err := json.Unmarshal([]byte(n.asks(t, "edition", "show", theEdition, "-o", "json")), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// asks gives what the program answers in this process, which costs a third of a run of
// its own. It is for what a test begins with, and for questions about what runs have left,
// not for the runs themselves.
func (n *newsroom) asks(t *testing.T, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &out, stderr: &said, env: none, now: time.Now}
	if n.clock != nil {
		a.now = n.clock
	}
	args = append([]string{"--config", filepath.Join(n.dir, "vesper.toml")}, args...)
	if code := a.execute(t.Context(), args); code != exitDone {
		t.Fatalf("vesper %s ended with %d\n%s%s", strings.Join(args, " "), code, &out, &said)
	}
	return out.String()
}

// output gives what a run that must end well writes to its standard output.
func (n *newsroom) output(t *testing.T, args ...string) string {
	t.Helper()
	out, err := n.command(args...).Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Log(string(failed.Stderr))
		}
		t.Fatalf("vesper %s: %v", strings.Join(args, " "), err)
	}
	return string(out)
}

// sums is an edition's equation and its doubts.
type sums struct{ opened, sent, failed, expired, skipped, unknown, pending, attempting, doubts int }

func sumsOf(e editionJSON) sums {
	return sums{
		e.Opened, e.Sent, e.Failed, e.Expired, e.Skipped, e.Unknown, e.Pending, e.Attempting,
		e.PossibleDuplicates,
	}
}

// adds is the test of the edition's state and sums.
func (n *newsroom) adds(t *testing.T, state string, want sums) editionJSON {
	t.Helper()
	e := n.show(t)
	if got := sumsOf(e); string(e.State) != state || got != want {
		t.Errorf("the edition is %s (%s) with %+v, want %s with %+v", e.State, e.Reason, got, state, want)
	}
	n.asks(t, "edition", "verify", theEdition)
	return e
}
