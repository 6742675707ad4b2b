package intake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestALinkThatLeadsOutOfTheDeskIsAFlaw(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone}
	elsewhere := put(t, t.TempDir(), "secret", small)
	inside := put(t, d.Dir, "inside.txt", small)
	up, err := filepath.Rel(d.Dir, elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	links := map[string]string{
		"absolute": elsewhere, "relative": up, "by-proc": "/proc/self/environ", "to-itself": inside,
		"by-link": "absolute.txt",
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(d.Dir, name+".txt")); err != nil {
			t.Fatal(err)
		}
	}
	ids, flaws := look(t, d)
	if diff := cmp.Diff([]string{"inside"}, ids); diff != "" || len(flaws) != len(links) {
		t.Errorf("%s, and the flaws %q", diff, flaws)
	}
	for _, f := range flaws {
		if !strings.HasSuffix(f, ".txt: is a link that leads out of the desk") {
			t.Errorf("got %q", f)
		}
	}
	if _, err := d.Article(t.Context(), "relative"); !errors.As(err, new(Flaws)) {
		t.Errorf("got %v, want flaws", err)
	}
	// Nor is anything written through one.
	if err := os.Remove(elsewhere); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"absolute.txt", "relative.txt"} {
		if _, _, err := d.Add(t.Context(), name, []byte(small)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if _, err := os.Lstat(elsewhere); err == nil {
		t.Error("it was written out of the desk")
	}
}

func TestAPipeThatTakesAnArticlesNameHoldsNothingUp(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone}
	if err := syscall.Mkfifo(filepath.Join(d.Dir, "pipe.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Whatever a look said before, the file that is opened is looked at.
	root, err := d.open()
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if _, err := d.read(root, "pipe.txt"); !errors.Is(err, errNoFile) {
		t.Errorf("got %v", err)
	}
	if _, _, err := d.Add(t.Context(), "pipe.txt", []byte(small)); !errors.Is(err, ErrTaken) {
		t.Errorf("adding it: got %v", err)
	}
}

func TestWhatIsNoArticleIsToldWithTheReason(t *testing.T) {
	d := Desk{Dir: t.TempDir()}
	for _, name := range []string{
		"STORY.TXT", "other.Txt", "story.docx", "story", "story.txt~", "#story.txt#", ".story.txt", ".story.txt.swp",
		"story.txt.part", "good.txt", ".DS_Store", ".add-ABC", ".keep",
	} {
		put(t, d.Dir, name, small)
	}
	if err := errors.Join(
		os.Mkdir(filepath.Join(d.Dir, "folder.txt"), 0o700), os.Mkdir(filepath.Join(d.Dir, "2026"), 0o700),
		os.Mkdir(filepath.Join(d.Dir, ".git"), 0o700), syscall.Mkfifo(filepath.Join(d.Dir, "pipe.txt"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	aside, err := d.Aside(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const draft = "a draft: an editor's own copy of a file"
	want := [][2]string{
		{"#story.txt#", draft},
		{".story.txt", "a draft: its name begins with a dot"},
		{".story.txt.swp", "a draft: its name begins with a dot"},
		{"2026", aFolder},
		{"STORY.TXT", "its name ends in .TXT, and not in .txt: rename it to STORY.txt"},
		{"folder.txt", aFolder},
		{"other.Txt", "its name ends in .Txt, and not in .txt: rename it to other.txt"},
		{"pipe.txt", "it is a pipe, a socket or a device, not a file"},
		{"story", "its name does not end in .txt"},
		{"story.docx", "its name ends in .docx, and not in .txt"},
		{"story.txt.part", "its name ends in .part, and not in .txt"},
		{"story.txt~", draft},
	}
	var got [][2]string
	for _, a := range aside {
		got = append(got, [2]string{a.File, a.Reason})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOfALargeDeskTheNewestIsReadAndTheRestIsNamed(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone}
	long := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 80 {
		// Without a byte on the disk.
		path := put(t, d.Dir, fmt.Sprintf("large%02d.txt", i), "")
		if err := errors.Join(os.Truncate(path, 1<<20), os.Chtimes(path, long, long.AddDate(0, 0, i))); err != nil {
			t.Fatal(err)
		}
	}
	put(t, d.Dir, "newest.txt", small)
	if err := os.Chtimes(put(t, d.Dir, "oldest.txt", small), long, long.AddDate(-1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	ids, flaws := look(t, d)
	if diff := cmp.Diff([]string{"newest"}, ids); diff != "" {
		t.Error(diff)
	}
	// Those that were read are no text: each is a flaw of its own.
	const unread, most = 18, 10
	if len(flaws) != 82-1-unread+1 || !strings.HasPrefix(flaws[0], d.Dir+
		": the desk has more than 64 MiB; the oldest files are not read: large00.txt, ") ||
		!strings.HasSuffix(flaws[0], fmt.Sprintf(" and %d more", unread-most)) {
		t.Errorf("%d flaws, the first is %q", len(flaws), flaws[0])
	}
	aside, err := d.Aside(t.Context())
	if err != nil || len(aside) != unread || aside[unread-1].File != "oldest.txt" {
		t.Errorf("got %v, %v", aside, err)
	}
}

func TestTextsHaveALength(t *testing.T) {
	article := func(headline, byline, summary, look int) string {
		return strings.Repeat("ä", headline) + ` \ S \ D \ ` + strings.Repeat("b", byline) + ` \ L \ ` +
			strings.Repeat("s", summary) + "\nQuick Looks\n- " + strings.Repeat("q", look) + "\nDeep Look\nText.\n"
	}
	if _, err := ParseHouse("a.txt", strings.NewReader(article(300, 300, 2000, 600)), nil); err != nil {
		t.Error(err)
	}
	_, err := ParseHouse("a.txt", strings.NewReader(article(301, 301, 2001, 601)), nil)
	want := "a.txt:1: the headline has 301 characters; at most 300 are allowed\n" +
		"a.txt:1: the byline has 301 characters; at most 300 are allowed\n" +
		"a.txt:1: the summary has 2001 characters; at most 2000 are allowed\n" +
		"a.txt:3: the Quick Look has 601 characters; at most 600 are allowed"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestBulletsOfWordProcessorsAreTaken(t *testing.T) {
	const pasted = "• One.\n•\tTwo.\n•Three.\n\u25aa\u00a0Four.\n\uf0b7 Five.\n- Six.\n"
	text := strings.Replace(small, "Quick Looks\n", "Quick Looks\n"+pasted, 1)
	a, err := ParseHouse("a.txt", strings.NewReader(text), nil)
	want := append([]string{"One.", "Two.", "Three.", "Four.", "Five.", "Six."}, smallArticle().QuickLooks...)
	if diff := cmp.Diff(want, a.QuickLooks); diff != "" || err != nil {
		t.Error(diff, err)
	}
	text = strings.Replace(small, "Quick Looks\n", "Quick Looks\n•\n", 1)
	if _, err := ParseHouse("a.txt", strings.NewReader(text), nil); err == nil ||
		!strings.HasSuffix(err.Error(), "a bullet without text") {
		t.Errorf("got %v", err)
	}
}
