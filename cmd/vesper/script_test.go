package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vesper/digest/mailbox"
	"vesper/digest/whole"
	"vesper/subscribers/pgtest"
)

// sideBySide are the scripts in which two runs of the program go on at the same time. The
// others have nothing for the race detector to see.
var sideBySide = []string{"desk_page", "follow", "freeze", "proof", "send"}

// ofNoDatabase are the scripts of what is the same wherever the database lies: it is not read there,
// or only to render an edition.
var ofNoDatabase = []string{"articles", "config", "dkim", "install-service", "templates", "watched"}

// ofSameSQL are the scripts whose statements others give a server too: they take that way with -whole.
var ofSameSQL = []string{
	"alarms", "asking", "bench", "bounces_read", "clock", "copies", "desk", "desk_frozen", "desk_page", "edit",
	"embargo", "first_mail", "follow", "own", "pause", "proof", "proved_killed", "quiet", "readers",
	"subscribers", "subscribers_readdress", "sync", "tomorrow",
}

// TestScripts runs the scripts of testdata, which read like the manual.
func TestScripts(t *testing.T) { runScripts(t, false, func(*testscript.Env) error { return nil }) }

func runScripts(t *testing.T, onServer bool, also func(e *testscript.Env) error) {
	t.Helper()
	samples, err := filepath.Abs("samples")
	if err != nil {
		t.Fatal(err)
	}
	halfSent, err := filepath.Abs("../../subscribers/store/testdata/half-sent-3.db")
	if err != nil {
		t.Fatal(err)
	}
	newer := sync.OnceValues(func() (string, error) {
		program := filepath.Join(t.TempDir(), "vesper")
		said, err := exec.Command("go", "build", "-tags", "nextstep", "-o", program, ".").CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w: %s", err, said)
		}
		return program, err
	})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
			if whole.Raced && !slices.Contains(sideBySide, name) {
				e.T().Skip("the run without the race detector has this script")
			}
			if onServer && slices.Contains(ofNoDatabase, name) {
				e.T().Skip("it is the same wherever the database lies")
			}
			if onServer && !whole.Asked() && slices.Contains(ofSameSQL, name) {
				e.T().Skip("-whole has this script on a server")
			}
			e.Setenv("SAMPLES", samples)
			e.Setenv("HALF_SENT", halfSent)
			e.Setenv("NOW", time.Now().UTC().Format(time.RFC1123Z))
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Setenv(testLogs, os.Getenv(testLogs))
			e.Setenv(logFormat, os.Getenv(logFormat))
			e.Setenv("TMPDIR", e.Getenv("WORK"))
			return also(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"link-file": linkFileCommand,
			"sink":      sinkCommand, "delivered": deliveredCommand, "http": httpCommand, "link": linkCommand,
			"linkin": linkinCommand,
			"site":   siteCommand, "sql": sqlCommand, "desk": deskCommand, "press": pressCommand,
			"status": statusCommand, "freeport": freeportCommand, "expand": expandCommand, "waitfor": waitforCommand,
			"awaited": awaitedCommand,
			// newer builds the program with a step of the database more than it has, and sets $NEWER to it.
			"newer": func(ts *testscript.TestScript, _ bool, _ []string) {
				program, err := newer()
				ts.Check(err)
				ts.Setenv("NEWER", program)
			},
			// postgres NAME sets $NAME to the address of an empty database on a PostgreSQL.
			"postgres": func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], pgtest.New(t)) },
		},
		// What differs where the database lies on a server is told by the first, and whether
		// this machine has a PostgreSQL by the other.
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "server":
				return onServer, nil
			case "postgres":
				return pgtest.Installed(), nil
			}
			return false, fmt.Errorf("there is no condition %s", cond)
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

// linkFileCommand gives a file a second name.
func linkFileCommand(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.Link(ts.MkAbs(args[0]), ts.MkAbs(args[1])))
}

// sinkCommand starts an SMTP server that keeps its mail in $WORK/mail, and sets
// $SINK to its port.
func sinkCommand(ts *testscript.TestScript, _ bool, _ []string) {
	_, port, err := newSink(deferrer{ts}, filepath.Join(ts.Getenv("WORK"), "mail"))
	ts.Check(err)
	ts.Setenv("SINK", strconv.Itoa(port))
}

// freeportCommand sets $PORT to a port that is free now.
func freeportCommand(ts *testscript.TestScript, _ bool, _ []string) {
	port, err := unusedPort()
	ts.Check(err)
	ts.Setenv("PORT", strconv.Itoa(port))
}

var listUnsubscribe = regexp.MustCompile(`(?m)^List-Unsubscribe: <(.*)>\r$`)

// linkCommand sets $LINK to the List-Unsubscribe URL of the message that went to
// an address.
func linkCommand(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.Getenv("WORK"), "mail/*"+args[0]+"*.eml"))
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
	answer, err := scriptClient.Do(r)
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

// siteCommand serves a folder's files on loopback as long as the script lasts, and sets
// $SITE to its address. Variables such as $NOW in them have their values.
func siteCommand(ts *testscript.TestScript, _ bool, args []string) {
	dir := os.DirFS(ts.MkAbs(args[0]))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := cmp.Or(strings.TrimPrefix(r.URL.Path, "/"), "index.html")
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mime.TypeByExtension(filepath.Ext(name)))
		fmt.Fprint(w, os.Expand(string(text), ts.Getenv))
	}))
	ts.Defer(server.Close)
	ts.Setenv("SITE", server.URL)
}

// sqlCommand runs statements on a database as somebody else's tool would.
func sqlCommand(ts *testscript.TestScript, _ bool, args []string) {
	url := ts.Getenv(databaseURL)
	if strings.HasPrefix(args[0], "postgres://") {
		url = args[0]
	}
	if url != "" {
		sqlOnServer(ts, url, args[1])
		return
	}
	db, err := sql.Open("sqlite3", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}
