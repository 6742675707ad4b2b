package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vesper/digest"
)

// Lock is the right to deliver: one process has it at a time. The kernel takes
// it back from a process that dies, however it dies.
type Lock struct {
	file *os.File
	core *core
	// Lost is closed where another process has taken the lock, as it can where it is a
	// connection's to a server. Of a file it is nil: nobody can.
	Lost <-chan struct{}
}

// Lock takes the lock, which lies beside the database with the suffix ".lock",
// for a process of this role. When another process has it, the error is a *digest.HeldError.
func (s *File) Lock(role string) (*Lock, error) {
	f, err := takeLock(s.path)
	if err != nil {
		return nil, err
	}
	if err := sign(f, role, s.now()); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
	}
	var lost <-chan struct{}
	if s.server != nil {
		// That was this machine's own: one process of it at most is to ask the others.
		if lost, err = s.server.takeRight(context.Background(), role, s.now()); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	s.locked.Store(true)
	return &Lock{f, s.core, lost}, nil
}

// Service takes the place of this machine's service, which lies beside the database with the suffix ".serve":
// one process has it for as long as it runs, whether it has the lock or waits for it. When another process has it,
// the error is a *digest.HeldError. leave gives it back.
func (s *File) Service() (leave func() error, err error) {
	f, err := lockFile(s.path, ".serve")
	if err != nil {
		return nil, err
	}
	if err := sign(f, "serve", s.now()); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
	}
	return func() error { return unlock(f) }, nil
}

// takeLock locks the file beside the database at path.
func takeLock(path string) (*os.File, error) { return lockFile(path, ".lock") }

// lockFile locks the file beside the database at path that ends so.
func lockFile(path, end string) (*os.File, error) {
	f, err := os.OpenFile(path+end, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", withOwner(err, path+end, path))
	}
	if err := giveTo(f.Name(), owned(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, readHeld(f)
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return f, nil
}

// Unlock gives the lock back. The file stays: who removes it could remove the
// one that somebody else has just locked.
func (l *Lock) Unlock() error {
	l.core.locked.Store(false)
	if l.core.server != nil {
		l.core.server.giveBack()
	}
	return unlock(l.file)
}

// unlock gives a lock back, also where a child that has just been started has the file too, for the moment
// until it becomes another program.
func unlock(f *os.File) error {
	return errors.Join(f.Truncate(0), syscall.Flock(int(f.Fd()), syscall.LOCK_UN), f.Close())
}

// sign writes who has the lock, and since when.
func sign(f *os.File, role string, now time.Time) error {
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(f, "%s %d %s\n", role, os.Getpid(), now.UTC().Format(time.RFC3339))
	return err
}

func readHeld(f *os.File) *digest.HeldError {
	b, err := io.ReadAll(io.LimitReader(f, 256))
	fields := strings.Fields(string(b))
	if err != nil || len(fields) != 3 {
		return &digest.HeldError{}
	}
	pid, err := strconv.Atoi(fields[1])
	if err != nil {
		return &digest.HeldError{}
	}
	since, err := time.Parse(time.RFC3339, fields[2])
	if err != nil {
		return &digest.HeldError{}
	}
	return &digest.HeldError{Role: fields[0], PID: pid, Since: since}
}

// Holder gives who has the lock now; nil if nobody has. It does not take the lock, unless
// a process that is gone has left its name there: then for a moment.
func (s *File) Holder() (*digest.HeldError, error) {
	if s.server != nil {
		return s.server.holder(context.Background())
	}
	return heldBy(s.path)
}

func heldBy(path string) (*digest.HeldError, error) {
	f, err := os.Open(path + ".lock")
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look who has the database: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Size() == 0 {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return readHeld(f), nil
	}
	return nil, err
}

// Free gives how many bytes are free on the disk of the database, or of what lies beside one
// on a server.
func (s *File) Free() (uint64, error) {
	var room syscall.Statfs_t
	if err := syscall.Statfs(owned(s.path), &room); err != nil {
		return 0, fmt.Errorf("look how much is free beside the database: %w", err)
	}
	return uint64(room.Bavail) * uint64(room.Bsize), nil
}
