package marker

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// errSilent says that a folder gave no answer in the time that it has.
var errSilent = errors.New("no answer")

// longest bounds what is read of a marker.
const longest = 64 << 10

// opened is a folder, and what its marker says.
type opened struct {
	root *os.Root
	// found says that there is a marker, ids are the houses that it names.
	found bool
	ids   []string
	err   error
}

func (o opened) isOf(id string) bool { return slices.Contains(o.ids, id) }

func (h *House) limit() time.Duration {
	if h.Limit == 0 {
		return 5 * time.Second
	}
	return h.Limit
}

// look opens a folder and reads its marker, in the time that it has. Of a share that hangs one
// look stays behind, however often it is asked for: nothing can call it off.
func (h *House) look(ctx context.Context, dir string) opened {
	late := time.NewTimer(h.limit())
	defer late.Stop()
	for {
		mine, others := h.begin(dir)
		if mine != nil {
			got := make(chan opened, 1)
			go func() {
				got <- read(dir)
				h.ends(dir, mine)
			}()
			select {
			case o := <-got:
				return o
			case <-late.C:
			case <-ctx.Done():
			}
			go func() {
				if o := <-got; o.root != nil {
					o.root.Close()
				}
			}()
			return opened{err: errSilent}
		}
		select {
		case <-others:
			continue // what it saw may be of before
		case <-late.C:
		case <-ctx.Done():
		}
		return opened{err: errSilent}
	}
}

// begin gives what is to be closed when a look ends, or that of another look.
func (h *House) begin(dir string) (mine, others chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if others := h.busy[dir]; others != nil {
		return nil, others
	}
	if h.busy == nil {
		h.busy = map[string]chan struct{}{}
	}
	h.busy[dir] = make(chan struct{})
	return h.busy[dir], nil
}

func (h *House) ends(dir string, mine chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.busy, dir)
	close(mine)
}

// read opens a folder and reads its marker through that.
func read(dir string) opened {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return opened{err: err}
	}
	o := opened{root: root}
	f, err := root.Open(File)
	if errors.Is(err, fs.ErrNotExist) {
		return o
	}
	if err == nil {
		defer f.Close()
		o.found = true
		o.ids, err = idsIn(f)
	}
	o.err = err
	return o
}

// idsIn gives the houses that a marker names: a line each, but for those that begin with #.
func idsIn(marker io.Reader) (ids []string, err error) {
	lines := bufio.NewScanner(io.LimitReader(marker, longest))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line != "" && !strings.HasPrefix(line, "#") {
			ids = append(ids, line)
		}
	}
	return ids, lines.Err()
}
