package main

import (
	"bufio"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var postfixReaders = flag.Int("postfix-readers", 1000, "how many readers the edition has that goes to Postfix")

// refusedDials is the largest part of our connections that a Postfix with a
// limit may have refused.
const refusedDials = 1.0

// postfix is a real Postfix in a folder of its own, which takes everything and
// throws it away. Its log is what it says of itself.
type postfix struct {
	port int

	mu sync.Mutex
	// sent has the recipients by the queue IDs of what was brought to its end.
	sent map[string]string
	// connects are the connections, refused those above the limit.
	connects, refused int
	changed           chan struct{}
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
// of main.cf.
func startPostfix(t *testing.T, more string) *postfix {
	t.Helper()
	if _, err := exec.LookPath("postfix"); err != nil {
		t.Skip("postfix is not installed")
	}
	if os.Getuid() != 0 {
		t.Skip("postfix is started by root alone")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postfix{port: l.Addr().(*net.TCPAddr).Port, sent: map[string]string{}, changed: make(chan struct{})}
	l.Close()
	dir := t.TempDir()
	// Its daemons have users of their own, who must be able to come here.
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "queue"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"main.cf": fmt.Sprintf(mainCF, dir, more), "master.cf": fmt.Sprintf(masterCF, p.port)} {
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

var sentLine = regexp.MustCompile(`: (\w+): to=<([^>]*)>.* status=sent `)

// hear takes a line of the log.
func (p *postfix) hear(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch m := sentLine.FindStringSubmatch(line); {
	case m != nil:
		p.sent[m[1]] = m[2]
	case strings.Contains(line, "]: connect from "):
		p.connects++
	case strings.Contains(line, "Connection concurrency limit exceeded"):
		p.refused++
	}
	close(p.changed)
	p.changed = make(chan struct{})
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

// ledger gives the readers by the queue IDs that the relay named.
func (n *newsroom) ledger(t *testing.T) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(n.dir, "vesper.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT d.queue_id, s.address FROM deliveries d JOIN subscribers s ON s.id = d.subscriber WHERE d.step = 'sent'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	readers := map[string]string{}
	for rows.Next() {
		var queue, address string
		if err := rows.Scan(&queue, &address); err != nil {
			t.Fatal(err)
		}
		readers[queue] = address
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return readers
}

func TestWhatWeCountAsSentIsWhatPostfixLogged(t *testing.T) {
	readers := manyReaders(*postfixReaders)
	p := startPostfix(t, "")
	n := faultyNewsroom(t, setting{port: p.port, connections: connections}, readers)
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers)})
	logged := p.wait(t, len(readers))
	if diff := cmp.Diff(logged, n.ledger(t)); diff != "" {
		t.Errorf("messages by queue ID (-Postfix's log +our ledger):\n%s", diff)
	}
	t.Logf("%d sent, %d in Postfix's log", len(readers), len(logged))
}

// TestAPostfixThatLimitsConnectionsLosesNobody has Postfix greet half the
// connections that we would like.
func TestAPostfixThatLimitsConnectionsLosesNobody(t *testing.T) {
	readers := manyReaders(*postfixReaders)
	p := startPostfix(t, "smtpd_client_connection_count_limit = 4")
	n := faultyNewsroom(t, setting{port: p.port, connections: connections}, readers)
	for range 10 {
		s := n.start(t)
		<-s.ended
		if s.ProcessState.ExitCode() == exitDone {
			break
		}
	}
	n.adds(t, "done", sums{opened: len(readers), sent: len(readers)})
	logged := p.wait(t, len(readers))
	if diff := cmp.Diff(logged, n.ledger(t)); diff != "" {
		t.Errorf("messages by queue ID (-Postfix's log +our ledger):\n%s", diff)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	part := float64(p.refused) / float64(max(1, p.connects))
	t.Logf("Postfix refused %d of %d connections for %d messages", p.refused, p.connects, len(logged))
	if part > refusedDials {
		t.Errorf("%.1f %% of the connections were refused, want no more than %.1f %%", 100*part, 100*refusedDials)
	}
}
