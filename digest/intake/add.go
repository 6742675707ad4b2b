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

// ErrTaken says that the desk has another article under this name.
var ErrTaken = errors.New("another article of this name is on the desk; nothing was changed")

// Check says whether Add would put this text on the desk as the file name, and
// gives the article. The bool says that it would be new. Nothing is written.
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

// Add puts an article on the desk as the file name, once its format has been
// checked, and gives it. The bool says that it is new: the same bytes under the
// same name are there already, and stay. Other bytes are never overwritten but
// give ErrTaken. If the text or the name is not in order the error is a [Flaws]
// that calls the file name.
//
// Nobody sees the file before it is whole and on the disk.
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

// ReadFile reads what is to be an article: a byte more than the largest that is
// taken, so that a larger one is known by its size.
func ReadFile(r io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, maxFile+1))
}

// put writes a file unless it is there; the bool says that it wasn't.
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
	if err := place(f.Name(), path); errors.Is(err, fs.ErrExist) {
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

// same says whether the file has this text; another text is ErrTaken.
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

// place gives a finished file its name. A link, unlike a rename, never replaces
// what somebody else put there meanwhile; but some shared folders have no links.
func place(temporary, path string) error {
	err := os.Link(temporary, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(temporary, path)
}

// syncDir makes the new name in a folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
