package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/mattn/go-sqlite3"

	"vesper/digest"
	"vesper/subscribers"
)

// What is deleted is overwritten with zeros (secure_delete), but SQLite leaves
// copies behind where it moved rows to another page, rarely and mostly of long
// ones. The bytes of the file are the only thing that can be believed.

// distinct is how long a local part must be to be looked for by itself, in bytes.
const distinct = 6

// traces gives what is looked for in the file once an address and its reader's name
// are erased: the address as it is named now and as the row had it. The domain is
// left out where the local part is distinct: of a copy that is half overwritten,
// the end is lost first.
func traces(a subscribers.Address, given, name string) [][]byte {
	var all [][]byte
	add := func(s string) {
		same := func(have []byte) bool { return string(have) == s }
		if s != "" && !slices.ContainsFunc(all, same) {
			all = append(all, []byte(s))
		}
	}
	for _, form := range append(a.Forms(), a.Key(), given) {
		if at := strings.LastIndexByte(form, '@'); at >= distinct {
			form = form[:at+1]
		}
		add(form)
	}
	if len(name) >= distinct {
		add(name)
	}
	return all
}

// eraseFromFile makes sure that traces of what was deleted are in no file: it
// empties the write-ahead log, looks, and where more is left than stands in other
// rows has the database written anew. mended are the editions whose deliveries had some.
func (s *core) eraseFromFile(ctx context.Context, traces [][]byte, mended []uint32) error {
	if s.server != nil {
		return s.server.vacuum(ctx, mended)
	}
	if err := s.emptyLog(ctx); err != nil {
		return err
	}
	left, err := s.leftBehind(ctx, traces)
	if err != nil || !left {
		return err
	}
	err = s.aside(ctx, func(db conn) error {
		_, err := db.Exec(ctx, `VACUUM`)
		return err
	})
	if err != nil {
		return fmt.Errorf("write the database anew: %w", err)
	}
	return s.emptyLog(ctx)
}

// emptyLog moves all of the write-ahead log into the database and cuts it to
// nothing.
func (s *core) emptyLog(ctx context.Context) error {
	err := s.aside(ctx, func(db conn) error {
		var blocked bool
		var frames, moved int
		err := db.QueryRow(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&blocked, &frames, &moved)
		if err == nil && blocked {
			err = sqlite3.Error{Code: sqlite3.ErrBusy}
		}
		return err
	})
	switch {
	case errors.Is(err, digest.ErrBusy):
		return fmt.Errorf("it is deleted, but the write-ahead log still has it: %w; run it again", err)
	case err != nil:
		return fmt.Errorf("empty the write-ahead log: %w", err)
	}
	return nil
}

// leftBehind says whether one of these is in the file oftener than in its rows.
func (s *core) leftBehind(ctx context.Context, traces [][]byte) (bool, error) {
	found, err := s.countBytes(traces)
	if err != nil {
		return false, err
	}
	for i, n := range found {
		if n == 0 {
			continue
		}
		live, err := s.countRows(ctx, string(traces[i]))
		if err != nil || n > live {
			return err == nil, err
		}
	}
	return false, nil
}

// countBytes counts how often each of these is in the bytes of the database file.
//
// The file stays open until the File is closed: closing it now would take away
// the locks that this process has on it (POSIX fcntl).
func (s *core) countBytes(traces [][]byte) ([]int, error) {
	s.rawMu.Lock()
	defer s.rawMu.Unlock()
	if s.raw == nil {
		f, err := os.Open(s.path)
		if err != nil {
			return nil, err
		}
		s.raw = f
	}
	info, err := s.raw.Stat()
	if err != nil {
		return nil, err
	}
	return countIn(io.NewSectionReader(s.raw, 0, info.Size()), traces)
}

// countIn reads r to its end and counts each of these.
func countIn(r io.Reader, traces [][]byte) ([]int, error) {
	found := make([]int, len(traces))
	longest := 1
	for _, t := range traces {
		longest = max(longest, len(t))
	}
	window := make([]byte, 1<<20+longest)
	kept := 0
	for {
		n, err := io.ReadFull(r, window[kept:])
		for i, t := range traces {
			// What lies in the kept part alone is counted already.
			found[i] += bytes.Count(window[max(0, kept-len(t)+1):kept+n], t)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		// A trace may lie across the windows.
		kept = copy(window, window[kept+n-(longest-1):kept+n])
	}
}
