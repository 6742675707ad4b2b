package intake_test

import (
	"errors"
	"slices"
	"testing"

	"vesper/digest"
	"vesper/digest/intake"
)

func TestASpikedArticleIsOffTheDeskAndComesBackWhole(t *testing.T) {
	d, a := intake.Desk{Dir: t.TempDir()}, fetchedArticle()
	print, err := d.Lay(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Spike(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	articles, flaws, err := d.Articles(t.Context())
	if len(articles) > 0 || len(flaws) > 0 || err != nil {
		t.Errorf("the desk has %v, %v, %v", articles, flaws, err)
	}
	if ids, err := d.Spiked(t.Context()); err != nil || !slices.Equal(ids, []string{a.ID}) {
		t.Errorf("spiked are %q, %v", ids, err)
	}
	if err := d.Spike(t.Context(), a.ID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	// Another one took its name meanwhile: neither is lost.
	other := a
	other.Headline = "Other tides"
	if _, err := d.Lay(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{d.Unspike(t.Context(), a.ID), d.Spike(t.Context(), a.ID)} {
		if !errors.Is(err, intake.ErrTaken) {
			t.Errorf("got %v", err)
		}
	}
	lies, err := d.Lies(t.Context(), a.ID)
	if err == nil {
		err = d.Remove(t.Context(), a.ID, lies)
	}
	if err == nil {
		err = d.Unspike(t.Context(), a.ID)
	}
	if lies, _ := d.Lies(t.Context(), a.ID); err != nil || lies != print {
		t.Errorf("got %x, %v, want %x", lies, err, print)
	}
	for _, id := range []string{"", "../x", ".spiked/x", "nowhere"} {
		if err := d.Spike(t.Context(), id); !errors.Is(err, digest.ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
