package marker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// says is what stands in a marker above the line of the house.
const says = `# Vesper knows by this file that the folder is the one that all its machines share.
# Without it no edition is opened. Leave it here, also when the folder is copied.
`

// Mark makes the markers that are missing of kinds that have none yet, and gives the folders that
// have one from now on. An empty folder gets none: it may be the place where a share is to be
// mounted. The error says of which folders nobody would notice that they are not mounted, since
// their markers could not be made.
func (h *House) Mark(ctx context.Context) (made []Folder, err error) {
	if err := h.Load(ctx); err != nil {
		return nil, err
	}
	for _, f := range h.Folders {
		if h.IsMarked(f.Kind) {
			continue
		}
		is, failed := h.markOne(ctx, f)
		if failed != nil {
			err = errors.Join(err, failed)
		} else if is {
			made = append(made, f)
		}
	}
	if len(made) == 0 {
		return nil, err
	}
	return made, errors.Join(err, h.Load(ctx))
}

// markOne says whether a folder has a marker from now on.
func (h *House) markOne(ctx context.Context, f Folder) (bool, error) {
	o := h.look(ctx, f.Dir)
	if o.root != nil {
		defer o.root.Close()
	}
	if o.err != nil || len(o.ids) > 0 && !o.isOf(h.ID) {
		return false, nil // whoever looks says so
	}
	if !o.isOf(h.ID) {
		if empty, err := isEmpty(o.root); empty || err != nil {
			return false, err
		}
		if err := write(o.root, h.ID); err != nil {
			return false, fmt.Errorf("make the marker of the %s, %s: %w", f.Kind, f.Path(), err)
		}
	}
	return true, h.Register.Mark(ctx, f.Kind, h.Now())
}

// isEmpty says whether nothing lies in a folder but a marker.
func isEmpty(root *os.Root) (bool, error) {
	dir, err := root.Open(".")
	if err != nil {
		return false, err
	}
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(1)
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil:
			return false, err
		case names[0] != File:
			return false, nil
		}
	}
}

// write writes a marker. Everybody may read it: it is no secret.
func write(root *os.Root, id string) error {
	f, err := root.OpenFile(File, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(says + id + "\n")
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
