package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"vesper/subscribers"
)

// Source is the database that a journal follows.
type Source interface {
	// Departures gives up to limit departures after one, in their order.
	Departures(ctx context.Context, after int64, limit int) ([]subscribers.Departure, error)
	// LastDeparture gives the ID of the last one, 0 if there is none.
	LastDeparture(ctx context.Context) (int64, error)
}

// File is one journal.
type File struct {
	Path string
	// Key is the database's own.
	Key    []byte
	Source Source
	Now    func() time.Time
	// Made is told when the file was made, to give it to whom it belongs. It may be nil.
	Made func(path string) error
}

// AsideError says that a journal has departures that the database does not know: another
// database was put in its place without them. It was given another name, and a new one was
// begun.
type AsideError struct{ Path, Kept string }

func (e *AsideError) Error() string {
	return fmt.Sprintf("%s has departures that the database does not know: it is kept as %s", e.Path, e.Kept)
}

// together is how many departures are read at once.
const together = 1000

// Follow adds what is missing in the journal. With beat it also says that nothing is
// missing up to now. What it has added is on the disk. Several processes may do it at once.
func (j *File) Follow(ctx context.Context, beat bool) error {
	err := j.follow(ctx, beat)
	if aside, ok := errors.AsType[*AsideError](err); ok {
		err = errors.Join(aside, j.follow(ctx, beat))
	}
	if err != nil {
		return fmt.Errorf("the journal of departures: %w", err)
	}
	return nil
}

func (j *File) follow(ctx context.Context, beat bool) error {
	f, size, err := j.open(ctx)
	if err != nil {
		return err
	}
	defer f.Close()
	// Who leaves after this moment may be in the journal, and who left before is. Others add
	// nothing meanwhile.
	now := j.Now()
	newest, err := j.Source.LastDeparture(ctx)
	if err != nil {
		return err
	}
	last, err := j.last(f, size)
	if err != nil {
		return err
	}
	if last.ID >= newest && !beat && size > 0 {
		return j.fits(ctx, last, newest)
	}
	if err := j.fits(ctx, last, newest); err != nil {
		return err
	}
	begin, err := beginning(f, size)
	if err != nil {
		return err
	}
	added, err := j.add(ctx, f, last.ID, begin)
	if err != nil {
		return err
	}
	if beat {
		_, err = f.WriteString(knownLine(j.Key, added, now))
	}
	return errors.Join(err, f.Sync())
}

// open opens the file and locks it, so that one process adds at a time.
func (j *File) open(ctx context.Context) (f *os.File, size int64, err error) {
	for {
		if f, err = j.openOrMake(); err != nil {
			return nil, 0, err
		}
		var is, there os.FileInfo
		if err = lock(ctx, f); err == nil {
			is, err = f.Stat()
		}
		if err == nil && !is.Mode().IsRegular() {
			err = fmt.Errorf("%s is not a file", j.Path)
		}
		if err == nil && is.Mode().Perm()&0o077 != 0 {
			err = f.Chmod(0o600)
		}
		if err == nil {
			there, err = os.Stat(j.Path)
		}
		switch {
		case err == nil && os.SameFile(is, there):
			return f, is.Size(), nil
		case err == nil, errors.Is(err, os.ErrNotExist):
			// It was given another name while we waited.
			f.Close()
		default:
			return nil, 0, errors.Join(err, f.Close())
		}
	}
}

// patience is how long one waits for another process that adds: it has a few lines to
// write, unless its disk does not answer.
const patience = 5 * time.Second

func lock(ctx context.Context, f *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for tick := time.NewTicker(5 * time.Millisecond); ; {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			tick.Stop()
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return fmt.Errorf("%s is locked by another process: %w", f.Name(), ctx.Err())
		}
	}
}

func (j *File) openOrMake() (*os.File, error) {
	flags := os.O_RDWR | os.O_APPEND | syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	f, err := os.OpenFile(j.Path, flags, 0)
	if errors.Is(err, os.ErrNotExist) {
		f, err = os.OpenFile(j.Path, flags|os.O_CREATE, 0o600)
		if err == nil && j.Made != nil {
			err = j.Made(j.Path)
		}
		if err == nil {
			err = syncFolder(filepath.Dir(j.Path))
		}
	}
	if err != nil && f != nil {
		err = errors.Join(err, f.Close())
	}
	return f, err
}

// beginning gives what is to be written before the next line: what a journal begins with,
// or the end of a line that was torn.
func beginning(f *os.File, size int64) (string, error) {
	if size == 0 {
		return head, nil
	}
	end := make([]byte, 1)
	if _, err := f.ReadAt(end, size-1); err != nil {
		return "", err
	}
	if end[0] != '\n' {
		return "\n", nil
	}
	return "", nil
}

// add writes the departures after one, and gives the ID of the last one then.
func (j *File) add(ctx context.Context, f *os.File, after int64, begin string) (last int64, err error) {
	text := bytes.NewBufferString(begin)
	for {
		some, err := j.Source.Departures(ctx, after, together)
		if err != nil {
			return after, err
		}
		for _, d := range some {
			text.WriteString(line(j.Key, d))
			after = d.ID
		}
		if _, err := f.Write(text.Bytes()); err != nil {
			return after, err
		}
		text.Reset()
		if len(some) < together {
			return after, nil
		}
	}
}

// tail is how much of a journal's end is looked at first.
const tail = 64 << 10

// last gives the last line that is whole; the zero departure of a journal without any.
func (j *File) last(f *os.File, size int64) (subscribers.Departure, error) {
	for look := int64(tail); ; look *= 8 {
		from := max(0, size-look)
		text := make([]byte, size-from)
		if _, err := f.ReadAt(text, from); err != nil && !errors.Is(err, io.EOF) {
			return subscribers.Departure{}, err
		}
		lines := strings.Split(string(text), "\n")
		// What follows the last line end is torn.
		for i := len(lines) - 2; i >= 0; i-- {
			if d, ok := parse(j.Key, lines[i]); ok {
				return d, nil
			}
		}
		if from == 0 {
			return subscribers.Departure{}, j.foreign(lines)
		}
	}
}

// foreign refuses to add to a file that has whole lines and none of them ours.
func (j *File) foreign(lines []string) error {
	for _, l := range lines[:len(lines)-1] {
		if l != "" && !strings.HasPrefix(l, "#") {
			return fmt.Errorf("%s is another database's, or no journal: it is left alone", j.Path)
		}
	}
	return nil
}

// fits looks whether the journal's end is one of the database's departures. If it isn't, the
// journal gets another name.
func (j *File) fits(ctx context.Context, last subscribers.Departure, newest int64) error {
	if last.ID == 0 {
		return nil
	}
	if last.ID <= newest {
		if last.Kind == known {
			return nil
		}
		same, err := j.Source.Departures(ctx, last.ID-1, 1)
		if err != nil {
			return err
		}
		if len(same) == 1 && line(j.Key, same[0]) == line(j.Key, last) {
			return nil
		}
	}
	kept := j.Path + "." + j.Now().UTC().Format("20060102T150405Z")
	for n := 2; ; n++ {
		if _, err := os.Lstat(kept); errors.Is(err, os.ErrNotExist) {
			break
		}
		kept = fmt.Sprintf("%s.%s-%d", j.Path, j.Now().UTC().Format("20060102T150405Z"), n)
	}
	if err := os.Rename(j.Path, kept); err != nil {
		return err
	}
	return &AsideError{j.Path, kept}
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
