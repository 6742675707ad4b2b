package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vesper/digest/mailbox"
)

// newsroom is a home on disk with a configuration, an article and readers, and
// a sink that takes its mail.
type newsroom struct {
	dir  string
	box  *mailbox.Mailbox
	port int
}

func newNewsroom(t *testing.T, readers int) *newsroom {
	t.Helper()
	n := &newsroom{dir: t.TempDir()}
	var err error
	if n.box, n.port, err = newSink(t, ""); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
timezone = "UTC"
[[relay]]
host = "127.0.0.1"
port = %d
tls = "none"
[web]
listen = "127.0.0.1:0"
base_url = "http://127.0.0.1:8025"
`, n.port)
	article, err := samples.ReadFile("samples/orlanda-holds-interest-rates-as-prices-ease.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for i := range readers {
		fmt.Fprintf(&list, "reader%04d@reader.example\n", i)
	}
	for name, text := range map[string]string{"vesper.toml": config, "desk/orlanda.txt": string(article), "list.txt": list.String()} {
		path := filepath.Join(n.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n.run(t, "subscribers", "import", "list.txt", "--confirmed")
	return n
}

// command is a run of the program in the newsroom.
func (n *newsroom) command(args ...string) *exec.Cmd {
	c := exec.Command("vesper", args...)
	c.Dir = n.dir
	return c
}

// run runs the program to its end, which must be a good one.
func (n *newsroom) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := n.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("vesper %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// copies gives what each reader has got.
func (n *newsroom) copies(t *testing.T) map[string][][]byte {
	t.Helper()
	copies := map[string][][]byte{}
	for _, m := range n.box.Messages() {
		source, err := m.Source()
		if err != nil {
			t.Fatal(err)
		}
		copies[m.To] = append(copies[m.To], source)
	}
	return copies
}

const tomorrow = "2030-01-01"

func TestAfterAKillEveryReaderHasTheEditionAndFewHaveItTwice(t *testing.T) {
	const readers, connections = 2000, 8
	n := newNewsroom(t, readers)
	first := n.command("edition", "send", "--yes", "--date", tomorrow)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	if err := n.box.Wait(t.Context(), readers/2); err != nil {
		t.Fatal(err)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	first.Wait()
	if n.box.Count() >= readers {
		t.Fatal("it was done before it was killed")
	}
	out := n.run(t, "edition", "send", "--yes", "--date", tomorrow)
	t.Log(out)
	copies, repeated := n.copies(t), 0
	for reader, got := range copies {
		if len(got) > 1 {
			repeated++
		}
		for _, c := range got[1:] {
			if !bytes.Equal(c, got[0]) {
				t.Errorf("%s got two different copies", reader)
			}
		}
	}
	if len(copies) != readers {
		t.Errorf("%d readers have the edition, want %d", len(copies), readers)
	}
	if repeated > connections {
		t.Errorf("%d readers have it twice, over %d connections", repeated, connections)
	}
	n.run(t, "edition", "verify", tomorrow+"-evening")
}

func TestASignalLosesNothingAndRepeatsNothing(t *testing.T) {
	const readers = 1500
	n := newNewsroom(t, readers)
	first := n.command("edition", "send", "--yes", "--date", tomorrow)
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	if err := n.box.Wait(t.Context(), readers/3); err != nil {
		t.Fatal(err)
	}
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err == nil || first.ProcessState.ExitCode() != exitPartly {
		t.Fatalf("it ended with %v, want exit status %d", err, exitPartly)
	}
	n.run(t, "edition", "send", "--yes", "--date", tomorrow)
	if copies := n.copies(t); len(copies) != readers || n.box.Count() != readers {
		t.Errorf("%d readers have %d copies, want %d of each", len(copies), n.box.Count(), readers)
	}
	if show := n.run(t, "edition", "show", tomorrow+"-evening", "-o", "json"); !strings.Contains(show, `"possible_duplicates":0`) {
		t.Errorf("got %s", show)
	}
}

func TestTwoSendsAtOnceSendOnce(t *testing.T) {
	const readers = 300
	n := newNewsroom(t, readers)
	var both []*exec.Cmd
	var out [2]bytes.Buffer
	for i := range 2 {
		c := n.command("edition", "send", "--yes", "--date", tomorrow)
		c.Stdout, c.Stderr = &out[i], &out[i]
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		both = append(both, c)
	}
	for i, c := range both {
		if err := c.Wait(); err != nil {
			t.Errorf("%v\n%s", err, out[i].Bytes())
		}
	}
	if n.box.Count() != readers {
		t.Errorf("%d copies, want %d", n.box.Count(), readers)
	}
}

// TestServeSendsAtItsTimeOnceAndNotAgainAfterARestart runs the service with a
// clock that stands just before the edition's time.
func TestServeSendsAtItsTimeOnceAndNotAgainAfterARestart(t *testing.T) {
	n := newNewsroom(t, 20)
	began := time.Now()
	start := time.Date(2030, 1, 1, 17, 59, 59, 500e6, time.UTC)
	now := func() time.Time { return start.Add(time.Since(began)) }
	article := filepath.Join(n.dir, "desk", "orlanda.txt")
	if err := os.Chtimes(article, start, start.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	serve := func() (stop func() int) {
		ctx, cancel := context.WithCancel(t.Context())
		a := &app{stdin: strings.NewReader(""), stdout: t.Output(), stderr: t.Output(), env: func(string) string { return "" }, now: now}
		code := make(chan int, 1)
		go func() { code <- a.execute(ctx, []string{"--config", filepath.Join(n.dir, "vesper.toml"), "serve"}) }()
		return func() int {
			cancel()
			return <-code
		}
	}
	stop := serve()
	if err := n.box.Wait(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	if code := stop(); code != exitDone {
		t.Errorf("serve ended with %d", code)
	}
	stop = serve()
	// Another serve finds the lock taken, once the second one is up.
	for n.command("serve").Run().Error() != fmt.Sprintf("exit status %d", exitHeld) {
	}
	if code := stop(); code != exitDone {
		t.Errorf("serve ended with %d", code)
	}
	if n.box.Count() != 20 {
		t.Errorf("%d copies, want 20", n.box.Count())
	}
}

func TestSendWhileServeRunsIsDeliveredByServe(t *testing.T) {
	n := newNewsroom(t, 200)
	service := n.command("serve")
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(n.dir, "vesper.db.lock")); err == nil {
			break
		}
	}
	out := n.run(t, "edition", "send", "--yes", "--date", tomorrow)
	if !strings.Contains(out, "200 opened = 200 sent") {
		t.Errorf("got %s", out)
	}
	if err := service.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := service.Wait(); err != nil {
		t.Errorf("serve ended with %v", err)
	}
	if n.box.Count() != 200 {
		t.Errorf("%d copies, want 200", n.box.Count())
	}
}
