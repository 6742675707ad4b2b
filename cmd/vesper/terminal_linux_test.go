package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal is one of so many columns, at which a process is run.
type terminal struct {
	// keys is where a person types and reads.
	keys  *os.File
	shown bytes.Buffer
}

// at starts a command at a terminal of its own.
func at(t *testing.T, columns uint16, c *exec.Cmd) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no terminals here: %v", err)
	}
	t.Cleanup(func() { keys.Close() })
	fd := int(keys.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	c.Stdin, c.Stdout, c.Stderr = screen, screen, screen
	// Whatever starts the tests has; and a copy of stderr would be kept through a pipe,
	// which is no terminal.
	c.Env = append(c.Environ(), "TERM=xterm", testLogs+"=")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	return &terminal{keys: keys}
}

// reads reads until some words are there, or to the end of the process for none.
func (s *terminal) reads(t *testing.T, until string) string {
	t.Helper()
	for b := make([]byte, 4096); until == "" || !strings.Contains(s.shown.String(), until); {
		n, err := s.keys.Read(b)
		s.shown.Write(b[:n])
		if err != nil && until != "" {
			t.Fatalf("the terminal ended before %q: %q", until, s.shown.String())
		}
		if err != nil {
			break
		}
	}
	return s.shown.String()
}

// TestANoAndCtrlCEndAQuestion: with nothing sent, and at once.
func TestANoAndCtrlCEndAQuestion(t *testing.T) {
	for _, c := range []struct{ name, typed string }{{"no", "n\n"}, {"Ctrl-C", "\x03"}, {"Ctrl-D", "\x04"}} {
		t.Run(c.name, func(t *testing.T) {
			n := newNewsroom(t, 1)
			send := n.command("edition", "send")
			s := at(t, 80, send)
			s.reads(t, "[y/N] ")
			fmt.Fprint(s.keys, c.typed)
			said := s.reads(t, "")
			send.Wait()
			if code := send.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(said, "not sent") {
				t.Errorf("it ended with %d, want %d: %q", code, exitFailed, said)
			}
			if got := len(n.box.Messages()); got != 0 {
				t.Errorf("%d messages were sent", got)
			}
		})
	}
}
