package feed_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/intake/feed"
)

// expected is what two other programs read in a feed, or one where the other can't.
type expected struct {
	File, Tier string
	Items      []struct {
		Title, Link *string
		UTC         *time.Time
	}
}

// real reads the feeds of publishers.
func (r *results) real(t *testing.T) {
	type sums struct{ read, files, right, all int }
	both, alone := &sums{}, &sums{}
	lines(t, filepath.Join(*feeds, "real", "expected.jsonl"), func(line []byte) {
		var want expected
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		s := both
		switch tier := want.Tier; {
		case strings.HasPrefix(tier, "feedparser-only"):
			s = alone
		case tier != "both":
			return
		}
		s.files++
		s.all += len(want.Items)
		got, err := feed.Parse(readAny(t, filepath.Join(*feeds, "real", want.File)), nil, "")
		switch {
		case err != nil:
			r.miss(want.File, "not read: %v", err)
			return
		case len(got.Items)+got.Left != len(want.Items):
			r.miss(want.File, "%d items, others read %d", len(got.Items), len(want.Items))
			return
		}
		s.read++
		for i := range want.Items {
			if r.item(want, i, got.Items[i]) {
				s.right++
			}
		}
	})
	r.row("real feeds that two other programs read", both.read, both.files, both.right, both.all)
	r.row("real feeds that gofeed alone can't read", alone.read, alone.files, alone.right, alone.all)
	if both.right*100 < both.all*98 {
		t.Errorf("%d of %d items are as others read them, want 98 in 100", both.right, both.all)
	}
}

// item compares an item with what others read, and says whether it is the same.
func (r *results) item(want expected, i int, got feed.Item) bool {
	w := want.Items[i]
	switch {
	case w.Title != nil && got.Title != strings.Join(strings.Fields(*w.Title), " "):
		r.miss(want.File, "the title of item %d", i+1)
	case w.Link != nil && !sameLink(got.URL, *w.Link):
		r.miss(want.File, "the link of item %d", i+1)
	case w.UTC != nil && !best(got).Equal(*w.UTC):
		r.miss(want.File, "the date of item %d", i+1)
	default:
		return true
	}
	return false
}

// lines gives each line of a file.
func lines(t *testing.T, name string, each func(line []byte)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		each(in.Bytes())
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
}

// dates reads odd dates.
func (r *results) dates(t *testing.T) {
	right, all := 0, 0
	lines(t, filepath.Join(*feeds, "dates.jsonl"), func(line []byte) {
		var c struct {
			Input, Source string
			UTC           *time.Time
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		all++
		got := feed.Date(c.Input).Truncate(time.Second)
		switch {
		case strings.HasSuffix(c.Source, "must-parse") && !got.IsZero(), c.UTC == nil && got.IsZero(),
			c.UTC != nil && got.Equal(*c.UTC):
			right++
		default:
			r.miss("date "+c.Input, "read as %v", got)
		}
	})
	r.row("odd dates", 1, 1, right, all)
}

// wordpress reads answers of WordPress's REST API.
func (r *results) wordpress(t *testing.T) {
	dir := filepath.Join(*feeds, "..", "wordpress", "mg-wp-api")
	if _, err := os.Stat(dir); err != nil {
		return
	}
	read, all, right, posts := 0, 0, 0, 0
	for _, name := range files(t, dir, ".json") {
		text := readAny(t, name)
		if strings.HasPrefix(filepath.Base(name), "single-user") || strings.HasPrefix(filepath.Base(name), "multiple-users") {
			continue // people and no posts
		}
		if !strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
			text = []byte("[" + string(text) + "]")
		}
		all++
		got, err := feed.Parse(text, nil, "")
		if err != nil {
			r.miss(filepath.Base(name), "not read: %v", err)
			continue
		}
		read++
		for i, it := range got.Items {
			if posts++; it.Title != "" && !it.Published.IsZero() {
				right++
			} else {
				r.miss(filepath.Base(name), "title or date of post %d", i+1)
			}
		}
	}
	r.row("WordPress's REST answers", read, all, right, posts)
}
