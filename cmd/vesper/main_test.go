package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vesper/digest/mailbox"
)

// TestMain makes the test binary the program itself, for tests that run it as a
// process of its own, and the SMTP server that the fault tests believe.
func TestMain(m *testing.M) {
	// Under the race detector a process sleeps for a second before it exits.
	os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0"))
	// The program itself comes by here too, with what a test says.
	if _, said := os.LookupEnv(logFormat); !said {
		os.Setenv(logFormat, "text")
	}
	// Many tests wait: for a lease, a rate, a disk. Meanwhile others go on. The race
	// detector takes so much time and memory that fewer are better.
	flag.Set("test.parallel", map[bool]string{false: "8", true: "4"}[raced])
	testscript.Main(closing{m}, map[string]func(){
		"vesper": mainKept, "vesper-at": mainAt, "oracle": runOracle, "worker": runWorker,
		"vesper-sns": mainSNS,
	})
}

// sideBySide are the scripts in which two runs of the program go on at the same time. The
// others have nothing for the race detector to see.
var sideBySide = []string{"follow", "proof", "send"}

// TestScripts runs the scripts of testdata, which read like the manual.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("samples")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
			if raced && !slices.Contains(sideBySide, name) {
				e.T().Skip("the run without the race detector has this script")
			}
			e.Setenv("SAMPLES", samples)
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv(testLogs, os.Getenv(testLogs))
			e.Setenv(logFormat, os.Getenv(logFormat))
			e.Setenv("TMPDIR", e.Getenv("WORK"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"link-file": linkFileCommand,
			"sink":      sinkCommand, "delivered": deliveredCommand, "http": httpCommand, "link": linkCommand,
			"status": statusCommand, "freeport": freeportCommand, "expand": expandCommand, "waitfor": waitforCommand,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// newSink starts a mailbox on loopback that lasts as long as the test.
func newSink(t interface{ Cleanup(func()) }, dir string) (*mailbox.Mailbox, int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	box := &mailbox.Mailbox{Dir: dir, Faults: true, Log: slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		box.Serve(ctx, l)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	return box, l.Addr().(*net.TCPAddr).Port, nil
}

type deferrer struct{ *testscript.TestScript }

func (d deferrer) Cleanup(f func()) { d.Defer(f) }

// sinkCommand starts an SMTP server that keeps its mail in $WORK/mail, and sets
// $SINK to its port.
// linkFileCommand gives a file a second name.
func linkFileCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.Link(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

func sinkCommand(ts *testscript.TestScript, _ bool, _ []string) {
	_, port, err := newSink(deferrer{ts}, ts.MkAbs("mail"))
	ts.Check(err)
	ts.Setenv("SINK", strconv.Itoa(port))
}

// freeportCommand sets $PORT to a port that is free now.
func freeportCommand(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	ts.Setenv("PORT", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

// deliveredCommand checks how many messages the sink has taken in all.
func deliveredCommand(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs("mail/*.eml"))
	ts.Check(err)
	if want := args[0]; strconv.Itoa(len(files)) != want {
		ts.Fatalf("%d messages were delivered, want %s", len(files), want)
	}
}

var listUnsubscribe = regexp.MustCompile(`(?m)^List-Unsubscribe: <(.*)>\r$`)

// linkCommand sets $LINK to the List-Unsubscribe URL of the message that went to
// an address.
func linkCommand(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs("mail/*" + args[0] + "*.eml"))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("no message to %s", args[0])
	}
	m := listUnsubscribe.FindStringSubmatch(ts.ReadFile(files[0]))
	if m == nil {
		ts.Fatalf("%s has no List-Unsubscribe", files[0])
	}
	ts.Setenv("LINK", m[1])
}

// httpCommand asks for a page: http METHOD URL [BODY]. It prints the status and
// the body to the file http.
func httpCommand(ts *testscript.TestScript, _ bool, args []string) {
	var body io.Reader
	if len(args) > 2 {
		body = strings.NewReader(args[2])
	}
	r, err := http.NewRequest(args[0], args[1], body)
	ts.Check(err)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("http"), fmt.Appendf(nil, "%d\n%s", answer.StatusCode, text), 0o600))
}

// statusCommand runs a command and checks its exit status: status 4 vesper …
func statusCommand(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// expandCommand writes the values of variables such as $SINK into a file.
func expandCommand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// waitforCommand waits until a URL is answered, or tcp://HOST:PORT is.
func waitforCommand(ts *testscript.TestScript, _ bool, args []string) {
	address, plain := strings.CutPrefix(args[0], "tcp://")
	for tick := time.NewTicker(10 * time.Millisecond); ; <-tick.C {
		if plain {
			if c, err := net.Dial("tcp", address); err == nil {
				c.Close()
				return
			}
			continue
		}
		if answer, err := http.Get(args[0]); err == nil {
			answer.Body.Close()
			return
		}
	}
}
