package relay_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startChild starts a process that sends to the server.
func startChild(t *testing.T, server *scripted, environment ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(environment, fmt.Sprintf("%s=%d", childPort, server.port()))...)
	out := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_, _ = cmd.Process.Wait()
	})
	return cmd, out
}

// stoppedChild waits until the kernel says that a process is stopped.
func stoppedChild(t *testing.T, pid int) {
	t.Helper()
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Errorf("the process is gone: %v", err)
			return
		}
		if _, rest, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(rest, "T") {
			return
		}
		<-time.After(time.Millisecond)
	}
}

func TestAStoppedProcessThatGoesOnWritesNoDot(t *testing.T) {
	t.Parallel()
	server := (&scripted{}).start(t)
	cmd, out := startChild(t, server, childStop+"=1")
	stoppedChild(t, cmd.Process.Pid)
	<-time.After(childTime)
	_ = cmd.Process.Signal(syscall.SIGCONT)
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "outcome session.") {
		t.Errorf("got %q, %v, want session", out, err)
	}
	if _, dots := server.count(); dots != 0 {
		t.Error("the dot was written")
	}
}

func TestTheReplyToAStoppedProcessCounts(t *testing.T) {
	t.Parallel()
	started, replied := make(chan int, 1), make(chan struct{})
	server := (&scripted{answer: func(phase, _ string) string {
		if phase != "dot" {
			return ""
		}
		pid := <-started
		_ = syscall.Kill(pid, syscall.SIGSTOP)
		stoppedChild(t, pid)
		return "250 2.0.0 Ok: queued as 4F1A77C0DE"
	}, said: func(phase string) {
		if phase == "dot" {
			close(replied)
		}
	}}).start(t)
	cmd, out := startChild(t, server)
	started <- cmd.Process.Pid
	<-replied
	<-time.After(2 * childDot)
	_ = cmd.Process.Signal(syscall.SIGCONT)
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "outcome accepted.") {
		t.Errorf("got %q, %v, want accepted", out, err)
	}
}
