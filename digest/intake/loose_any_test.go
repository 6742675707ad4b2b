package intake

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

// handmade draws an article that the strict reading takes.
func handmade(t *rapid.T) digest.Article {
	a := Clean(fetchedArticle(t))
	a.Feed = ""
	a.Source = rapid.SampledFrom([]string{post.Publication, "AP", "", a.Source}).Draw(t, "which source")
	a.Dateline = rapid.SampledFrom([]string{"Lisbon", "Lissome", "WASHINGTON (AP)", ""}).Draw(t, "which place")
	a.Byline = rapid.SampledFrom([]string{"Ida Roe", "T. Reiter", "Xu Li", "AP", ""}).Draw(t, "which person")
	a.Label = rapid.SampledFrom([]string{"Evening Edition", "Morning Edition", "Late Final", ""}).Draw(t, "which label")
	if len(a.QuickLooks) == 0 {
		a.QuickLooks = []string{"One."}
	}
	a.DeepLook = append(a.DeepLook, digest.Block{Text: "The end."})
	return a
}

func TestAStrictlyRightArticleIsReadTheSameLoosely(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := string(WriteHouse(handmade(t)))
		want, err := ParseHouse("a.txt", strings.NewReader(text), zone)
		if err != nil {
			t.Fatalf("%v, of\n%s", err, text)
		}
		got, loose, err := post.Parse("a.txt", strings.NewReader(text))
		if err != nil || len(loose) > 0 {
			t.Fatalf("%v, %v, of\n%s", loose, err, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestNoLooseCopyIsReadAsAnotherArticle mangles an article in all ways at once: it is read
// as what it was, or not at all.
func TestNoLooseCopyIsReadAsAnotherArticle(t *testing.T) {
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		a := handmade(t)
		separator := rapid.SampledFrom([]string{` \ `, " | ", " / ", " — ", " – "}).Draw(t, "separator")
		// What tells the fields does not stand in texts.
		no := strings.NewReplacer("Evening Edition", "Evening", "|", "¦")
		for _, text := range []*string{&a.Headline, &a.Source, &a.Summary} {
			*text = plain(no.Replace(*text))
		}
		want, err := ParseHouse("a.txt", strings.NewReader(string(WriteHouse(a))), zone)
		if err != nil {
			t.Fatal(err)
		}
		text := string(WriteHouse(a))
		one := func(old string, others ...string) {
			text = strings.Replace(text, old, rapid.SampledFrom(append(others, old)).Draw(t, old), 1)
		}
		one("\n- ", "\n* ", "\n– ", "\n•")
		one("\nQuick Looks\n", "\nQuick Looks:\n", "\nQUICK LOOK\n")
		one("\nDeep Look\n", "\nDeep Look:\n")
		one("\nThe end.\n", "\nThe end.\nDevi essere connesso per inviare un commento.\n")
		full := []string{want.Headline, want.Source, want.Dateline, want.Byline, want.Label, want.Summary}
		left := full[:2:2]
		for i, field := range []*string{&want.Dateline, &want.Byline, &want.Label, &want.Summary} {
			if rapid.IntRange(0, 3).Draw(t, "left out") == 0 {
				*field = ""
			} else {
				left = append(left, full[2+i])
			}
		}
		text = strings.Replace(text, strings.Join(full, ` \ `)+"\n", strings.Join(left, separator)+"\n", 1)
		got, _, err := post.Parse("a.txt", strings.NewReader(text))
		if err != nil {
			return
		}
		read++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\nof\n%s", diff, text)
		}
	})
	if t.Logf("%d were read", read); read == 0 {
		t.Error("none was read")
	}
}
