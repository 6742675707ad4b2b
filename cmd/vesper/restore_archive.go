package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"vesper/cmd/vesper/archive"
	"vesper/cmd/vesper/config"
)

// unpacked is an archive in a workroom, of which all was looked at.
type unpacked struct {
	room     *workroom
	manifest archive.Manifest
	// at is where each file lies now, by its name in the archive.
	at map[string]string
}

// restoreArchive puts back what "vesper backup" made, and gives where the database is.
func (a *app) restoreArchive(ctx context.Context, file string, o restoreFlags) (string, error) {
	in, c, err := a.restoreInto(o)
	if err != nil {
		return "", err
	}
	if o.dryRun && o.to != "" {
		// Only a folder that is empty goes.
		defer os.Remove(o.to)
	}
	u, err := unpack(ctx, file, in)
	if err != nil {
		return "", err
	}
	defer u.room.clear()
	dir := o.to
	if c == nil {
		if c, err = a.unpackedConfig(u, o); err != nil {
			return "", err
		}
	} else {
		dir = c.Dir()
	}
	path := c.Database.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if _, err := os.Lstat(path); err == nil && o.to != "" && !o.force {
		return "", usage(fmt.Errorf("%s already exists", path), "--force replaces it, and keeps it beside")
	}
	journals := a.restoring(u.manifest.MadeAt, a.journalsFor(c, path, file, o.journals))
	done, err := putBack(ctx, path, u.at[u.manifest.Files[u.database()].Name], journals, o.dryRun)
	if err != nil {
		return "", err
	}
	a.sayRestored(file, path, done, o.dryRun)
	return path, a.putFiles(u, dir, c, path, o)
}

// restoreInto gives the folder in which a backup is unpacked, and the configuration that is
// there; nil on a new machine.
func (a *app) restoreInto(o restoreFlags) (string, *config.Config, error) {
	if o.to != "" {
		if err := os.MkdirAll(o.to, 0o700); err != nil {
			return "", nil, usage(err, "")
		}
		return o.to, nil, nil
	}
	at, err := config.Find(a.configFile, a.env)
	if err == nil {
		_, err = os.Stat(at)
	}
	if err != nil {
		return "", nil, usage(err, "on a new machine: --to DIR, such as --to /etc/vesper")
	}
	c, _, err := a.load()
	if err != nil {
		return "", nil, err
	}
	if c.Database.OnServer() {
		return "", nil, onServer("restore", "pg_restore puts a backup of it back")
	}
	dir := filepath.Dir(c.Path(c.Database.Path))
	return dir, c, os.MkdirAll(dir, 0o700)
}

// unpackedConfig reads the configuration of a backup. Passwords are missing there.
func (a *app) unpackedConfig(u *unpacked, o restoreFlags) (*config.Config, error) {
	for _, f := range u.manifest.Files {
		if f.Role != archive.Configuration {
			continue
		}
		to := filepath.Join(o.to, filepath.Base(f.Path))
		if _, err := os.Lstat(to); err == nil && !o.force {
			return nil, usage(fmt.Errorf("%s already exists", to), "--force replaces it, and keeps it beside")
		}
		c, flaws, err := config.Load(u.at[f.Name], a.env)
		if c == nil && err == nil && len(flaws) > 0 {
			err = flaws[0]
		}
		return c, err
	}
	return nil, usage(errors.New("the backup has no configuration"), "write one first, with \"vesper init\"")
}

// database gives which of the files is the database.
func (u *unpacked) database() int {
	for i, f := range u.manifest.Files {
		if f.Role == archive.Database {
			return i
		}
	}
	return 0
}

// unpack unpacks an archive in a folder, and looks at all of it. Nothing that the archive
// names is a path there.
func unpack(ctx context.Context, file, in string) (u *unpacked, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, wrongly("restore", notRead(file, err))
	}
	defer f.Close()
	wrong := func(err error) error {
		if errors.Is(err, archive.ErrForm) {
			return usage(fmt.Errorf("restore %s: %w", file, err), "nothing was changed; name another backup")
		}
		return fmt.Errorf("restore %s: %w", file, err)
	}
	r, err := archive.NewReader(&wanted{f, ctx})
	if err != nil {
		return nil, wrong(err)
	}
	if err := hasRoom(r.Manifest, in); err != nil {
		return nil, wrong(err)
	}
	room, err := newWorkroom(in)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			room.clear()
		}
	}()
	u = &unpacked{room, r.Manifest, map[string]string{}}
	for n := 0; ; n++ {
		one, err := r.Next()
		if errors.Is(err, io.EOF) {
			return u, nil
		}
		if err != nil {
			return nil, wrong(err)
		}
		u.at[one.Name] = filepath.Join(room.dir, fmt.Sprint(n))
		if err := spill(u.at[one.Name], r); err != nil {
			return nil, wrong(err)
		}
	}
}

// spill writes a new file.
func spill(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// hasRoom looks whether a backup and a copy of its database have room on a disk: one that
// claims to be larger than all disks fills none.
func hasRoom(m archive.Manifest, in string) error {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(in, &disk); err != nil {
		return nil // then it is found out
	}
	need := uint64(0)
	for _, f := range m.Files {
		if need += uint64(f.Size); f.Role == archive.Database {
			need += uint64(f.Size)
		}
	}
	if free := uint64(disk.Bavail) * uint64(disk.Bsize); need > free {
		return fmt.Errorf("it needs %s, and %s has %s left: %w", inBytes(int64(need)), in, inBytes(int64(free)),
			syscall.ENOSPC)
	}
	return nil
}
