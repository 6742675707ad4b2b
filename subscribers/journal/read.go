package journal

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"syscall"

	"vesper/subscribers"
)

// Read reads journals of the database with this key, and gives what they have together from
// the departure with the ID from on. A journal that can't be read is an error; lines that
// are none are counted.
func Read(key []byte, from int64, paths ...string) (subscribers.History, error) {
	var h subscribers.History
	found := map[int64]subscribers.Departure{}
	for _, path := range paths {
		if err := readFile(&h, found, key, from, path); err != nil {
			return h, err
		}
	}
	for _, d := range found {
		h.Departures = append(h.Departures, d)
	}
	slices.SortFunc(h.Departures, func(a, b subscribers.Departure) int { return cmp.Compare(a.ID, b.ID) })
	return h, nil
}

func readFile(h *subscribers.History, found map[int64]subscribers.Departure, key []byte, from int64, path string,
) error {
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
			if d.Kind != known && d.ID >= from {
				found[d.ID] = d
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
