package intake_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/intake"
)

// fetchedArticle is one that a feed had.
func fetchedArticle() digest.Article {
	return intake.Clean(digest.Article{
		ID: "tides-1a2b3c4d", Headline: "Tides", Summary: "The tide was high.", Feed: "post.example",
		Published: time.Date(2026, 11, 27, 17, 0, 0, 0, time.UTC),
	})
}

func TestAFetchedArticleLiesOnTheDeskAsAFile(t *testing.T) {
	d, a := intake.Desk{Dir: t.TempDir()}, fetchedArticle()
	print, err := d.Lay(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Article(t.Context(), a.ID)
	if err != nil || got.Headline != a.Headline || !got.Published.Equal(a.Published) || got.Feed != a.Feed {
		t.Errorf("got %+v, %v", got, err)
	}
	if lies, err := d.Lies(t.Context(), a.ID); err != nil || lies != print {
		t.Errorf("got %x, %v, want %x", lies, err, print)
	}
	// Again it changes nothing, and another one does not take its place.
	if again, err := d.Lay(t.Context(), a); err != nil || again != print {
		t.Errorf("got %x, %v", again, err)
	}
	a.Headline = "Other tides"
	if _, err := d.Lay(t.Context(), a); !errors.Is(err, intake.ErrTaken) {
		t.Errorf("got %v", err)
	}
	if lies, err := d.Lies(t.Context(), a.ID); err != nil || lies != print {
		t.Errorf("got %x, %v", lies, err)
	}
}

func TestOnlyAFileThatNobodyChangedIsWrittenAnewOrRemoved(t *testing.T) {
	d, a := intake.Desk{Dir: t.TempDir()}, fetchedArticle()
	path := filepath.Join(d.Dir, a.ID+".txt")
	print, err := d.Lay(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	a.Summary = "The tide was higher."
	if print, err = d.Rewrite(t.Context(), a, print); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "higher") {
		t.Errorf("%s, %v", text, err)
	}
	if err := os.WriteFile(path, []byte("mended"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rewrite(t.Context(), a, print); !errors.Is(err, intake.ErrTaken) {
		t.Errorf("it is written over: %v", err)
	}
	if err := d.Remove(t.Context(), a.ID, print); !errors.Is(err, intake.ErrTaken) {
		t.Errorf("it is removed: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "mended" {
		t.Errorf("%s, %v", text, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rewrite(t.Context(), a, print); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("it comes back: %v", err)
	}
	if entries, err := os.ReadDir(d.Dir); err != nil || len(entries) > 0 {
		t.Errorf("there lies %v, %v", entries, err)
	}
	if print, err = d.Lay(t.Context(), a); err == nil {
		err = d.Remove(t.Context(), a.ID, print)
	}
	if _, gone := d.Lies(t.Context(), a.ID); err != nil || !errors.Is(gone, digest.ErrNotFound) {
		t.Errorf("%v, %v", err, gone)
	}
}
