package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is a real SMTP server in a folder of its own.
type server struct {
	port int
	dir  string
	// said gives its log so far: what it says of itself.
	said func() string
	// begun and ended match a line of the log for each connection. cut matches one for
	// each that the server closed, or that we left without QUIT; but not where we had
	// no greeting yet, for which we do not wait long.
	begun, ended, cut *regexp.Regexp
}

// newServer gives a server with a folder, which others may look into, and a free
// port. The test is skipped where the program is absent.
func newServer(t *testing.T, program string) *server {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skip(program + " is not installed")
	}
	if os.Getuid() != 0 {
		t.Skip(program + " is started by root alone")
	}
	s := &server{port: freePort(t), dir: t.TempDir()}
	s.said = func() string {
		printed, _ := os.ReadFile(filepath.Join(s.dir, "printed"))
		log, _ := os.ReadFile(filepath.Join(s.dir, "mainlog"))
		return string(printed) + string(log)
	}
	for _, folder := range []string{filepath.Dir(s.dir), s.dir} {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// write writes a file in the server's folder.
func (s *server) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run runs the server in the foreground as long as the test lasts, and waits until
// it greets.
func (s *server) run(t *testing.T, command ...string) {
	t.Helper()
	out, err := os.Create(filepath.Join(s.dir, "printed"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := exec.Command(command[0], command[1:]...)
	c.Stdout, c.Stderr = out, out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL)
		<-ended
	})
	for !s.greets() {
		select {
		case <-ended:
			t.Fatalf("%s did not start:\n%s", command[0], s.said())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// greets says whether the server does, and leaves it politely.
func (s *server) greets() bool {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		return false
	}
	defer conn.Close()
	answers := bufio.NewScanner(conn)
	greeted := answers.Scan() && strings.HasPrefix(answers.Text(), "220 ")
	fmt.Fprint(conn, "QUIT\r\n")
	return answers.Scan() && greeted
}

// settled waits until the log has the end of every connection. It gives how many there
// were, and the lines about those that were cut.
func (s *server) settled(t *testing.T) (connections int, cut []string) {
	t.Helper()
	for late := time.After(20 * time.Second); ; {
		log := s.said()
		connections = len(s.begun.FindAllString(log, -1))
		ended := len(s.ended.FindAllString(log, -1))
		if ended >= connections {
			return connections, s.cut.FindAllString(log, -1)
		}
		select {
		case <-late:
			t.Fatalf("%d connections, of which %d ended:\n%.4000s", connections, ended, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
