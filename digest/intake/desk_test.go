package intake

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// untimed is the small article without its Published line.
var untimed = strings.ReplaceAll(small, "Published: 2026-11-22 18:05\n", "")

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func look(t *testing.T, d Desk) (ids, flaws []string) {
	t.Helper()
	articles, wrong, err := d.Articles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range articles {
		ids = append(ids, a.ID)
	}
	for _, f := range wrong {
		flaws = append(flaws, f.Error())
	}
	return ids, flaws
}

func TestAFlawedArticleStopsNoOther(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone}
	put(t, d.Dir, "c.txt", small)
	put(t, d.Dir, "a.txt", small)
	b := put(t, d.Dir, "b.txt", "One\nQuick Looks\nDeep Look\nText.\n")
	odd := put(t, d.Dir, "what?.txt", small)
	put(t, d.Dir, "two\nlines.txt", small)
	lost := filepath.Join(d.Dir, "lost.txt")
	if err := os.Symlink("nowhere", lost); err != nil {
		t.Fatal(err)
	}
	ids, flaws := look(t, d)
	if diff := cmp.Diff([]string{"a", "c"}, ids); diff != "" {
		t.Error(diff)
	}
	want := []string{
		b + ":1: 1 field instead of 6",
		b + `:2: no bullet under "Quick Looks"`,
		lost + ": can't be read: no such file or directory",
		filepath.Join(d.Dir, "two\ufffdlines.txt") + `: the name "two\nlines.txt" has the character '\n' in it`,
		odd + `: the name "what?.txt" has the character '?' in it`,
	}
	if diff := cmp.Diff(want, flaws); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyArticlesAreRead(t *testing.T) {
	d := Desk{Dir: t.TempDir()}
	put(t, d.Dir, "near.text", small)
	for name, text := range map[string]string{
		".hidden.txt": "half", ".add-1": "half", ".txt": "half", "notes.md": "half", "story.txt~": "half",
		"txt": "half", "STORY.TXT": "half",
	} {
		put(t, d.Dir, name, text)
	}
	if err := errors.Join(
		os.Mkdir(filepath.Join(d.Dir, "folder.txt"), 0o700),
		syscall.Mkfifo(filepath.Join(d.Dir, "pipe.txt"), 0o600),
		os.Symlink("near.text", filepath.Join(d.Dir, "linked.txt")),
	); err != nil {
		t.Fatal(err)
	}
	ids, flaws := look(t, d)
	if diff := cmp.Diff([]string{"linked"}, ids); diff != "" || len(flaws) > 0 {
		t.Error(diff, flaws)
	}
}

func TestAnArticlesTimeIsItsPublishedLineElseItsFiles(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone}
	saved := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	for name, text := range map[string]string{"dated.txt": small, "undated.txt": untimed} {
		if err := os.Chtimes(put(t, d.Dir, name, text), saved, saved); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]struct {
		at   time.Time
		file bool
	}{"dated": {smallArticle().Published, false}, "undated": {saved, true}} {
		a, err := d.Article(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !a.Published.Equal(want.at) || a.FileTime != want.file {
			t.Errorf("%s: got %s, file's own %t; want %s, %t", id, a.Published, a.FileTime, want.at, want.file)
		}
	}
}

func TestAMissingDeskIsAnError(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	_, _, err := Desk{Dir: dir}.Articles(t.Context())
	if !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, digest.ErrNoDesk) ||
		!strings.HasPrefix(err.Error(), "there is no desk folder "+dir) {
		t.Errorf("got %v", err)
	}
	if _, _, err := (Desk{Dir: put(t, t.TempDir(), "file", "")}).Articles(t.Context()); err == nil {
		t.Error("a file passed for a desk")
	}
}

func TestAnEndedContextStopsTheReading(t *testing.T) {
	d := Desk{Dir: t.TempDir()}
	put(t, d.Dir, "a.txt", small)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := d.Articles(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAnArticleIsFoundByItsID(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone}
	put(t, d.Dir, "Ida’s ferry (2) – Łódź.txt", small)
	put(t, d.Dir, "bad.txt", "bad")
	a, err := d.Article(t.Context(), "Ida’s ferry (2) – Łódź")
	want := smallArticle()
	want.ID = "Ida’s ferry (2) – Łódź"
	if diff := cmp.Diff(want, a); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, id := range []string{"ferry", "", "../bad", "bad.txt", ".bad", "a\x00"} {
		if _, err := d.Article(t.Context(), id); !errors.Is(err, digest.ErrNotFound) {
			t.Errorf("%q: got %v, want not found", id, err)
		}
	}
	if _, err := d.Article(t.Context(), "bad"); !errors.As(err, new(Flaws)) {
		t.Errorf("got %v, want flaws", err)
	}
}

func TestNamesThatNoArticleMayHave(t *testing.T) {
	for _, name := range []string{
		"a.md", "a", ".txt", ".a.txt", "-a.txt", "a .txt", " a.txt", "a/b.txt", `a\b.txt`, "a%2f.txt", "a#b.txt",
		"a\nb.txt", "a\xff.txt",
		"a\u202eb.txt", "a\u00a0b.txt", `a"b.txt`, "<a>.txt", "a:b.txt", "a\u200bb.txt",
	} {
		if CheckName(name) == nil {
			t.Errorf("%q is taken", name)
		}
		d := Desk{Dir: t.TempDir()}
		if _, _, err := d.Add(t.Context(), name, []byte(small)); !errors.As(err, new(Flaws)) {
			t.Errorf("add %q: got %v, want flaws", name, err)
		}
	}
}

func TestAddingTwiceChangesNothing(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone}
	for _, wantNew := range []bool{true, false} {
		a, isNew, err := d.Add(t.Context(), "ferry.txt", []byte(untimed))
		if err != nil || isNew != wantNew {
			t.Fatalf("got new %t, %v; want %t", isNew, err, wantNew)
		}
		if a.ID != "ferry" || a.Headline == "" || !a.FileTime || a.Published.IsZero() {
			t.Errorf("got %+v", a)
		}
	}
	path := filepath.Join(d.Dir, "ferry.txt")
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v, %v; want a file of mode 0600", info.Mode(), err)
	}
	for _, other := range []string{small, strings.Replace(untimed, "Ida", "Eva", 1)} {
		if _, _, err := d.Add(t.Context(), "ferry.txt", []byte(other)); !errors.Is(err, ErrTaken) {
			t.Errorf("another text of this name: got %v", err)
		}
	}
	checkDesk(t, d.Dir, "ferry.txt")
	if text, err := os.ReadFile(path); err != nil || string(text) != untimed {
		t.Errorf("the file has changed: %v", err)
	}
}

func TestAFlawedArticleIsNotAdded(t *testing.T) {
	d := Desk{Dir: t.TempDir()}
	_, _, err := d.Add(t.Context(), "ferry.txt", []byte("A Ferry\n"+small))
	if !errors.As(err, new(Flaws)) || !strings.HasPrefix(err.Error(), "ferry.txt:1: ") {
		t.Errorf("got %v", err)
	}
	checkDesk(t, d.Dir)
}

func TestAddTakesNoNameThatIsTaken(t *testing.T) {
	d := Desk{Dir: t.TempDir()}
	if err := errors.Join(
		os.Mkdir(filepath.Join(d.Dir, "folder.txt"), 0o700),
		os.Symlink("nowhere", filepath.Join(d.Dir, "lost.txt")),
	); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"folder.txt", "lost.txt"} {
		if _, _, err := d.Add(t.Context(), name, []byte(small)); !errors.Is(err, ErrTaken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	checkDesk(t, d.Dir, "folder.txt", "lost.txt")
}

// checkDesk checks that these files lie in the folder and no others, not even hidden
// ones.
func checkDesk(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("the desk has %q, want %q", got, want)
	}
}
