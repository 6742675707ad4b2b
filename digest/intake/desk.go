package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unicode"

	"vesper/digest"
)

// extension is what the names of articles end with.
const extension = ".txt"

// Desk is the folder where the articles lie, each in a file of its own in the house
// format. The file's name without .txt is the article's ID.
//
// People name these files. So a name may have letters and figures of any script,
// spaces and the punctuation of headlines (- _ . , ' ’ & + ! ( ) and dashes). It
// may not have invisible characters, or such as have a meaning in the path of a URL
// or in another file system. Two names are the same if their bytes are.
type Desk struct {
	Dir string
	// Zone is the time zone of Published lines that name none; nil means UTC.
	Zone *time.Location
	// Publication and Editions are those of the [Format] that files are read in, loosely.
	Publication string
	Editions    []string
	// Root, if set, opens Dir, or refuses to: a share that is not mounted is no empty desk.
	Root func() (*os.Root, error)
}

// Articles gives every article on the desk, sorted by file name. A file that is not
// in the format, or can't be read, does not stop the others: what is wrong with it
// is among the flaws, with its path. One file may have several. What is not taken for
// an article is told by [Desk.Aside]. Links are followed within the desk; one that
// leads out of it is a flaw. Of a desk of more than 64 MiB the newest files are read.
// It is an error if the desk itself can't be read.
func (d Desk) Articles(ctx context.Context) ([]digest.Article, []*digest.Flaw, error) {
	root, err := d.open()
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	lies, err := d.look(root)
	if err != nil {
		return nil, nil, err
	}
	var articles []digest.Article
	for i, r := range d.readAll(ctx, root, lies.files) {
		var wrong Flaws
		switch {
		case ctx.Err() != nil:
			return nil, nil, ctx.Err()
		case errors.As(r.err, &wrong):
			lies.flaws = append(lies.flaws, wrong...)
		case errors.Is(r.err, errNoFile) || errors.Is(r.err, fs.ErrNotExist):
			// It was taken away, or exchanged, meanwhile.
		case r.err != nil:
			lies.flaws = append(lies.flaws, unreadable(d.path(lies.files[i].name), r.err))
		default:
			articles = append(articles, r.article)
		}
	}
	slices.SortStableFunc(lies.flaws, func(a, b *digest.Flaw) int { return cmp.Compare(a.File, b.File) })
	return articles, lies.flaws, nil
}

// reading is what the reading of a file came to.
type reading struct {
	article digest.Article
	err     error
}

// readAll reads files on all processors, and gives what they came to in their order.
func (d Desk) readAll(ctx context.Context, root *os.Root, files []file) []reading {
	all := make([]reading, len(files))
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		readers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				all[i].article, all[i].err = d.read(root, files[i].name)
			}
		})
	}
	readers.Wait()
	return all
}

// Article gives the article with an ID, or [digest.ErrNotFound]. If its file is not
// in the format the error is a [Flaws].
func (d Desk) Article(ctx context.Context, id string) (digest.Article, error) {
	if err := ctx.Err(); err != nil {
		return digest.Article{}, err
	}
	name := id + extension
	if CheckName(name) != nil {
		return digest.Article{}, fmt.Errorf("article %q: %w", id, digest.ErrNotFound)
	}
	root, err := d.open()
	if err != nil {
		return digest.Article{}, err
	}
	defer root.Close()
	a, err := d.read(root, name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoFile) {
		return digest.Article{}, fmt.Errorf("article %q: %w", id, digest.ErrNotFound)
	}
	return a, err
}

// open opens the desk. Nothing that lies on it leads out of it: neither names nor
// links.
func (d Desk) open() (*os.Root, error) {
	var root *os.Root
	var err error
	if d.Root != nil {
		root, err = d.Root()
	} else {
		root, err = os.OpenRoot(d.Dir)
	}
	switch {
	case errors.Is(err, digest.ErrUnseen):
		return nil, err
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w %s: %w", digest.ErrNoDesk, d.Dir, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("read the desk: %w", err)
	}
	return root, nil
}

// errNoFile says that this is a folder, a pipe or the like.
var errNoFile = errors.New("not a file")

// read reads one article. The error is a [Flaws] if its text, its name or its link is
// not as it must be.
func (d Desk) read(root *os.Root, name string) (digest.Article, error) {
	path := d.path(name)
	if err := CheckName(name); err != nil {
		return digest.Article{}, Flaws{{File: shown(path), Problem: err.Error(), Hint: nameHint}}
	}
	// To open a pipe would wait for a writer.
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return digest.Article{}, d.whyNot(root, name, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return digest.Article{}, err
	} else if !info.Mode().IsRegular() {
		return digest.Article{}, errNoFile
	}
	a, err := d.parse(path, f)
	if err != nil {
		return digest.Article{}, err
	}
	a.ID = strings.TrimSuffix(name, extension)
	if a.Published.IsZero() {
		a.Published, a.FileTime = info.ModTime(), true
	}
	return a, nil
}

// parse reads an article loosely, and puts what was taken so into it.
func (d Desk) parse(path string, r io.Reader) (digest.Article, error) {
	format := Format{Zone: d.Zone, Publication: d.Publication, Editions: d.Editions}
	a, loose, err := format.Parse(path, r)
	for _, l := range loose {
		a.Loose = append(a.Loose, fmt.Sprintf("line %d: %s", l.Line, l.Problem))
	}
	return a, err
}

// whyNot gives a better error for a link that can't be followed.
func (d Desk) whyNot(root *os.Root, name string, err error) error {
	info, linkErr := root.Lstat(name)
	if linkErr != nil || info.Mode()&fs.ModeSymlink == 0 {
		return err
	}
	path := d.path(name)
	if _, outside := os.Stat(path); outside != nil {
		return Flaws{unreadable(path, outside)}
	}
	return Flaws{{
		File: shown(path), Problem: "is a link that leads out of the desk",
		Hint: "put the file itself on the desk; a link within it must not begin with /",
	}}
}

func (d Desk) path(name string) string { return filepath.Join(d.Dir, name) }

// unreadable makes a flaw of an error from the file system.
func unreadable(path string, err error) *digest.Flaw {
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	return &digest.Flaw{File: shown(path), Problem: fmt.Sprintf("can't be read: %v", err)}
}

// shown gives a path that can be printed on one line, whatever is in its name.
func shown(path string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, path)
}

const nameHint = "a name has letters, digits, spaces, hyphens and dots, such as a-quiet-evening.txt"

// CheckName says what is wrong with the name of an article's file, whatever is in it.
func CheckName(name string) error {
	stem, ok := strings.CutSuffix(name, extension)
	switch {
	case !ok:
		return fmt.Errorf("the name %.60q does not end in %s", name, extension)
	case stem == "":
		return fmt.Errorf("the name %q has nothing before %s", name, extension)
	case stem[0] == '.':
		return fmt.Errorf("the name %.60q is hidden", name)
	case stem[0] == '-':
		// On a command line it would be a flag.
		return fmt.Errorf("the name %.60q begins with a hyphen", name)
	case IsTomorrow(name):
		return fmt.Errorf("the name %.60q is that of what tomorrow brings", name)
	case strings.TrimSpace(stem) != stem:
		return fmt.Errorf("the name %.60q begins or ends with a space", name)
	}
	for _, r := range stem {
		// Bytes that are not UTF-8 come as unicode.ReplacementChar, a symbol.
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune(" -_.,'’&+!()–—", r) {
			return fmt.Errorf("the name %.60q has the character %q in it", name, r)
		}
	}
	return nil
}
