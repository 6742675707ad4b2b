package sqlite

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Lock is the right to deliver: one process has it at a time. The kernel takes
// it back from a process that dies, however it dies.
type Lock struct{ file *os.File }

// Held says that another process has the lock. What it could not tell of the
// holder is zero.
type Held struct {
	// Role is what the holder does: "serve", "send".
	Role string
	PID  int
	// Since is when it took the lock.
	Since time.Time
}

// Error names the holder.
func (h *Held) Error() string {
	if h.PID == 0 {
		return "another process delivers from this database"
	}
	return fmt.Sprintf("%s (process %d) delivers from this database since %s", h.Role, h.PID, h.Since.Format(time.RFC3339))
}

// Lock takes the lock, which lies beside the database with the suffix ".lock",
// for a process of this role. When another process has it, the error is a *Held.
func (s *Store) Lock(role string) (*Lock, error) {
	f, err := os.OpenFile(s.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the database: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, readHeld(f)
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	if err := sign(f, role); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the database: %w", err), f.Close())
	}
	return &Lock{file: f}, nil
}

// Unlock gives the lock back. The file stays: who removes it could remove the
// one that somebody else has just locked.
func (l *Lock) Unlock() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}

// sign writes who has the lock, and since when by the file's own time.
func sign(f *os.File, role string) error {
	if err := f.Chmod(0o600); err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	pid := os.Getpid()
	if _, err := fmt.Fprintf(f, "%s %d", role, pid); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, " %s\n", info.ModTime().UTC().Format(time.RFC3339))
	return err
}

func readHeld(f *os.File) *Held {
	b, err := io.ReadAll(io.LimitReader(f, 256))
	fields := strings.Fields(string(b))
	if err != nil || len(fields) != 3 {
		return &Held{}
	}
	pid, err := strconv.Atoi(fields[1])
	if err != nil {
		return &Held{}
	}
	since, err := time.Parse(time.RFC3339, fields[2])
	if err != nil {
		return &Held{}
	}
	return &Held{Role: fields[0], PID: pid, Since: since}
}
