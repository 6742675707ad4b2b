package feed_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest/intake/feed"
	"vesper/digest/whole"
)

var (
	feeds  = flag.String("feeds", "../../../../shared/data/feeds", "read the feeds in `DIR`")
	update = flag.Bool("update", false, "rewrite the golden file")
)

// results are a table of what was read of other people's feeds, and of each miss.
type results struct {
	rows   []string
	misses []string
}

// row adds a line: of so many feeds so many were read, and of so many items, dates or
// fields so many are as others read them.
func (r *results) row(what string, read, files, right, all int) {
	share := 100.0
	if all > 0 {
		share = 100 * float64(right) / float64(all)
	}
	r.rows = append(r.rows, fmt.Sprintf("%-42s %5d of %5d   %5d of %5d   %6.2f %%", what, read, files, right, all, share))
}

// miss adds what was read otherwise, with the reason if it is known.
func (r *results) miss(file, format string, args ...any) {
	why := "unexplained"
	for begins, reason := range explained {
		if strings.HasPrefix(file, begins) {
			why = reason
		}
	}
	r.misses = append(r.misses, fmt.Sprintf("%s: %s (%s)", file, fmt.Sprintf(format, args...), why))
}

// explained says why feeds whose names begin so are read otherwise than others read them.
var explained = map[string]string{
	"date -03": aCentury, "date 03": aCentury,
	"atom/must/feed_missing": notThere, "rss/must/missing_rss": notThere,
	"ext/app/": "it describes a service of the Atom Publishing Protocol, or is one entry",
	"rss11/":   "RSS 1.1 of 2005, which nobody publishes in",

	"wellformed/atom10/entry_id_no_normalization_4.xml": "gofeed writes the scheme and host of an ID small",
	"wellformed/rdf/rdf_item_rdf_about.xml":             "its link names it as well",
	"wellformed/base/http_":                             "the address that it came from isn't known here",
	"wellformed/sanitize/entry_title_crazy.xml":         "a script without an end in a title: its text is left out",
}

const (
	aCentury = "a year of a century that is not said: no publisher writes that today"
	notThere = "it has no feed's element"
)

// TestRealFeeds reads feeds of publishers and of other programs' tests, and compares each
// title, link and date with what those programs read. The results are in testdata.
func TestRealFeeds(t *testing.T) {
	whole.NotRaced(t)
	if _, err := os.Stat(*feeds); err != nil {
		t.Skipf("there are no feeds to read: %v", err)
	}
	r := &results{}
	r.real(t)
	r.dates(t)
	r.feedparser(t)
	r.gofeed(t)
	r.validator(t)
	r.wordpress(t)
	got := "what                                        feeds read       as others read it\n" +
		strings.Join(r.rows, "\n") + "\n\n" + strings.Join(r.misses, "\n") + "\n"
	golden := filepath.Join("testdata", "results.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if flag.Lookup("feeds").Value.String() != flag.Lookup("feeds").DefValue {
		t.Log(got)
		return
	}
	if got != string(want) {
		t.Errorf("the results are others than in %s; -update writes them:\n%s", golden, got)
	}
}

// readAny reads a feed that may lie there compressed.
func readAny(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(name, ".gz") {
		return text
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if text, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return text
}

// files gives the files below a folder with one of these endings, each by its path from
// there.
func files(t *testing.T, dir string, ends ...string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		for _, end := range ends {
			if err == nil && entry.Type().IsRegular() && strings.HasSuffix(path, end) {
				names = append(names, path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// best is when an item was published, else updated, as other programs give one date.
func best(it feed.Item) time.Time {
	if it.Published.IsZero() {
		return it.Updated.Truncate(time.Second)
	}
	return it.Published.Truncate(time.Second)
}

// sameLink says whether a link is the one that others read: theirs may be relative.
func sameLink(got, want string) bool {
	if got == want {
		return true
	}
	u, err := url.Parse(want)
	return err == nil && !u.IsAbs() && strings.HasSuffix(got, u.String())
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
