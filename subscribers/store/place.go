package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"vesper/digest"
)

// place is which file a database is: its device and its number on that.
type place struct{ device, inode uint64 }

// placeOf gives the place of a file, and refuses one with several names. Each name
// would have a lock of its own, and two processes would send everything twice.
func placeOf(path string, info fs.FileInfo) (place, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return place{}, nil
	}
	if stat.Nlink > 1 {
		return place{}, fmt.Errorf("the file has %d names (hard links), and Vesper could send from each of them: "+
			"keep one of them; \"find / -xdev -samefile %s\" shows all", stat.Nlink, path)
	}
	return place{uint64(stat.Dev), stat.Ino}, nil
}

// there says whether the file is still the one that was opened. It only looks at the
// name: to open the file a second time, and close it, would take SQLite's locks away.
func (s *core) there() error {
	if s.server != nil {
		return nil
	}
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s was deleted while it was in use", digest.ErrGone, s.path)
	}
	if err != nil {
		return err
	}
	now, err := placeOf(s.path, info)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", s.path, err)
	case now != s.place:
		return fmt.Errorf("%w: %s was replaced by another file while it was in use", digest.ErrGone, s.path)
	}
	return nil
}

// giveTo gives a file to whom the database belongs, where we may.
func giveTo(path, database string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(database)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(path, int(stat.Uid), int(stat.Gid))
	}
	return nil
}

// withOwner says to an error about a file that we may not read to whom the file
// belongs, and what to do.
func withOwner(err error, path, database string) error {
	info, statErr := os.Stat(path)
	if statErr != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return err
	}
	wanted := strconv.Itoa(os.Geteuid())
	if info, err := os.Stat(database); err == nil {
		if of, ok := info.Sys().(*syscall.Stat_t); ok {
			wanted = strconv.Itoa(int(of.Uid))
		}
	}
	return fmt.Errorf("%w: it belongs to %s; as root, run \"chown %s %s\"", err, userName(strconv.Itoa(int(stat.Uid))),
		userName(wanted), path)
}

func userName(id string) string {
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}
