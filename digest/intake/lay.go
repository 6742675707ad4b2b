package intake

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"vesper/digest"
)

// Lay writes an article onto the desk, under its ID and in the house format, and gives the
// fingerprint of its file. If another file has the name it stays as it is and the error is
// [ErrTaken]; the fingerprint is the one that the file would have.
func (d Desk) Lay(ctx context.Context, a digest.Article) (digest.Fingerprint, error) {
	text := WriteHouse(a)
	_, _, err := d.Add(ctx, a.ID+extension, text)
	return printOf(text), err
}

// Rewrite writes an article anew whose file is still the one with this fingerprint. If an
// editor changed the file since it stays as it is and the error is [ErrTaken]; if it is gone
// the error is [digest.ErrNotFound].
func (d Desk) Rewrite(ctx context.Context, a digest.Article, was digest.Fingerprint) (digest.Fingerprint, error) {
	name, text := a.ID+extension, WriteHouse(a)
	if _, err := ParseHouse(d.path(name), bytes.NewReader(text), d.Zone); err != nil {
		return was, err
	}
	root, err := d.open()
	if err != nil {
		return was, err
	}
	defer root.Close()
	if err := d.still(ctx, root, name, was); err != nil {
		return was, err
	}
	half := temporary + rand.Text()
	if err := writeWhole(root, half, text); err != nil {
		return was, fmt.Errorf("write %s: %w", name, err)
	}
	defer root.Remove(half)
	// An editor may have saved the file meanwhile.
	if err := d.still(ctx, root, name, was); err != nil {
		return was, err
	}
	if err := root.Rename(half, name); err != nil {
		return was, err
	}
	return printOf(text), syncDir(d.Dir)
}

// still says whether a file is the one with a fingerprint.
func (d Desk) still(ctx context.Context, root *os.Root, name string, was digest.Fingerprint) error {
	switch there, err := printIn(root, name); {
	case err != nil:
		return err
	case there != was:
		return ErrTaken
	}
	return ctx.Err()
}

// Remove takes an article off the desk whose file is still the one with this fingerprint.
// The errors are those of [Desk.Rewrite].
func (d Desk) Remove(ctx context.Context, id string, was digest.Fingerprint) error {
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := d.still(ctx, root, id+extension, was); err != nil {
		return err
	}
	if err := root.Remove(id + extension); err != nil {
		return err
	}
	return syncDir(d.Dir)
}

// TakeBack spikes an article whose file is still the one with this fingerprint. One of its
// name that was spiked before stays. The errors are those of [Desk.Rewrite].
func (d Desk) TakeBack(ctx context.Context, id string, was digest.Fingerprint) error {
	root, err := d.open()
	if err != nil {
		return err
	}
	err = d.still(ctx, root, id+extension, was)
	root.Close()
	if err != nil {
		return err
	}
	if err = d.Spike(ctx, id); errors.Is(err, ErrTaken) {
		return d.Remove(ctx, id, was)
	}
	return err
}

// Names gives the IDs of the files on the desk that can be articles, sorted.
func (d Desk) Names(ctx context.Context) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return idsIn(d.Dir)
}

// Lies gives the fingerprint of an article's file, or [digest.ErrNotFound] if there is
// none.
func (d Desk) Lies(ctx context.Context, id string) (digest.Fingerprint, error) {
	if err := ctx.Err(); err != nil {
		return digest.Fingerprint{}, err
	}
	root, err := d.open()
	if err != nil {
		return digest.Fingerprint{}, err
	}
	defer root.Close()
	return printIn(root, id+extension)
}

func printIn(root *os.Root, name string) (digest.Fingerprint, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return digest.Fingerprint{}, fmt.Errorf("%s: %w", name, digest.ErrNotFound)
	} else if err != nil {
		return digest.Fingerprint{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return printOf(text), err
}

func printOf(text []byte) digest.Fingerprint {
	sum := sha256.Sum256(text)
	return digest.Fingerprint(sum[:16])
}
