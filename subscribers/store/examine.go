package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/mattn/go-sqlite3"

	"vesper/digest"
)

const (
	// little is what should be free on the disk at least, least what must be: an
	// edition's ledger and the log of what is written need it.
	little, least = 200 << 20, 20 << 20
	// longLog is a log that is not brought into the database any more.
	longLog = 256 << 20
)

// Examine looks at the database at path, and makes and changes nothing. usable says that
// it can be opened as it is.
func Examine(ctx context.Context, path string) (found []digest.Finding, usable bool) {
	e := &examination{ctx: ctx, path: path}
	e.file()
	if e.there {
		e.folder()
		e.beside()
		e.content()
	}
	e.disk()
	return e.all, e.there && e.whole
}

// examination collects findings about a database.
type examination struct {
	ctx          context.Context
	path         string
	there, whole bool
	all          []digest.Finding
}

func (e *examination) say(name string, r digest.Result, hint, form string, args ...any) {
	e.all = append(e.all, digest.Finding{Name: name, Result: r, Message: fmt.Sprintf(form, args...), Hint: hint})
}

func (e *examination) file() {
	const name = "database"
	info, err := os.Stat(e.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if gone := missed(e.path); gone != nil {
			e.say(name, digest.Fail, `put it back; if it is lost, "vesper restore FILE"`, "%s: %v", e.path, gone)
			return
		}
		e.say(name, digest.Warn, `"vesper init" or "vesper serve" makes it`, "there is no database %s yet", e.path)
		return
	case err != nil:
		e.say(name, digest.Fail, "run it as the user that Vesper runs as", "%v", err)
		return
	case !info.Mode().IsRegular():
		e.say(name, digest.Fail, "set path in [database] to another", "%s is not a file", e.path)
		return
	}
	if real, err := filepath.EvalSymlinks(e.path); err == nil {
		e.path = real
	}
	if _, err := placeOf(e.path, info); err != nil {
		e.say(name, digest.Fail, "remove all but one of its names", "%v", err)
		return
	}
	e.there = true
	if mode := info.Mode().Perm(); mode&^0o600 != 0 {
		e.say("database mode", digest.Warn, "every command closes it again; look for copies, and for what opened it",
			"others could read %s (mode %04o): it has readers' addresses in it", e.path, mode)
	}
	if err := syscall.Access(e.path, 4|2); err != nil {
		e.there = false
		if errors.Is(err, syscall.EROFS) {
			return // the disk's finding
		}
		e.say(name, digest.Fail, "run it as "+ownerOf(info)+", whose file it is", "%s can't be read and written: %v",
			e.path, err)
	}
}

func ownerOf(info fs.FileInfo) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return userName(strconv.Itoa(int(stat.Uid)))
	}
	return "its owner"
}

// folder looks who may put another file in the database's place.
func (e *examination) folder() {
	dir := filepath.Dir(e.path)
	info, err := os.Stat(dir)
	if err != nil {
		e.say("database folder", digest.Fail, "", "%v", err)
		return
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 && mode&fs.ModeSticky == 0 {
		e.say("database folder", digest.Warn, "chmod go-w "+dir,
			"others may write to %s (mode %04o), and so replace the database", dir, mode.Perm())
	}
	if err := syscall.Access(dir, 2); err != nil {
		e.there = false
		e.say("database folder", digest.Fail, "run it as "+ownerOf(info)+", or: chown "+ownerOf(info)+" "+dir,
			"%s can't be written to: %v", dir, err)
	}
}

// beside looks at the files beside the database: SQLite's, the locks and the mark.
func (e *examination) beside() {
	own, err := os.Stat(e.path)
	if err != nil {
		return
	}
	for _, end := range []string{"-wal", "-shm", ".lock", ".serve", ".sent"} {
		info, err := os.Lstat(e.path + end)
		if err != nil {
			continue
		}
		if theirs, ours := ownerOf(info), ownerOf(own); theirs != ours {
			e.say("database files", digest.Fail, "chown "+ours+" "+e.path+end,
				"%s belongs to %s, and the database to %s", e.path+end, theirs, ours)
		}
		if end == "-wal" && info.Size() > longLog {
			e.say("database log", digest.Warn,
				"stop what holds the database open, such as a copy or a shell of sqlite3; then restart vesper serve",
				"%s has %d MB: it is not brought into the database", e.path+end, info.Size()>>20)
		}
	}
	if _, err := readMark(e.path); err != nil {
		e.say("database files", digest.Fail, `"vesper restore --accept" writes it anew`, "%v", err)
	}
}

// content reads the database through.
func (e *examination) content() {
	const name = "database"
	id, err := inspected(e.ctx, e.path)
	failed, ok := errors.AsType[sqlite3.Error](err)
	switch {
	case ok && failed.Code == sqlite3.ErrCorrupt:
		e.say(name, digest.Fail, `restore a backup: "vesper restore FILE"`, "%s is damaged: %v", e.path, err)
		return
	case errors.Is(err, digest.ErrNewer):
		e.say(name, digest.Fail, "install the program that made it, or a newer one", "%s: %v", e.path, err)
		return
	case errors.Is(err, digest.ErrForeign):
		e.say(name, digest.Fail, "set path in [database] to a file of Vesper's own", "%s: %v", e.path, err)
		return
	case ok && (failed.SystemErrno == syscall.ENOSPC || failed.Code == sqlite3.ErrFull):
		e.say(name, digest.Fail, "make room on the disk of "+filepath.Dir(e.path), "%s can't be opened: %v", e.path, err)
		return
	case err != nil:
		e.say(name, digest.Fail, `restore a backup: "vesper restore FILE"`, "%s: %v", e.path, err)
		return
	case id.fresh():
		e.say(name, digest.Warn, `"vesper serve" fills it`, "%s is empty", e.path)
		return
	case id.version < newest():
		e.say("database version", digest.Warn, "stop vesper serve, then run any command: a copy is kept beside it",
			"its version is %d, and this program brings it up to %d when it opens it", id.version, newest())
		return
	}
	switch result, err := quick(e.ctx, e.path); {
	case errors.Is(e.ctx.Err(), context.DeadlineExceeded):
		e.whole = true
		e.say(name, digest.Warn, "sqlite3 "+e.path+` "PRAGMA integrity_check"`,
			"it is too large to be read through within the time of a check")
	case err != nil:
		e.say(name, digest.Fail, `restore a backup: "vesper restore FILE"`, "%s is damaged: %v", e.path, err)
	case result != "ok":
		e.say(name, digest.Fail, `restore a backup: "vesper restore FILE"`, "%s is damaged: %s", e.path, result)
	default:
		e.whole = true
		e.say(name, digest.OK, "", "whole, of version %d", id.version)
	}
}

// inspected says what a file is, and changes nothing.
func inspected(ctx context.Context, path string) (identity, error) {
	if err := inspect(ctx, path); err != nil {
		return identity{}, err
	}
	var id identity
	err := readOnce(path, func(q conn) (err error) {
		id, err = identify(ctx, q)
		return err
	})
	return id, err
}

func quick(ctx context.Context, path string) (result string, err error) {
	err = readOnce(path, func(q conn) error { return q.QueryRow(ctx, `PRAGMA integrity_check(1)`).Scan(&result) })
	return result, err
}

// readOnce reads over one connection that it closes.
func readOnce(path string, f func(conn) error) error {
	db, err := sql.Open("sqlite3", dsn(path, reading))
	if err != nil {
		return err
	}
	return errors.Join(f(plainly{db}), db.Close())
}

// fewInodes is less than a run needs: a database has two files beside it while it is open,
// which are gone as soon as the one who looks has closed it.
const fewInodes = 4

// disk looks how much room there is.
func (e *examination) disk() {
	dir := filepath.Dir(e.path)
	var room syscall.Statfs_t
	if err := syscall.Statfs(dir, &room); err != nil {
		return // the folder is not there, which was said
	}
	free := int64(room.Bavail) * int64(room.Bsize)
	const hint = "make room on the disk of "
	switch {
	case room.Flags&1 != 0: // ST_RDONLY
		e.say("disk", digest.Fail, "mount it for writing", "the disk of %s can't be written to", dir)
	case room.Files > 0 && room.Ffree < fewInodes:
		e.say("disk", digest.Fail, hint+dir, "no more files can be made on the disk of %s: %d inodes are free",
			dir, room.Ffree)
	case free < least:
		e.say("disk", digest.Fail, hint+dir, "%d MB are free on the disk of %s", free>>20, dir)
	case free < little:
		e.say("disk", digest.Warn, hint+dir, "only %d MB are free on the disk of %s", free>>20, dir)
	default:
		e.say("disk", digest.OK, "", "%d MB are free", free>>20)
	}
}
