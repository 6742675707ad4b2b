package feed_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vesper/digest/intake/feed"
)

// archive gives the files of one of the conformance suites, by name.
func archive(t *testing.T, name string) map[string][]byte {
	t.Helper()
	f, err := os.Open(filepath.Join(*feeds, "conformance", name+".tar.gz"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for in := tar.NewReader(z); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if all[h.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
}

// asserted finds what a file of feedparser's suite says that an entry's field is.
var asserted = regexp.MustCompile(`Expect:\s+not bozo and entries\[0\]\['(title|link|id)'\] == u?'([^'\\<&]*)'\s`)

// feedparser reads the suite of feedparser, as far as it speaks of what we take.
func (r *results) feedparser(t *testing.T) {
	read, all, right, fields := 0, 0, 0, 0
	suite := archive(t, "feedparser")
	for _, name := range sorted(suite) {
		m := asserted.FindSubmatch(suite[name])
		// CDF was a format of 1997; the address that a feed came from isn't known here.
		if m == nil || strings.Contains(name, "/cdf/") || strings.Contains(string(suite[name]), "Header:") {
			continue
		}
		all++
		fields++
		got, err := feed.Parse(suite[name], nil, "")
		if err != nil || len(got.Items) == 0 {
			r.miss(name, "not read: %v", err)
			continue
		}
		read++
		it, want := got.Items[0], strings.Join(strings.Fields(string(m[2])), " ")
		value := map[string]string{"title": it.Title, "link": it.URL, "id": it.GUID}[string(m[1])]
		if value == want || string(m[1]) == "link" && sameLink(value, want) {
			right++
			continue
		}
		r.miss(name, "the %s is %q, feedparser reads %q", m[1], value, want)
	}
	r.row("feedparser's suite: titles, links, IDs", read, all, right, fields)
}

// gofeed reads the suite of gofeed, which says what each item is.
func (r *results) gofeed(t *testing.T) {
	read, all, right, fields := 0, 0, 0, 0
	suite := archive(t, "gofeed")
	for _, name := range sorted(suite) {
		var want struct {
			Items, Entries []struct {
				Title, Link   string
				PubDateParsed *time.Time
			}
		}
		twin, ok := suite[strings.TrimSuffix(name, ".xml")+".json"]
		if !strings.HasSuffix(name, ".xml") || !ok || json.Unmarshal(twin, &want) != nil {
			continue
		}
		all++
		got, err := feed.Parse(suite[name], nil, "")
		if err != nil {
			r.miss(name, "not read: %v", err)
			continue
		}
		read++
		if want.Entries != nil {
			want.Items = want.Entries
		}
		for i, w := range want.Items {
			fields++
			switch {
			case i >= len(got.Items):
				r.miss(name, "there is no item %d", i+1)
			case w.Title != "" && got.Items[i].Title != feed.Line(w.Title):
				r.miss(name, "the title of item %d", i+1)
			case w.Link != "" && !sameLink(got.Items[i].URL, w.Link):
				r.miss(name, "the link of item %d", i+1)
			case w.PubDateParsed != nil && !best(got.Items[i]).Equal(w.PubDateParsed.Truncate(time.Second)):
				r.miss(name, "the date of item %d", i+1)
			default:
				right++
			}
		}
	}
	r.row("gofeed's suite: titles, links, dates", read, all, right, fields)
}

// validator reads the suite of the W3C's validator. Most of its feeds have a fault, and
// are read all the same.
func (r *results) validator(t *testing.T) {
	read, all := 0, 0
	suite := archive(t, "w3c-feedvalidator")
	for _, name := range sorted(suite) {
		if !strings.HasSuffix(name, ".xml") {
			continue
		}
		all++
		if _, err := feed.Parse(suite[name], nil, ""); err != nil {
			r.miss(name, "not read: %v", err)
			continue
		}
		read++
	}
	r.row("the W3C validator's suite: faulty feeds", read, all, read, all)
}
