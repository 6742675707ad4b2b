package intake

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vesper/digest"
)

// maxDesk is how much of a desk is read, in bytes: thousands of long articles. It is
// read each evening, and whoever fills it must not fill our memory.
const maxDesk = 64 << 20

// lies is what lies on a desk.
type lies struct {
	// files are to be read; they stand in the order of their names.
	files []file
	aside []digest.Aside
	flaws []*digest.Flaw
}

// file may be an article.
type file struct {
	name    string
	size    int64
	changed time.Time
}

// Aside gives what lies on the desk and is not taken for an article, with the reason:
// files with another ending, folders, drafts, and what is not read because the desk
// is too large. Hidden files that have nothing to do with articles are not told.
func (d Desk) Aside(ctx context.Context) ([]digest.Aside, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := d.open()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	l, err := d.look(root)
	return l.aside, err
}

// look tells apart what lies on the desk, without reading a file.
func (d Desk) look(root *os.Root) (lies, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return lies{}, fmt.Errorf("read the desk: %w", err)
	}
	var l lies
	for _, entry := range entries {
		name := entry.Name()
		if IsTomorrow(name) {
			if name != TomorrowFile {
				l.flaws = append(l.flaws, &digest.Flaw{
					File: d.path(name), Problem: "is not read: its name must be " + TomorrowFile + ", in small letters",
					Hint: "rename it",
				})
			}
			continue
		}
		if !strings.HasPrefix(name, ".") && filepath.Ext(name) == extension && !entry.IsDir() {
			l.add(d, root, name)
		} else if reason := noArticle(entry); reason != "" {
			l.aside = append(l.aside, digest.Aside{File: name, Reason: reason})
		}
	}
	l.limit(d)
	slices.SortFunc(l.aside, func(a, b digest.Aside) int { return cmp.Compare(a.File, b.File) })
	return l, nil
}

// add takes a file of an article's name, if it is one.
func (l *lies) add(d Desk, root *os.Root, name string) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		// Whoever reads it says what is wrong.
		l.files = append(l.files, file{name: name})
	case info.IsDir():
		l.aside = append(l.aside, digest.Aside{File: name, Reason: aFolder})
	case !info.Mode().IsRegular():
		l.aside = append(l.aside, digest.Aside{File: name, Reason: "it is a pipe, a socket or a device, not a file"})
	default:
		l.files = append(l.files, file{name, min(info.Size(), maxFile+1), info.ModTime()})
	}
}

// limit keeps the newest files, as many as are read.
func (l *lies) limit(d Desk) {
	newest := slices.SortedStableFunc(slices.Values(l.files), func(a, b file) int { return b.changed.Compare(a.changed) })
	left := int64(maxDesk)
	var unread []string
	for _, f := range newest {
		if left -= f.size; left < 0 {
			unread = append(unread, f.name)
		}
	}
	if len(unread) == 0 {
		return
	}
	slices.Sort(unread)
	l.files = slices.DeleteFunc(l.files, func(f file) bool {
		_, found := slices.BinarySearch(unread, f.name)
		return found
	})
	for _, name := range unread {
		l.aside = append(l.aside, digest.Aside{
			File: name, Reason: "not read: the desk has more than 64 MiB, and newer files come first",
		})
	}
	const most = 10
	names := strings.Join(unread[:min(len(unread), most)], ", ")
	if more := len(unread) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	l.flaws = append(l.flaws, &digest.Flaw{
		File:    shown(d.Dir),
		Problem: fmt.Sprintf("the desk has more than 64 MiB; the oldest files are not read: %s", shown(names)),
		Hint:    `remove old articles from the desk; "vesper articles list" names each file`,
	})
}

const aFolder = "it is a folder: articles must be on the desk itself"

// noArticle says why an entry is not taken for an article; "" where that is nothing to
// tell.
func noArticle(entry fs.DirEntry) string {
	name := entry.Name()
	ending := filepath.Ext(name)
	hidden := strings.HasPrefix(name, ".")
	switch {
	case hidden && (entry.IsDir() || strings.HasPrefix(name, temporary) ||
		!strings.Contains(strings.ToLower(name), extension)):
		return "" // of an editor, a file manager, or our own
	case hidden:
		return "a draft: its name begins with a dot"
	case entry.IsDir():
		return aFolder
	case strings.HasSuffix(name, "~") || strings.HasSuffix(name, "#"):
		return "a draft: an editor's own copy of a file"
	case strings.EqualFold(ending, extension):
		return fmt.Sprintf("its name ends in %s, and not in %s: rename it to %s%s", ending, extension,
			strings.TrimSuffix(name, ending), extension)
	case ending == "":
		return "its name does not end in " + extension
	}
	return fmt.Sprintf("its name ends in %s, and not in %s", ending, extension)
}
