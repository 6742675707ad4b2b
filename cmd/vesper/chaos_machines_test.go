package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// station is a machine: a "serve" with a folder of its own, which is begun anew whenever it
// ends, as a service manager does.
type station struct {
	name, dir string
	over      chan struct{}

	mu      sync.Mutex
	process *os.Process
	// still says that it was stopped and not yet let go on, retired that it is not begun anew.
	still, retired bool
	// status is how its last run ended.
	status *os.ProcessState
}

// begin begins a machine. It has the newsroom's desk and database.
func (c *chaos) begin(t *testing.T, name string, s setting) *station {
	t.Helper()
	m := &station{name: name, dir: c.folder(t, name), over: make(chan struct{})}
	if err := os.MkdirAll(m.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	machine := &newsroom{dir: m.dir, url: s.url}
	s.relay += fmt.Sprintf("[desk]\ndir = %q\n", filepath.Join(c.dir, "desk"))
	machine.configure(t, s)
	log, err := os.OpenFile(filepath.Join(m.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(m.over)
		defer log.Close()
		for m.run(t, log) {
			<-time.After(200 * time.Millisecond)
		}
	}()
	t.Cleanup(func() {
		m.mu.Lock()
		m.retired = true
		if m.process != nil {
			m.process.Kill()
		}
		m.mu.Unlock()
		<-m.over
	})
	return m
}

// run runs it once, and says whether it is to be begun anew.
func (m *station) run(t *testing.T, log *os.File) bool {
	s := exec.Command("vesper-leased", "serve")
	s.Dir, s.Stderr, s.Stdout = m.dir, log, log
	s.Env = append(os.Environ(), leaseOf+"="+chaosLease.String(), chunkOf+"="+strconv.Itoa(*chaosChunk))
	from, _ := log.Seek(0, 2)
	m.mu.Lock()
	if m.retired {
		m.mu.Unlock()
		return false
	}
	err := s.Start()
	m.process = s.Process
	m.mu.Unlock()
	if err != nil {
		t.Error(err)
		return false
	}
	// How it ended is in its state.
	_ = s.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.process, m.status = nil, s.ProcessState
	if s.ProcessState.ExitCode() > 0 {
		m.complains(t, from)
	}
	return !m.retired
}

// complains holds what a run says that ended by itself to what may end one: another machine was
// faster, or PostgreSQL was away.
func (m *station) complains(t *testing.T, from int64) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, "log"))
	if err != nil {
		t.Error(err)
		return
	}
	lines := bytes.Split(bytes.TrimSpace(text[from:]), []byte("\n"))
	said := string(bytes.Join(lines[max(0, len(lines)-2):], []byte("; ")))
	for _, reason := range []string{"another machine has taken over", "PostgreSQL", "postgres", "the server "} {
		if strings.Contains(said, reason) {
			t.Logf("chaos: %s ended by itself: %s", m.name, said)
			return
		}
	}
	t.Errorf("%s ended with %v: %s", m.name, m.status, said)
}

// pid is its process, 0 while there is none.
func (m *station) pid() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process == nil {
		return 0
	}
	return m.process.Pid
}

func (m *station) isStill() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.still
}

// kill ends its process as a power cut would.
func (m *station) kill(t *testing.T) {
	t.Helper()
	m.signal(t, syscall.SIGKILL)
}

// signal waits for a process and sends it a signal.
func (m *station) signal(t *testing.T, signal syscall.Signal) *os.Process {
	t.Helper()
	late := time.After(time.Minute)
	for {
		m.mu.Lock()
		if m.process != nil && m.process.Signal(signal) == nil {
			defer m.mu.Unlock()
			m.still = signal == syscall.SIGSTOP
			return m.process
		}
		m.mu.Unlock()
		select {
		case <-time.After(5 * time.Millisecond):
		case <-late:
			t.Fatalf("%s does not run", m.name)
		}
	}
}

// standsStill stops it for so long. What waits for it is told in still.
func (m *station) standsStill(t *testing.T, long time.Duration, still *sync.WaitGroup) {
	t.Helper()
	p := m.signal(t, syscall.SIGSTOP)
	still.Go(func() {
		<-time.After(long)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.still = false
		if err := p.Signal(syscall.SIGCONT); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	})
}

// retire ends it in order.
func (m *station) retire(t *testing.T) {
	t.Helper()
	m.mu.Lock()
	m.retired = true
	m.mu.Unlock()
	m.signal(t, syscall.SIGTERM)
	select {
	case <-m.over:
	case <-time.After(time.Minute):
		t.Fatalf("%s does not end", m.name)
	}
	if code := m.status.ExitCode(); code != exitDone {
		t.Errorf("%s ended with %v", m.name, m.status)
	}
}
