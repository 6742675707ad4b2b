package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"vesper/digest"
)

// newFile is a file that a verb writes: it is at its place, whole, once it is kept, and
// what was there before stays until then. Only its owner may read it. Pipes and devices
// are written to directly.
type newFile struct {
	io.Writer
	path string
	// temporary is nil where nothing is put in a place.
	temporary *os.File
	direct    *os.File
}

// create begins a file at a path; - is the app's stdout. Links are not followed, and
// what a database is is not overwritten.
func (a *app) create(path string) (*newFile, error) {
	if path == "-" {
		return &newFile{Writer: a.stdout}, nil
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // a link may lead there
	case err != nil:
		return nil, usage(err, "")
	case info.IsDir():
		return nil, usage(fmt.Errorf("%s is a folder", path), "name a file in it")
	case !info.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, usage(err, "")
		}
		return &newFile{Writer: f, direct: f}, nil
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, usage(fmt.Errorf("%s is a symbolic link, and is not followed for writing", path),
			"name the file itself, or - for stdout")
	}
	if isDatabase(path) {
		return nil, usage(fmt.Errorf("%s is a database, and is not overwritten", path), "name another file")
	}
	// CreateTemp makes it 0600.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		hint := ""
		switch {
		case errors.Is(err, fs.ErrPermission):
			hint = "give the user who runs vesper the right to write there"
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			_, hint = digest.Unread(path, err)
		}
		return nil, usage(fmt.Errorf("write %s: %w", path, errors.Unwrap(err)), hint)
	}
	return &newFile{Writer: f, path: path, temporary: f}, nil
}

// isDatabase says whether a file begins as SQLite's do.
func isDatabase(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 16)
	_, err = io.ReadFull(f, head)
	return err == nil && string(head) == "SQLite format 3\x00"
}

// keep puts a file that was written in its place.
func (f *newFile) keep() error {
	if f.direct != nil {
		return f.direct.Close()
	}
	if f.temporary == nil {
		return nil
	}
	err := errors.Join(f.temporary.Sync(), f.temporary.Close())
	if err == nil {
		err = os.Rename(f.temporary.Name(), f.path)
	}
	if err != nil {
		os.Remove(f.temporary.Name())
	}
	f.temporary = nil
	return err
}

// drop forgets a file that was not kept.
func (f *newFile) drop() {
	if f.direct != nil {
		f.direct.Close()
	}
	if f.temporary != nil {
		f.temporary.Close()
		os.Remove(f.temporary.Name())
	}
}

// wrongly says which flag has the wrong file.
func wrongly(flag string, err error) error {
	if e, ok := errors.AsType[*exitError](err); ok {
		return usage(fmt.Errorf("%s: %w", flag, e.err), e.hint)
	}
	return fmt.Errorf("%s: %w", flag, err)
}

// write writes a whole file.
func (a *app) write(path string, content []byte) error {
	f, err := a.create(path)
	if err != nil {
		return err
	}
	defer f.drop()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.keep()
}

// noTemporary says of an error that there is no folder for temporary files.
func noTemporary(err error) error {
	return &exitError{
		exitFailed, fmt.Errorf("make a temporary file: %w", err), "set TMPDIR to a folder that can be written to",
	}
}
