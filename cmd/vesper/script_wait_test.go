package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptPatience is how long a script waits for one thing. Then it fails, and says where it
// stands and for what it waited.
const scriptPatience = 2 * time.Minute

// scriptClient asks for the pages that scripts ask for.
var scriptClient = &http.Client{Timeout: scriptPatience}

// untilSo asks again and again whether something holds, ever more rarely: what is waited for
// needs the processor too.
func untilSo(ts *testscript.TestScript, what string, holds func() bool) {
	late := time.Now().Add(scriptPatience)
	for wait := 10 * time.Millisecond; !holds(); wait = min(2*wait, 400*time.Millisecond) {
		if time.Now().After(late) {
			ts.Fatalf("after %v it is still not so: %s", scriptPatience, what)
		}
		<-time.After(wait)
	}
}

// awaitedCommand runs a program again and again until it is well: awaited PROGRAM ARG…
func awaitedCommand(ts *testscript.TestScript, _ bool, args []string) {
	untilSo(ts, strings.Join(args, " "), func() bool { return ts.Exec(args[0], args[1:]...) == nil })
}

// deliveredCommand checks how many messages the sink has taken in all. It waits for those that are
// missing, since a service mails when it gets to it; one too many fails at once.
func deliveredCommand(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	untilSo(ts, args[0]+" messages are delivered", func() bool {
		files, err := filepath.Glob(filepath.Join(ts.Getenv("WORK"), "mail/*.eml"))
		ts.Check(err)
		if len(files) > want {
			ts.Fatalf("%d messages were delivered, want %d", len(files), want)
		}
		return len(files) == want
	})
}

// waitforCommand waits until a URL is answered, or tcp://HOST:PORT is.
func waitforCommand(ts *testscript.TestScript, _ bool, args []string) {
	address, plain := strings.CutPrefix(args[0], "tcp://")
	untilSo(ts, args[0]+" is answered", func() bool {
		if plain {
			c, err := net.Dial("tcp", address)
			if err == nil {
				c.Close()
			}
			return err == nil
		}
		answer, err := scriptClient.Get(args[0])
		if err == nil {
			answer.Body.Close()
		}
		return err == nil
	})
}

// hearer is who runs a script and keeps what it says.
type hearer struct {
	strings.Builder
	failed bool
}

func (h *hearer) Verbose() bool   { return false }
func (h *hearer) Parallel()       {}
func (h *hearer) Skip(...any)     {}
func (h *hearer) Log(said ...any) { fmt.Fprintln(h, said...) }

func (h *hearer) Fatal(said ...any) {
	h.Log(said...)
	h.FailNow()
}

func (h *hearer) FailNow() {
	h.failed = true
	runtime.Goexit()
}

func (h *hearer) Run(_ string, script func(testscript.T)) {
	var one sync.WaitGroup
	one.Go(func() { script(h) })
	one.Wait()
}

// TestAScriptThatWaitsInVainSaysWhereAndForWhat after two minutes, so that it does not stand
// still until all tests are out of time.
func TestAScriptThatWaitsInVainSaysWhereAndForWhat(t *testing.T) {
	t.Parallel()
	port, err := unusedPort()
	if err != nil {
		t.Fatal(err)
	}
	nobody := fmt.Sprintf("tcp://127.0.0.1:%d", port)
	for line, want := range map[string]string{
		"awaited sh -c 'echo no edition; false'": "vain.txt:2: after 2m0s it is still not so: sh -c echo no edition; false",
		"waitfor " + nobody:                      "vain.txt:2: after 2m0s it is still not so: " + nobody + " is answered",
	} {
		script := filepath.Join(t.TempDir(), "vain.txt")
		if err := os.WriteFile(script, []byte("# A session\n"+line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		synctest.Test(t, func(t *testing.T) {
			began, said := time.Now(), &hearer{}
			testscript.RunT(said, testscript.Params{
				Files: []string{script},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"awaited": awaitedCommand, "waitfor": waitforCommand,
				},
			})
			if took := time.Since(began); took < scriptPatience || took > scriptPatience+time.Second {
				t.Errorf("%s: it waited for %v", line, took)
			}
			if !said.failed || !strings.Contains(said.String(), want) {
				t.Errorf("%s: got\n%.2000s\nwant %s", line, said, want)
			}
		})
	}
}
