// Package marker tells a folder that all machines of a house share from the empty place where
// it is to be mounted: by a small file in it that names the house.
//
// It knows nothing of what else lies in such a folder, and no SQL. A share that hangs keeps
// nobody longer than a few seconds.
package marker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"vesper/digest"
)

// File is the marker's name. It is hidden: people work in these folders.
const File = ".vesper"

// Folder is one that all machines of a house share.
type Folder struct {
	// Kind says what lies in it, for people, such as "desk".
	Kind, Dir string
}

// Path is where its marker is.
func (f Folder) Path() string { return filepath.Join(f.Dir, File) }

// Register keeps in the house's database which kinds of folders have a marker.
type Register interface {
	// Marked gives these kinds.
	Marked(ctx context.Context) ([]string, error)
	// Mark enters that folders of a kind have one from now on. To do it twice is harmless.
	Mark(ctx context.Context, kind string, now time.Time) error
}

// House looks for the markers in the folders of one house.
type House struct {
	// ID is the line that is this house's in a marker.
	ID       string
	Folders  []Folder
	Register Register
	// Limit is how long a folder may take to answer; 0 is five seconds.
	Limit time.Duration
	Now   func() time.Time

	mu     sync.Mutex
	marked []string
	// busy has the folders that somebody looks into just now.
	busy map[string]chan struct{}
}

// See gives nil where all folders are seen that are to have a marker, and a
// *[digest.UnseenError] for the first that is not.
func (h *House) See(ctx context.Context) error {
	if err := h.Load(ctx); err != nil {
		return err
	}
	for _, f := range h.Folders {
		if err := h.SeeOne(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// Load reads which kinds have a marker.
func (h *House) Load(ctx context.Context) error {
	marked, err := h.Register.Marked(ctx)
	if err != nil {
		return fmt.Errorf("read which shared folders have a marker: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.marked = marked
	return nil
}

// SeeOne is See for one folder, by what was read last of the kinds that have a marker.
func (h *House) SeeOne(ctx context.Context, f Folder) error {
	root, err := h.Open(ctx, f)
	if root != nil {
		root.Close()
	}
	if !h.IsMarked(f.Kind) && !errors.Is(err, digest.ErrUnseen) {
		return nil
	}
	return err
}

// IsMarked says whether folders of a kind are to have a marker.
func (h *House) IsMarked(kind string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.marked, kind)
}

// Open opens a folder, and refuses it with a *[digest.UnseenError] if it is not the house's own.
// One that is to have no marker yet may have none. What is read through the root that it gives
// lies in the very folder in which the marker was seen.
func (h *House) Open(ctx context.Context, f Folder) (*os.Root, error) {
	o := h.look(ctx, f.Dir)
	why, hint := "", fmt.Sprintf("mount the share; if this is the right folder: echo %s >> %s", h.ID, f.Path())
	must := h.IsMarked(f.Kind)
	switch {
	case errors.Is(o.err, errSilent):
		why = fmt.Sprintf("%s gave no answer within %s", f.Dir, h.limit())
	case o.err == nil && o.isOf(h.ID):
	case o.err == nil && o.found && len(o.ids) > 0:
		why = f.Path() + " is another house's"
	case !must: // what is wrong with it otherwise is its user's to say
	case errors.Is(o.err, fs.ErrPermission):
		why, hint = f.Path()+" can't be read", "give Vesper's user the right to read it"
	case o.err == nil, errors.Is(o.err, fs.ErrNotExist):
		why = f.Path() + " is not there"
	default:
		why = o.err.Error()
	}
	err := o.err
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case why != "":
		err = &digest.UnseenError{Kind: f.Kind, Why: why, Hint: hint}
	}
	if err != nil && o.root != nil {
		o.root.Close()
		o.root = nil
	}
	return o.root, err
}
