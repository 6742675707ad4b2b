package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vesper/cmd/vesper/archive"
	"vesper/digest"
)

// backups makes the backups that [backup] asks for, while the service runs. One that can't
// be made is in nobody's way.
type backups struct {
	app *app
	h   *house
	log *slog.Logger
	// started is when the service was, newest the time of the last backup, zero if there is
	// none; retry is when to try one again that could not be made.
	started, newest, retry time.Time
	failed                 bool
	// told is told whether the last backup could be made; it may be nil.
	told func(error)
}

const (
	// backupsLooked is how often it is looked whether a backup is due.
	backupsLooked = time.Minute
	// beforeSlot is how long before an edition there is none, if that can be helped.
	beforeSlot = time.Hour
	// backupAgain is after how long one that could not be made is tried again.
	backupAgain = 15 * time.Minute
)

// keepBackups makes backups until ctx ends, if there is a folder for them.
func (a *app) keepBackups(ctx context.Context, h *house, log *slog.Logger, told func(error)) {
	if h.config.Backup.Dir == "" {
		// One that could not be made, while there was a folder, is wanted no more.
		if told != nil {
			told(nil)
		}
		return
	}
	b := &backups{app: a, h: h, log: log, started: a.now(), told: told}
	if all, err := b.own(); err == nil && len(all) > 0 {
		b.newest = all[0].at
	}
	ticks := time.NewTicker(backupsLooked)
	defer ticks.Stop()
	for {
		b.look(ctx)
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return
		}
	}
}

// look makes a backup if one is due.
func (b *backups) look(ctx context.Context) {
	now := b.app.now()
	if now.Before(b.retry) || !b.due(now, b.calm(ctx, now)) {
		return
	}
	path, err := b.make(ctx, now)
	if ctx.Err() != nil {
		return
	}
	if b.told != nil {
		b.told(err)
	}
	switch {
	case err != nil && !b.failed:
		b.log.Error("can't make a backup; it is tried again, and nothing is said until one is made", "err", err,
			"dir", b.dir())
	case err == nil && b.failed:
		b.log.Info("backups are made again")
	}
	if b.failed = err != nil; b.failed {
		b.retry = now.Add(backupAgain)
		return
	}
	b.newest = now
	b.log.Info("backup made", "path", path, "size", bytesOf(path), "took", b.app.now().Sub(now).Round(time.Millisecond))
	b.thin()
}

func (b *backups) dir() string { return b.h.config.Path(b.h.config.Backup.Dir) }

// due says whether a backup is to be made now. While it is not calm, it can wait as long as
// from one to the next, and no longer.
func (b *backups) due(now time.Time, calm bool) bool {
	every := time.Duration(b.h.config.Backup.Every)
	due := b.started
	// One from far ahead was made by a clock that was wrong.
	if !b.newest.IsZero() && b.newest.Sub(now) < every {
		due = b.newest.Add(every)
	}
	if calm {
		return !now.Before(due)
	}
	return !now.Before(due.Add(every))
}

// calm says whether no edition is being sent, and none is to be for a while.
func (b *backups) calm(ctx context.Context, now time.Time) bool {
	under, err := b.h.book.Unfinished(ctx)
	if err != nil || slices.ContainsFunc(under, beingSent(now)) {
		return false
	}
	for _, s := range b.h.publisher.Slots {
		next, err := b.h.publisher.Next(ctx, s)
		if err != nil || !next.IsZero() && next.Sub(now) < beforeSlot {
			return false
		}
	}
	return true
}

// make makes a backup, and gives where it is.
func (b *backups) make(ctx context.Context, now time.Time) (string, error) {
	path := filepath.Join(b.dir(), backupName(now))
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, errors.Join(err, fs.ErrExist)
	}
	p, err := b.app.packing(b.h)
	if err != nil {
		return path, err
	}
	p.manifest.Scheduled = true
	if err := gently(func() error { return p.into(ctx, path) }); err != nil {
		return path, err
	}
	return path, giveToService(path, b.h.config.Beside())
}

// ownBackup is a backup that the service has made.
type ownBackup struct {
	path string
	at   time.Time
}

// own gives the backups of this database that the service has made, the newest first. A
// file of such a name that is another's is none.
func (b *backups) own() ([]ownBackup, error) {
	names, err := filepath.Glob(filepath.Join(b.dir(), "vesper-*.tar.gz"))
	if err != nil {
		return nil, err
	}
	var all []ownBackup
	for _, path := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "vesper-"), ".tar.gz")
		at, err := time.Parse(backupTime, name)
		if err != nil || !b.isOwn(path) {
			continue
		}
		all = append(all, ownBackup{path, at})
	}
	slices.SortFunc(all, func(x, y ownBackup) int { return y.at.Compare(x.at) })
	return all, nil
}

func (b *backups) isOwn(path string) bool {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return archive.ScheduledOf(f) == b.h.file.Source()
}

// thin deletes the backups of the service's own that are too many, the oldest.
func (b *backups) thin() {
	all, err := b.own()
	for i := b.h.config.Backup.Keep; err == nil && i < len(all); i++ {
		if err = os.Remove(all[i].path); err == nil {
			b.log.Info("an old backup is deleted", "path", all[i].path)
		}
	}
	if err != nil {
		b.log.Error("can't delete old backups", "err", err, "dir", b.dir())
	}
}

// beingSent says whether an edition is being sent, at now or soon after. One in waves rests in
// between.
func beingSent(now time.Time) func(u digest.Unfinished) bool {
	return func(u digest.Unfinished) bool {
		rests := !u.LastDueAt.IsZero() && u.Next.After(now.Add(beforeSlot))
		return u.State != digest.Paused && !rests
	}
}
