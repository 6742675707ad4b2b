package digest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Unread says why a file or folder could not be read, and what to do about it. err is
// the file system's; the problem does not name the path.
func Unread(path string, err error) (problem, hint string) {
	if path == "" {
		return "no such file: the name is empty", "name a file; if a script gives the name, its variable is empty"
	}
	problem = err.Error()
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		problem = inner.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return problem, missing(path)
	case errors.Is(err, fs.ErrPermission):
		return problem, "give the user who runs vesper the right to read it; ls -l shows who has it"
	case errors.Is(err, syscall.EISDIR):
		return "it is a folder", "name a file in it"
	}
	return problem, ""
}

// missing says which part of a path is not there: a relative path may begin in another
// folder than its writer thinks.
func missing(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	for dir := filepath.Dir(full); ; full, dir = dir, filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			continue // "/" is there.
		}
		if !info.IsDir() {
			return dir + " is a file, not a folder"
		}
		hint := fmt.Sprintf("%s has no %s", dir, filepath.Base(full))
		if near := Nearest(filepath.Base(full), names(dir)); near != "" {
			hint += fmt.Sprintf("; did you mean %s?", near)
		}
		return hint
	}
}

// names gives what lies in a folder, of which a few thousand names are read.
func names(dir string) []string {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	all, _ := f.Readdirnames(4096)
	return all
}
