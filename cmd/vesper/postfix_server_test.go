package main

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"vesper/digest/whole"
)

// postfix is a real Postfix in a folder of its own, which takes everything and
// throws it away. Its log is what it says of itself.
type postfix struct {
	port int

	mu sync.Mutex
	// sent has the recipients by the queue IDs of what was brought to its end.
	sent map[string]string
	// dials are the connections, refused those of them above a limit, and late
	// those of the refused that came after we could have learned it.
	dials, refused, late int
	// dial is which connection each of its processes has.
	dial    map[string]int
	changed chan struct{}
	// dialogue has what the log says of connections.
	dialogue strings.Builder
	// route has what it says of messages behind them.
	route strings.Builder
}

const mainCF = `compatibility_level = 3.6
config_directory = %[1]s
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = /dev/stdout
myhostname = mx.relay.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = discard:
relay_transport = discard:
enable_long_queue_ids = yes
smtpd_client_event_limit_exceptions =
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
%[2]s
`

const masterCF = `127.0.0.1:%d inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`

// startPostfix starts a Postfix that lasts as long as the test, with more lines
// of main.cf and more services of master.cf.
func startPostfix(t *testing.T, more string, services ...string) *postfix {
	t.Helper()
	whole.NotRaced(t)
	if _, err := exec.LookPath("postfix"); err != nil {
		t.Skip("postfix is not installed")
	}
	if os.Getuid() != 0 {
		t.Skip("postfix is started by root alone")
	}
	p := &postfix{
		port: freePort(t), sent: map[string]string{}, dial: map[string]int{},
		changed: make(chan struct{}),
	}
	dir := t.TempDir()
	// Its daemons have users of their own, who must be able to come here.
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "queue"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"main.cf":   fmt.Sprintf(mainCF, dir, more),
		"master.cf": fmt.Sprintf(masterCF, p.port) + strings.Join(services, "\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.start(t, dir)
	return p
}

// start runs Postfix in the foreground, where its log is its output.
func (p *postfix) start(t *testing.T, dir string) {
	t.Helper()
	c := exec.Command("postfix", "-c", dir, "start-fg")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ready, heard := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(heard)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "daemon started") {
				close(ready)
			}
			p.hear(lines.Text())
		}
	}()
	t.Cleanup(func() {
		exec.Command("postfix", "-c", dir, "abort").Run()
		c.Wait()
		<-heard
	})
	select {
	case <-ready:
	case <-heard:
		t.Fatal("postfix did not start")
	}
}

var (
	sentLine = regexp.MustCompile(`: (\w+): to=<([^>]*)>.* status=sent `)
	// onItsWay is a line of what becomes of a message once it is taken, or of what goes wrong.
	onItsWay = regexp.MustCompile(
		`/(pipe|bounce|qmgr|error|smtp|master)\[\d+\]: (\w+: (to=|from=|sender|removed)|warning|fatal)`)
	dialLine = regexp.MustCompile(`/smtpd\[(\d+)\]: (connect from|warning: Connection \w+ limit exceeded)`)
)

// hear takes a line of the log.
func (p *postfix) hear(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m := sentLine.FindStringSubmatch(line); m != nil {
		p.sent[m[1]] = m[2]
	}
	if m := dialLine.FindStringSubmatch(line); m != nil && m[2] == "connect from" {
		p.dials++
		p.dial[m[1]] = p.dials
	} else if m != nil {
		p.refused++
		if p.dial[m[1]] > learning {
			p.late++
		}
	}
	if strings.Contains(line, "/smtpd[") {
		p.dialogue.WriteString(line + "\n")
	}
	if onItsWay.MatchString(line) {
		p.route.WriteString(line + "\n")
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// routes gives what the log says of messages that were taken, and of what goes wrong.
func (p *postfix) routes() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.route.String()
}

// dialogues gives what the log says of connections so far.
func (p *postfix) dialogues() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dialogue.String()
}

// wait waits until so many messages have come to their end, and gives the log's
// recipients by queue ID.
func (p *postfix) wait(t *testing.T, n int) map[string]string {
	t.Helper()
	for {
		p.mu.Lock()
		sent, changed := maps.Clone(p.sent), p.changed
		p.mu.Unlock()
		if len(sent) >= n {
			return sent
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("postfix has %d messages, want %d", len(sent), n)
		}
	}
}
