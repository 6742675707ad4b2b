package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vesper/cmd/vesper/archive"
	"vesper/cmd/vesper/config"
)

// packing is a backup that is being made.
type packing struct {
	house    *house
	now      func() time.Time
	manifest archive.Manifest
	// contents are the files but the database, as they were read at the start.
	contents [][]byte
	// told is told how far the copy of the database is; it may be nil.
	told func(done, total int)
	// rest is how it makes way for an edition that is being sent.
	rest rest
}

// backupNote is for whoever finds a backup.
const backupNote = `"vesper restore FILE" puts it back. It has readers' addresses and private keys in it. Whoever ` +
	`was erased later is still in it: delete backups that are old.`

// packing reads what goes into a backup beside the database.
func (a *app) packing(h *house) (*packing, error) {
	c := h.config
	p := &packing{house: h, now: a.now}
	p.manifest = archive.Manifest{
		Program: version(), Source: h.file.Source(), Note: backupNote, LeftOut: []archive.LeftOut{},
	}
	p.manifest.Files = []archive.File{{Name: "vesper.db", Role: archive.Database, Path: c.Database.Path}}
	if err := p.add(archive.Configuration, "configuration", c.File(), filepath.Base(c.File())); err != nil {
		return nil, err
	}
	for _, f := range c.Files() {
		if f.Kind == config.SecretFile {
			p.leaveOut(f.Key, f.Path, "secret")
			continue
		}
		if err := p.add(archive.Key, f.Key, c.Path(f.Path), f.Path); err != nil {
			p.leaveOut(f.Key, f.Path, reasonOf(err))
		}
	}
	return p, p.addTemplates(c)
}

func reasonOf(err error) string {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

func (p *packing) leaveOut(key, path, why string) {
	p.manifest.LeftOut = append(p.manifest.LeftOut, archive.LeftOut{Key: key, Path: path, Why: why})
}

// addTemplates adds all files below the folder of templates.
func (p *packing) addTemplates(c *config.Config) error {
	const key = "templates.dir"
	if c.Templates.Dir == "" {
		return nil
	}
	dir, err := filepath.EvalSymlinks(c.Path(c.Templates.Dir))
	if err != nil {
		p.leaveOut(key, c.Templates.Dir, reasonOf(err))
		return nil
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		below, _ := filepath.Rel(dir, path)
		named := filepath.Join(c.Templates.Dir, below)
		switch {
		case err != nil:
			p.leaveOut(key, named, reasonOf(err))
		case d.IsDir():
		default:
			if err := p.add(archive.Template, key, path, named); err != nil {
				p.leaveOut(key, named, reasonOf(err))
			}
		}
		if len(p.contents) > archive.MostFiles-2 {
			return fmt.Errorf("%s has more than %d files", c.Templates.Dir, archive.MostFiles-2)
		}
		return nil
	})
}

// add reads a file, which the configuration names so.
func (p *packing) add(role, key, path, named string) error {
	content, err := readRegular(path, archive.MostFile)
	if err != nil {
		return fmt.Errorf("back up the file of %s: %w", key, err)
	}
	name := filepath.ToSlash(filepath.Clean(named))
	if below, err := filepath.Rel(p.house.config.Dir(), path); err == nil && filepath.IsLocal(below) {
		name = filepath.ToSlash(below)
	}
	if !fs.ValidPath(name) || strings.Contains(name, `\`) {
		name = fmt.Sprintf("elsewhere/%d/%s", len(p.contents), filepath.Base(path))
	} else {
		name = "files/" + name
	}
	sum := sha256.Sum256(content)
	p.manifest.Files = append(p.manifest.Files, archive.File{
		Name: name, Role: role, Path: named, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]),
	})
	p.contents = append(p.contents, content)
	return nil
}

// readRegular reads a whole file that is not larger than most.
func readRegular(path string, most int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, errors.New("it is not a file"))
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(content)) > most {
		err = fmt.Errorf("it is larger than %s", inBytes(most))
	}
	return content, err
}

// into makes the backup beside its place and puts it there once it is whole.
func (p *packing) into(ctx context.Context, path string) error {
	room, err := newWorkroom(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer room.clear()
	made := filepath.Join(room.dir, "backup")
	f, err := os.OpenFile(made, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = p.write(ctx, room, &steady{File: f})
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(made, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// write writes the archive, for which it copies the database into the workroom.
func (p *packing) write(ctx context.Context, room *workroom, w io.Writer) error {
	database := filepath.Join(room.dir, "vesper.db")
	f, err := os.OpenFile(database, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	// What is written from here on may be in it, and what was written before is.
	p.manifest.MadeAt = p.now().UTC().Truncate(time.Second)
	p.rest.ctx, p.rest.on = ctx, beingSentNow(ctx, p.house)
	if err := p.house.file.Backup(ctx, database, p.piece); err != nil {
		return err
	}
	one := &p.manifest.Files[0]
	if one.Size, one.SHA256, err = p.summed(database); err != nil {
		return err
	}
	out, err := archive.NewWriter(w, p.manifest)
	if err != nil {
		return err
	}
	if f, err = os.Open(database); err != nil {
		return err
	}
	defer f.Close()
	if err := out.Add(&restful{&wanted{f, ctx}, &p.rest, 0}); err != nil {
		return err
	}
	for _, content := range p.contents {
		if err := out.Add(bytes.NewReader(content)); err != nil {
			return err
		}
	}
	return out.Close()
}

// piece is told of each piece of the database that is copied.
func (p *packing) piece(done, total int) {
	if p.told != nil {
		p.told(done, total)
	}
	p.rest.take()
}

// summed gives the size and the SHA-256 of a file.
func (p *packing) summed(path string) (size int64, sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, &restful{f, &p.rest, 0})
	return size, hex.EncodeToString(h.Sum(nil)), err
}

// wanted reads as long as the context lasts.
type wanted struct {
	io.Reader
	ctx context.Context
}

func (w *wanted) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.Reader.Read(p)
}

// steady brings what is written to the disk in portions: much at once would hold up those
// who wait for the disk meanwhile.
type steady struct {
	*os.File
	since int
}

// portion is how much is brought to the disk at once, in bytes.
const portion = 8 << 20

func (s *steady) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	if s.since += n; err == nil && s.since >= portion {
		s.since, err = 0, s.Sync()
	}
	return n, err
}

// syncFolder brings the names in a folder to the disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
