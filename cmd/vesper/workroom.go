package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// workroom is a folder for what is half done, which only its owner can enter. It is locked
// while somebody works in it.
type workroom struct {
	dir  string
	lock *os.File
}

// workrooms is how they are named.
const workrooms = ".vesper-work-"

// newWorkroom makes one in a folder. Those in it that a process left when it died are
// removed.
func newWorkroom(in string) (*workroom, error) {
	left, err := filepath.Glob(filepath.Join(in, workrooms+"*"))
	if err != nil {
		return nil, err
	}
	for _, dir := range left {
		if lock, err := lockFolder(dir); err == nil {
			// Where it can't be removed, it is in nobody's way.
			_ = os.RemoveAll(dir)
			lock.Close()
		}
	}
	for tries := 0; ; tries++ {
		dir, err := os.MkdirTemp(in, workrooms+"*") // 0700
		if err != nil {
			return nil, err
		}
		lock, err := lockFolder(dir)
		if err == nil {
			return &workroom{dir, lock}, nil
		}
		// Another process took it for one that was left, before it was locked.
		if os.RemoveAll(dir); tries == 2 {
			return nil, err
		}
	}
}

func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// clear removes it with all that is still in it.
func (w *workroom) clear() {
	os.RemoveAll(w.dir)
	w.lock.Close()
}
