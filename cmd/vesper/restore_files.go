package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vesper/cmd/vesper/archive"
	"vesper/cmd/vesper/config"
)

// putFiles puts the files of a backup but the database where none are, or everywhere if that
// was asked for. They go below the configuration's folder, and nowhere else.
func (a *app) putFiles(u *unpacked, dir string, c *config.Config, database string, o restoreFlags) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, f := range u.manifest.Files {
		if f.Role == archive.Database {
			continue
		}
		name := f.Path
		if f.Role == archive.Configuration && o.to == "" {
			name = filepath.Base(c.File())
		}
		if filepath.IsAbs(name) {
			name = shorter(dir, name)
		}
		if !filepath.IsLocal(name) {
			a.print("not put back: %s, which is outside of %s; in the archive it is %s\n", f.Path, dir, f.Name)
			continue
		}
		if err := a.putFile(root, name, u.at[f.Name], database, o); err != nil {
			return fmt.Errorf("put back %s: %w", filepath.Join(dir, name), err)
		}
	}
	for _, l := range u.manifest.LeftOut {
		a.print("not in the backup: %s (%s)\n", l.Path, l.Key)
	}
	return nil
}

// putFile puts one file in its place, unless another is there. It belongs to whom the one
// before it belonged, and else to the service: what an admin keeps for root stays root's.
func (a *app) putFile(root *os.Root, name, from, database string, o restoreFlags) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	was, _ := root.Stat(name)
	is, err := root.ReadFile(name)
	switch {
	case err == nil && bytes.Equal(is, content):
		return nil
	case err == nil && !o.force:
		a.print("kept: %s, which is another one than in the backup\n", name)
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if o.dryRun {
		a.print("would be put back: %s\n", name)
		return nil
	}
	a.print("put back: %s\n", name)
	if err == nil {
		before := name + ".before-" + a.now().UTC().Format(backupTime)
		if err := root.Rename(name, before); err != nil {
			return err
		}
		a.print("the one before it is kept as %s\n", before)
	}
	if dir := filepath.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	made := strings.TrimSuffix(name, filepath.Base(name)) + workrooms + filepath.Base(name)
	f, err := root.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil && was != nil {
		err = giveLike(filepath.Join(root.Name(), made), was)
	}
	if err == nil {
		err = root.Rename(made, name)
	}
	if err == nil && was == nil {
		err = giveToService(filepath.Join(root.Name(), name), database)
	}
	return err
}
