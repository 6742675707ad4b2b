package intake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"vesper/digest"
)

// spiked is the folder within the desk where spiked articles lie. It is hidden, so no
// edition sees it.
const spiked = ".spiked"

// Spike takes an article off the desk without losing it: its file goes into a hidden folder
// there. The error is [digest.ErrNotFound] if there is no such article, and [ErrTaken] if one
// of its name was spiked before.
func (d Desk) Spike(ctx context.Context, id string) error {
	return d.move(ctx, id, id+extension, spiked+"/"+id+extension)
}

// Unspike puts a spiked article back onto the desk, with the same errors.
func (d Desk) Unspike(ctx context.Context, id string) error {
	return d.move(ctx, id, spiked+"/"+id+extension, id+extension)
}

func (d Desk) move(ctx context.Context, id, from, to string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if CheckName(id+extension) != nil {
		return fmt.Errorf("article %q: %w", id, digest.ErrNotFound)
	}
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if info, err := root.Lstat(from); errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("article %q: %w", id, digest.ErrNotFound)
	} else if err != nil {
		return err
	}
	if err := root.Mkdir(spiked, 0o700); err == nil && groupWrites(root) {
		if err := root.Chmod(spiked, 0o770|fs.ModeSetgid); err != nil {
			return err
		}
	} else if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := root.Lstat(to); err == nil {
		return ErrTaken
	}
	if err := root.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(syncDir(d.Dir), syncDir(d.path(spiked)))
}

// Spiked gives the IDs of the spiked articles, sorted.
func (d Desk) Spiked(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ids, err := idsIn(d.path(spiked))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("read the spiked articles: %w", err)
	}
	return ids, nil
}

// idsIn gives the IDs of the articles' files in a folder, sorted.
func idsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range entries {
		if id, ok := idOf(e.Name()); ok && e.Type().IsRegular() {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func idOf(name string) (string, bool) {
	if CheckName(name) != nil {
		return "", false
	}
	return name[:len(name)-len(extension)], true
}
