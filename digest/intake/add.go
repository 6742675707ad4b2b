package intake

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"vesper/digest"
)

// ErrTaken says that there is another article of this name on the desk.
var ErrTaken = errors.New("another article of this name is on the desk; nothing was changed")

// Check does what [Desk.Add] does, without writing anything: it gives the article,
// and says whether it would be new.
func (d Desk) Check(name string, text []byte) (digest.Article, bool, error) {
	if err := CheckName(name); err != nil {
		return digest.Article{}, false, Flaws{{File: name, Problem: err.Error(), Hint: nameHint}}
	}
	a, err := d.parse(name, bytes.NewReader(text))
	if err != nil {
		return digest.Article{}, false, err
	}
	a.ID = strings.TrimSuffix(name, extension)
	root, err := d.open()
	if errors.Is(err, fs.ErrNotExist) {
		return a, true, nil // it is said when it is written
	} else if err != nil {
		return digest.Article{}, false, err
	}
	defer root.Close()
	there, err := same(root, name, text)
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
	root, err := d.open()
	if err != nil {
		return digest.Article{}, false, err
	}
	defer root.Close()
	isNew, err := d.put(root, name, text)
	if err != nil {
		return digest.Article{}, false, fmt.Errorf("add %s: %w", name, err)
	}
	a, err := d.read(root, name)
	return a, isNew, err
}

// ReadFile reads the text of an article, and of one that is too large one byte more
// than is allowed, so that [Desk.Add] refuses it.
func ReadFile(r io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(r, maxFile+1))
}

// temporary is how the names of files begin that are being written.
const temporary = ".add-"

// put writes a file unless it is there. The bool says whether it was written.
func (d Desk) put(root *os.Root, name string, text []byte) (bool, error) {
	if there, err := same(root, name, text); there || err != nil {
		return false, err
	}
	half := temporary + rand.Text()
	defer root.Remove(half)
	if err := writeWhole(root, half, text); err != nil {
		return false, err
	}
	if err := giveName(root, half, name); errors.Is(err, fs.ErrExist) {
		there, err := same(root, name, text)
		if !there && err == nil {
			err = ErrTaken // a link that leads nowhere has the name
		}
		return false, err
	} else if err != nil {
		return false, err
	}
	return true, syncDir(d.Dir)
}

// writeWhole writes a new file, and comes back when it is on the disk.
func writeWhole(root *os.Root, name string, text []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(text); err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = shared(root, f)
	}
	return errors.Join(err, f.Close())
}

// shared lets those at a file of the desk who are at the desk: whom it belongs to, where
// root has written the file, and its group, where that may write to the desk.
func shared(root *os.Root, f *os.File) error {
	if info, err := root.Stat("."); err == nil && os.Geteuid() == 0 {
		if is, ok := info.Sys().(*syscall.Stat_t); ok {
			if err := f.Chown(int(is.Uid), int(is.Gid)); err != nil {
				return err
			}
		}
	}
	if groupWrites(root) {
		return f.Chmod(0o660)
	}
	return nil
}

// groupWrites says whether the desk belongs to a group of editors, who may write to it.
func groupWrites(root *os.Root) bool {
	info, err := root.Stat(".")
	return err == nil && info.Mode().Perm()&0o020 != 0
}

// same says whether the file is there with this text. Another text is ErrTaken, and
// so is a link that leads out of the desk.
func same(root *os.Root, name string, text []byte) (bool, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		if _, linkErr := root.Readlink(name); linkErr == nil {
			err = ErrTaken
		}
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() || info.Size() != int64(len(text)) {
		return false, ErrTaken
	}
	there, err := io.ReadAll(f)
	if err == nil && !bytes.Equal(there, text) {
		err = ErrTaken
	}
	return err == nil, err
}

// giveName gives a finished file its name. It makes a link, since a rename would
// replace a file that somebody else wrote there meanwhile. Some shared folders have
// no links: there it renames.
func giveName(root *os.Root, half, name string) error {
	err := root.Link(half, name)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := root.Lstat(name); err == nil {
		return fs.ErrExist
	}
	return root.Rename(half, name)
}

// syncDir makes sure that a new name in a folder is on the disk.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
