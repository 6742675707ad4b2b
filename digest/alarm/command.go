package alarm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// commandLimit is how long a command may take, and pipesLimit how long what it started may
// keep its output open after that.
const (
	commandLimit = 10 * time.Second
	pipesLimit   = time.Second
)

// Command is a program that is run with the facts in JSON on its stdin.
type Command struct {
	// Args are the program and its arguments. No shell reads them.
	Args []string
	// Dir is where it runs.
	Dir string
	// Limit is how long it may take; 0 is ten seconds. Then it is killed, and so is what it
	// started.
	Limit time.Duration
}

// Name implements [Way].
func (Command) Name() string { return "command" }

// Tell implements [Way]. The command has succeeded if it ends with status 0.
func (c Command) Tell(ctx context.Context, m Message) error {
	facts, err := m.json()
	if err != nil {
		return err
	}
	limit := c.Limit
	if limit == 0 {
		limit = commandLimit
	}
	running, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(running, c.Args[0], c.Args[1:]...)
	said := &firstBytes{most: 2000}
	cmd.Dir, cmd.Env, cmd.Stdin = c.Dir, environment(), bytes.NewReader(append(facts, '\n'))
	cmd.Stdout, cmd.Stderr = said, said
	// A group of its own: what it started is killed with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = pipesLimit
	err = cmd.Run()
	switch {
	case err != nil && running.Err() != nil && ctx.Err() == nil:
		return fmt.Errorf("it was killed after %s", limit)
	case errors.Is(err, exec.ErrWaitDelay):
		return nil // it ended well, and left something running
	case err != nil && said.text.Len() > 0:
		return fmt.Errorf("%w: %s", err, line(said.text.String()))
	}
	return err
}

// environment is what commands get of ours: the configuration may stand in it, with
// passwords.
func environment() []string {
	var all []string
	for _, name := range []string{"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			all = append(all, name+"="+value)
		}
	}
	return all
}

// Program gives where the program is.
func (c Command) Program() (string, error) {
	path, err := exec.LookPath(c.at())
	if err != nil {
		return "", errors.Unwrap(err)
	}
	return path, nil
}

// Check says why the command can't be run.
func (c Command) Check() error {
	path, err := c.Program()
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("everybody may write to %s", path)
	}
	return err
}

// at is the program as it is found from anywhere.
func (c Command) at() string {
	if name := c.Args[0]; !strings.HasPrefix(name, "/") && strings.Contains(name, "/") {
		return c.Dir + "/" + name
	}
	return c.Args[0]
}

// firstBytes keeps the first bytes that are written to it.
type firstBytes struct {
	text bytes.Buffer
	most int
}

func (f *firstBytes) Write(b []byte) (int, error) {
	f.text.Write(b[:min(len(b), f.most-f.text.Len())])
	return len(b), nil
}
