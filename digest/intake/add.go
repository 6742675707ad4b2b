package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"vesper/digest"
)

// ErrTaken says that there is another article of this name on the desk.
var ErrTaken = errors.New("another article of this name is on the desk; nothing was changed")

// Check does what [Desk.Add] does, without writing anything: it gives the article,
// and says whether it would be new.
func (d Desk) Check(name string, text []byte) (digest.Article, bool, error) {
	if err := checkName(name); err != nil {
		return digest.Article{}, false, Flaws{{File: name, Problem: err.Error(), Hint: nameHint}}
	}
	a, err := ParseHouse(name, bytes.NewReader(text), d.Zone)
	if err != nil {
		return digest.Article{}, false, err
	}
	a.ID = strings.TrimSuffix(name, extension)
	there, err := same(d.path(name), text)
	if err != nil {
		return digest.Article{}, false, fmt.Errorf("add %s: %w", name, err)
	}
	return a, !there, nil
}

// Add checks the format of an article, writes it onto the desk as a file of this
// name, and gives it. The bool is false if a file of this name with the same bytes
// is there already. If one with other bytes is there, it stays as it is and the
// error is [ErrTaken]. If the text or the name is not as it must be, the error is a
// [Flaws] with this name as the file.
//
// Nobody sees the file before it is complete and on the disk.
func (d Desk) Add(ctx context.Context, name string, text []byte) (digest.Article, bool, error) {
	if err := ctx.Err(); err != nil {
		return digest.Article{}, false, err
	}
	if _, _, err := d.Check(name, text); err != nil {
		return digest.Article{}, false, err
	}
	isNew, err := d.put(name, text)
	if err != nil {
		return digest.Article{}, false, fmt.Errorf("add %s: %w", name, err)
	}
	a, err := d.read(name)
	return a, isNew, err
}

// ReadFile reads the text of an article, and of one that is too large one byte more
// than is allowed, so that [Desk.Add] refuses it.
func ReadFile(r io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, maxFile+1))
}

// put writes a file unless it is there. The bool says whether it was written.
func (d Desk) put(name string, text []byte) (bool, error) {
	path := d.path(name)
	if there, err := same(path, text); there || err != nil {
		return false, err
	}
	f, err := os.CreateTemp(d.Dir, ".add-*") // hidden, 0600
	if err != nil {
		return false, err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return false, err
	}
	if err := giveName(f.Name(), path); errors.Is(err, fs.ErrExist) {
		there, err := same(path, text)
		if !there && err == nil {
			err = ErrTaken // a link that leads nowhere has the name
		}
		return false, err
	} else if err != nil {
		return false, err
	}
	return true, syncDir(d.Dir)
}

// same says whether the file is there with this text. Another text is ErrTaken.
func same(path string, text []byte) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() || info.Size() != int64(len(text)) {
		return false, ErrTaken
	}
	there, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(there, text) {
		err = ErrTaken
	}
	return err == nil, err
}

// giveName gives a finished file its name. It makes a link, since a rename would
// replace a file that somebody else wrote there meanwhile. Some shared folders have
// no links: there it renames.
func giveName(temporary, path string) error {
	err := os.Link(temporary, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(temporary, path)
}

// syncDir makes sure that a new name in a folder is on the disk.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
