package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/archive"
)

func (a *app) backupCommand() *cobra.Command {
	var force, dryRun bool
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Make a backup while Vesper runs: database, configuration, templates and keys",
		Long: `Writes a backup into FILE, a .tar.gz that only its owner can read. If FILE is a folder,
the backup gets a name with the time in it, in UTC. - is stdout. It has the database as
it is at one moment, the configuration, your own templates, and the keys that mail is
signed with. An edition that is being sent goes on meanwhile. FILE appears only once the
backup is whole and on the disk.

Files with passwords and secrets are left out; each is named, here and in manifest.json
in the archive. Keep them elsewhere. The desk is left out too.

A backup has the readers' addresses in it. Who is erased later is still in it until you
delete it. "vesper restore" erases them again.

The service makes backups by itself once dir is set in [backup].`,
		Example: `  vesper backup /mnt/backup/vesper.tar.gz
  vesper backup - | ssh backup.example 'umask 077; cat > vesper.tar.gz'`,
		Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			return a.backup(cmd.Context(), h, args[0], force, dryRun)
		}),
	}
	cmd.Flags().BoolVar(&force, "force", false, "replace FILE if it exists")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would be in it")
	return cmd
}

// backupName gives the name of a backup that is made at a time.
func backupName(at time.Time) string { return "vesper-" + at.UTC().Format(backupTime) + ".tar.gz" }

const backupTime = "20060102T150405Z"

// backup makes a backup by hand.
func (a *app) backup(ctx context.Context, h *house, path string, force, dryRun bool) error {
	path, err := a.backupPath(path, force)
	if err != nil {
		return err
	}
	if h.config.Database.OnServer() {
		return onServer("backup", "pg_dump --format=custom makes a backup of it; keep vesper.toml and the keys besides")
	}
	p, err := a.packing(h)
	if err != nil {
		return err
	}
	if dryRun {
		p.say(a.print)
		a.print("%s would be written\n", path)
		return nil
	}
	stop := a.showCopying(ctx, p)
	say := a.print
	if path == "-" {
		say = func(format string, args ...any) error { a.tell(format, args...); return nil }
		err = a.backupToStdout(ctx, p)
	} else {
		err = gently(func() error { return p.into(ctx, path) })
	}
	stop()
	if err != nil {
		return err
	}
	p.say(say)
	if path != "-" {
		say("%s is written: %s\n", path, bytesOf(path))
	}
	for _, where := range h.config.Inline() {
		a.tell("vesper: warning: %s: it is in the backup\n", where)
	}
	return nil
}

// backupPath gives where a backup goes, and refuses what must not be written to.
func (a *app) backupPath(path string, force bool) (string, error) {
	if path == "-" {
		if isTerminal(a.stdout) {
			return "", usage(errors.New("a backup is not for a terminal"), "name a file, or write into a pipe")
		}
		return path, nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, backupName(a.now()))
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			return "", usage(fmt.Errorf("there is no folder %s", filepath.Dir(path)), "make it first")
		}
		return path, nil
	case err != nil:
		return "", usage(err, "")
	case !info.Mode().IsRegular():
		return "", usage(fmt.Errorf("%s is not a file", path), "name a new file, or - for stdout")
	case isDatabase(path):
		return "", usage(fmt.Errorf("%s is a database, and is not overwritten", path), "name another file")
	case !force:
		return "", usage(fmt.Errorf("%s already exists", path), "--force replaces it")
	}
	return path, nil
}

// backupToStdout makes the copy beside the database, where there is room for it.
func (a *app) backupToStdout(ctx context.Context, p *packing) error {
	return gently(func() error {
		room, err := newWorkroom(filepath.Dir(p.house.config.Beside()))
		if err != nil {
			return err
		}
		defer room.clear()
		return p.write(ctx, room, a.stdout)
	})
}

// showCopying shows how much of the database is copied, on a terminal and every ten seconds
// elsewhere.
func (a *app) showCopying(ctx context.Context, p *packing) (stop func()) {
	var done, total atomic.Int64
	p.told = func(now, all int) { done.Store(int64(now)); total.Store(int64(all)) }
	return a.showProgress(ctx, progress{
		total: 100,
		look: func() int {
			if all := total.Load(); all > 0 {
				return int(done.Load() * 100 / all)
			}
			return 0
		},
		line: func(time.Duration) string {
			return fmt.Sprintf("backup: %d of %d pages of the database are copied", done.Load(), total.Load())
		},
	})
}

// bytesOf gives the size of a file in words.
func bytesOf(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "its size is not known"
	}
	return inBytes(info.Size())
}

// inBytes writes a number of bytes for people.
func inBytes(n int64) string {
	size, unit := float64(n), "bytes"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if size < 1000 {
			break
		}
		size, unit = size/1000, next
	}
	if unit == "bytes" {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}

// say tells what is in a backup and what is not.
func (p *packing) say(print func(format string, args ...any) error) {
	if !p.manifest.MadeAt.IsZero() {
		print("the state of %s\n", p.manifest.MadeAt.Format(time.RFC3339))
	}
	templates := 0
	for _, f := range p.manifest.Files {
		if f.Role == archive.Template {
			templates++
			continue
		}
		print("in it: %s %s\n", f.Role, f.Path)
	}
	if templates > 0 {
		print("in it: %s\n", count(templates, "template"))
	}
	for _, l := range p.manifest.LeftOut {
		print("left out: %s (%s%s)\n", l.Path, l.Key, strings.Replace(": "+l.Why, ": secret", "", 1))
	}
}

// onServer is the error of a verb that is about a file where the database is none.
func onServer(verb, hint string) error {
	return usage(fmt.Errorf("%s: the database is on PostgreSQL", verb), hint)
}
