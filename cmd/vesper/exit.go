package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// The exit statuses, which scripts rely on.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNothing = 3
	exitPartly  = 4
	exitHeld    = 5
	// exitNotNow is what mail servers know as a failure that passes (sysexits.h): they keep
	// the message and come again.
	exitNotNow = 75
)

// exitError ends the program with a status. err and hint are what is said, if
// anything.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// say prints an error, and its hint where it has one.
func (a *app) say(e *exitError) {
	if e.err != nil {
		a.tell("vesper: %s\n", e.err)
	}
	if e.hint != "" {
		a.tell("hint: %s\n", e.hint)
	}
}

// usage is an error of whoever called: status 2.
func usage(err error, hint string) error { return &exitError{exitUsage, err, hint} }

// exit ends with a status and nothing said.
func exit(code int) error { return &exitError{code: code} }

// both says the first of two errors, and gives the second one.
func (a *app) both(first, second error) error {
	if e, ok := errors.AsType[*exitError](first); ok {
		a.say(e)
	}
	return second
}

// flawed prints flaws, a line each, and ends with the status.
func (a *app) flawed(code int, flaws []*digest.Flaw) error {
	for i, f := range flaws {
		if i == len(flaws)-1 {
			return &exitError{code, f, f.Hint}
		}
		a.flaw(f)
	}
	return nil
}

// flaw prints a flaw, and its hint where it has one.
func (a *app) flaw(f *digest.Flaw) {
	a.tell("vesper: %s\n", f)
	if f.Hint != "" {
		a.tell("hint: %s\n", f.Hint)
	}
}

// behind is the error of a database that is older than what was sent from it.
func behind(err error) error {
	return &exitError{exitHeld, err, `check what was sent since, then run "vesper restore --accept"`}
}

// does makes a verb's function the command's: an error without a status of its
// own is a failure, status 1, so that all others are known to be cobra's.
func does(f func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		var e *exitError
		if errors.As(err, &e) || err == nil {
			return err
		}
		var held *digest.HeldError
		var unseen *digest.UnseenError
		var blocked *digest.BlockedError
		switch {
		case errors.Is(err, digest.ErrBehind):
			return behind(err)
		case errors.Is(err, digest.ErrMoved):
			return &exitError{exitHeld, err, hintMoved}
		case errors.Is(err, digest.ErrUnfinished):
			return &exitError{exitHeld, err, `run "vesper move" again, with the configuration that it had`}
		case errors.Is(err, digest.ErrRestored):
			return &exitError{exitHeld, err, `"vesper restore --accept" continues with it`}
		case errors.Is(err, digest.ErrOther):
			return &exitError{exitHeld, err, `put the right one back; "vesper restore --accept" continues with this one`}
		case errors.Is(err, digest.ErrGone):
			return &exitError{exitHeld, err, `put it back; if it is lost, restore a backup with "vesper restore FILE"; ` +
				`or make an empty one with "vesper init --new-database"`}
		case errors.Is(err, digest.ErrNewer):
			return &exitError{exitFailed, err, hintNewer}
		case errors.Is(err, digest.ErrNoDesk):
			return &exitError{exitFailed, err, "make it with mkdir, or set dir in [desk] to where the articles are"}
		case errors.Is(err, digest.ErrNoRight):
			return &exitError{
				exitFailed, err, "the user must own the database and its tables; as PostgreSQL's admin: " +
					"ALTER DATABASE NAME OWNER TO USER",
			}
		case errors.Is(err, digest.ErrOlder):
			return &exitError{exitHeld, err, hintOlder}
		case errors.Is(err, digest.ErrForeign):
			return &exitError{exitFailed, err, "set path in [database] to a file of Vesper's own"}
		case errors.Is(err, digest.ErrClock):
			return &exitError{exitHeld, err, "set the clock; if it is right, use --force"}
		case errors.Is(err, digest.ErrTooOld):
			return &exitError{exitPartly, err, `"vesper edition resume ID --until 3h" gives it 3 more hours`}
		case errors.Is(err, digest.ErrRunning):
			return &exitError{exitHeld, err, `run it again when that has ended; "vesper edition show ID --follow" shows ` +
				"how far it is"}
		case errors.As(err, &blocked):
			return &exitError{exitHeld, err, fmt.Sprintf("end that transaction; on the server: "+
				`"SELECT pg_terminate_backend(%d)"`, blocked.PID)}
		case errors.Is(err, digest.ErrBusy):
			return &exitError{exitHeld, err, "run it again when that process has ended"}
		case errors.As(err, &unseen):
			return &exitError{exitHeld, err, unseen.Hint}
		case errors.As(err, &held):
			return &exitError{code: exitHeld, err: err}
		}
		return &exitError{exitFailed, err, machine(err)}
	}
}

// hintMoved is what to do about a database that was moved.
const hintMoved = `set [database] in vesper.toml to where it is now; "vesper restore --accept" takes this one back`

// hintNewer is what to do about a database of a newer program.
const hintNewer = "install the program that made it, or a newer one"

// hintOlder is what to do where a newer program can't work beside older ones.
const hintOlder = `on each of these machines run "vesper drain" and stop the service, then run this again`

// machine gives what to do about an error that comes from where the program runs; "" is
// not known.
func machine(err error) string {
	switch {
	case errors.Is(err, syscall.EROFS):
		return "mount it for writing, or put the database elsewhere: path in [database] of vesper.toml"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on that disk, then run it again"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "raise the limit of open files: ulimit -n, or LimitNOFILE in a systemd unit"
	case errors.Is(err, fs.ErrPermission):
		return "run it as the user that Vesper runs as, such as: sudo -u vesper vesper …; ls -ld shows who has the right"
	}
	return ""
}
