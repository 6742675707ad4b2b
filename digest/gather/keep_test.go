package gather_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// TestOldArticlesLeaveTheDeskAndPeoplesFilesStay has a fetched story of each kind on the
// desk, and a file that somebody wrote.
func TestOldArticlesLeaveTheDeskAndPeoplesFilesStay(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 20, ""), n.item(2, 20, ""), n.item(3, 1, ""), n.item(4, 20, ""))
	n.fetch(t)
	lies := map[string]string{}
	for _, name := range n.lies(t) {
		lies[name[:7]] = filepath.Join(n.dir, name)
	}
	written := filepath.Join(n.dir, "written.txt")
	for _, name := range []string{lies["story-2"], written} {
		text := []byte("Published: 2020-01-01\nA better headline \\ \\ \\ \\ \\ \nDeep Look\nMended.\n")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wanted := n.book.stories[[2]string{wire, "4"}]
	wanted.Reason = digest.StoryWanted
	n.book.Decide(t.Context(), wanted)
	old := time.Time{}
	n.Old = func(context.Context) (time.Time, error) { return old, nil }
	for _, c := range []struct {
		old  time.Time
		away int
	}{
		{time.Time{}, 0},               // nothing was printed yet
		{seen.Add(-21 * time.Hour), 0}, // all is younger
		{seen.Add(-2 * time.Hour), 0},  // they are old, but were seen just now
	} {
		old = c.old
		if away, err := n.PutAway(t.Context()); away != c.away || err != nil {
			t.Errorf("%v: put away %d, %v", c.old, away, err)
		}
	}
	// A day later.
	old = seen.Add(30 * time.Minute)
	st := n.book.stories[[2]string{wire, "3"}]
	st.Published = seen.Add(time.Hour) // the youngest
	n.book.stories[[2]string{wire, "3"}] = st
	for _, away := range []int{1, 0} {
		if got, err := n.PutAway(t.Context()); got != away || err != nil {
			t.Errorf("put away %d, %v, want %d", got, err, away)
		}
	}
	for name, stays := range map[string]bool{
		lies["story-1"]: false, lies["story-2"]: true, lies["story-3"]: true, lies["story-4"]: true, written: true,
	} {
		if _, err := os.Stat(name); (err == nil) != stays {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Its feed has it still, changes it, and another feed has it too: it stays away, and no
	// editor is said to have spiked it.
	for range 2 {
		n.has(n.item(1, 20, "Changed."))
		n.fetch(t)
	}
	n.site["https://post.example/other/"] = `<rss version="2.0"><channel>` + n.item(1, 20, "") + "</channel></rss>"
	n.Feeds[0].URL = "https://post.example/other/"
	n.fetch(t)
	for key, st := range n.book.stories {
		if st.Article == strings.TrimSuffix(filepath.Base(lies["story-1"]), ".txt") && st.State != digest.StoryPutAway {
			t.Errorf("%v is %s: %s", key, st.State, st.Reason)
		}
	}
	if _, err := os.Stat(lies["story-1"]); err == nil {
		t.Error("it came back")
	}
}

// TestAFileThatACrashLeftIsPutAway: it was recorded, and then the machine lost its power.
func TestAFileThatACrashLeftIsPutAway(t *testing.T) {
	n := newNewsroom(t)
	n.has(n.item(1, 20, ""))
	n.fetch(t)
	n.Old = func(context.Context) (time.Time, error) { return seen.Add(time.Hour), nil }
	st := n.book.stories[[2]string{wire, "1"}]
	st.State = digest.StoryPutAway
	n.book.Decide(t.Context(), st)
	if away, err := n.PutAway(t.Context()); away != 1 || err != nil {
		t.Errorf("put away %d, %v", away, err)
	}
}

// TestAStoryToComeIsNotPutAway: its embargo ends after what is old.
func TestAStoryToComeIsNotPutAway(t *testing.T) {
	n := newNewsroom(t)
	ends := seen.Add(72 * time.Hour)
	text := "<p>Embargo: " + ends.Format(time.RFC3339) + "</p>" + house
	escaped := strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(text)
	n.has(strings.Replace(n.item(1, 1, ""), "<description>", "<description>"+escaped, 1))
	n.fetch(t)
	path := n.one(t)
	old := seen.Add(48 * time.Hour)
	n.Old = func(context.Context) (time.Time, error) { return old, nil }
	if away, err := n.PutAway(t.Context()); away != 0 || err != nil || n.one(t) != path {
		t.Errorf("put away %d, %v", away, err)
	}
	old = ends.Add(time.Hour)
	if away, err := n.PutAway(t.Context()); away != 1 || err != nil {
		t.Errorf("after its end: put away %d, %v", away, err)
	}
}
