package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"vesper/digest"
)

// lookAtBackups looks whether the service can make backups where [backup] says, whether a
// disk that dies takes them with it, and how old the newest is.
func lookAtBackups(_ context.Context, p *patient) []digest.Finding {
	const name = "backups"
	var f findings
	c := p.config
	if c.Backup.Dir == "" {
		f.say(name, digest.Unseen, "", "none are made by themselves: [backup] names no dir")
		return f.all
	}
	dir := c.Path(c.Backup.Dir)
	who, may, _ := p.eyes()
	_, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.say(name, digest.Fail, "mount its disk, or mkdir "+dir+", and chown it to the service's user",
			"the folder for backups is not there: %s", dir)
		return f.all
	case err == nil && may != nil:
		err = may(dir, toWrite|toEnter|toRead)
	}
	if err != nil {
		f.say(name, digest.Fail, "chown "+cmp.Or(who, "the service's user")+" "+dir+", or look above it: namei -l "+dir,
			"%s can't write backups to %s: %v", who, dir, err)
		return f.all
	}
	if sameDisk(dir, filepath.Dir(c.Beside())) {
		f.say(name, digest.Warn,
			"set dir in [backup] to a folder on another disk, or copy what is in it to another machine each day",
			"backups are on the database's own disk: if it dies, both are gone")
	}
	f.newestBackup(p, dir)
	return f.all
}

// newestBackup looks how old the newest backup is.
func (f *findings) newestBackup(p *patient, dir string) {
	const name, hint = "backups", `"vesper serve" makes them, and its log says why it did not; "vesper backup FILE" makes one`
	if p.house == nil {
		return // the database says why
	}
	all, err := (&backups{app: p.app, h: p.house}).own()
	every := time.Duration(p.config.Backup.Every)
	switch {
	case err != nil:
		f.failed(name, err, "ls -l "+dir)
	case len(all) == 0:
		f.say(name, digest.Warn, hint, "there is no backup of this database in %s yet", dir)
	// One that is due waits until no edition is being sent, as long as once more at most.
	case p.now().Sub(all[0].at) > 2*every+time.Hour:
		f.say(name, digest.Warn, hint, "the newest backup is %s old, and one is to be made each %s",
			p.now().Sub(all[0].at).Round(time.Minute), every)
	default:
		f.say(name, digest.OK, "", "the newest of %s is of %s", count(len(all), "backup"),
			moment(all[0].at, p.house.zone))
	}
}

// sameDisk says whether two folders are of one file system.
func sameDisk(a, b string) bool {
	of := func(path string) (uint64, bool) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, false
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return 0, false
		}
		return uint64(stat.Dev), true
	}
	x, okX := of(a)
	y, okY := of(b)
	return okX && okY && x == y
}
