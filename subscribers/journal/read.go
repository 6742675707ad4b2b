package journal

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"syscall"

	"vesper/subscribers"
)

// Read reads journals of the database with this key, and gives what they have together. Where
// two have different departures with one ID, it gives both. A journal that can't be read is an
// error; lines that are none are counted.
func Read(key []byte, paths ...string) (subscribers.History, error) {
	var h subscribers.History
	for _, path := range paths {
		if err := readFile(&h, key, path); err != nil {
			return h, err
		}
	}
	slices.SortStableFunc(h.Departures, func(a, b subscribers.Departure) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.Hash, b.Hash))
	})
	h.Departures = slices.CompactFunc(h.Departures, subscribers.Departure.Same)
	return h, nil
}

func readFile(h *subscribers.History, key []byte, path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, &os.PathError{Op: "read", Path: path, Err: errors.New("it is not a file")})
	}
	h.Read++
	return lines(f, func(text string, whole bool) {
		d, ok := parse(key, text)
		switch {
		case text == "" || text[0] == '#' || !ok && !whole:
			// A last line that was torn was written to nobody's knowledge.
		case !ok:
			h.Damaged++
		default:
			if h.To.Before(d.At) {
				h.To = d.At
			}
			h.Last = max(h.Last, d.ID)
			if d.Kind != known {
				h.Departures = append(h.Departures, d)
			}
		}
	})
}

// lines gives the lines of a file, cut to what a line may be at most. The last one may not
// be whole.
func lines(r io.Reader, give func(text string, whole bool)) error {
	b := bufio.NewReaderSize(r, 2*longest)
	for {
		text, err := b.ReadSlice('\n')
		switch {
		case err == nil:
			give(string(text[:len(text)-1]), true)
		case errors.Is(err, bufio.ErrBufferFull):
			// No line of ours is as long. Its rest is passed over.
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = b.ReadSlice('\n')
			}
			give("too long", err == nil)
		}
		switch {
		case errors.Is(err, io.EOF):
			if len(text) > 0 {
				give(string(text), false)
			}
			return nil
		case err != nil:
			return err
		}
	}
}
