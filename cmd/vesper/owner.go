package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// giveToService gives a file that root wrote to whom the database belongs, as which the
// service runs, and so a folder above it that nobody else may enter. Others than root can
// give nothing away. Before there is a database, it is root's.
func giveToService(path, database string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(database)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if folder, err := os.Stat(filepath.Dir(path)); err == nil && folder.Mode().Perm()&0o077 == 0 {
		if is, ok := folder.Sys().(*syscall.Stat_t); ok && is.Uid == 0 {
			if err := os.Chown(filepath.Dir(path), int(stat.Uid), int(stat.Gid)); err != nil {
				return err
			}
		}
	}
	return os.Chown(path, int(stat.Uid), int(stat.Gid))
}

// giveLike gives a file to whom another one belongs or belonged, with the same mode.
func giveLike(path string, other fs.FileInfo) error {
	if err := os.Chmod(path, other.Mode().Perm()); err != nil {
		return err
	}
	if is, ok := other.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		return os.Chown(path, int(is.Uid), int(is.Gid))
	}
	return nil
}
