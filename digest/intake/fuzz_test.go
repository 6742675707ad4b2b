package intake

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// FuzzHouse checks what the rest of the program relies on: whatever the bytes are, an
// article that is taken is complete and clean, and a flaw has its line. What is strictly
// right is read the same loosely, and only that without a warning.
func FuzzHouse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(small, "\n", "\r\n") + "You must Register or Login to post a comment."))
	f.Add([]byte(small + "Log in to leave a comment\nYou must log in to post a comment."))
	f.Add([]byte("\ufeff\ufeff" + `\ \ \\ \ \ \ \` +
		"\nQUICK LOOKS\n- - \u00a0-\n-\u202f“?”\nDeep\u00a0Look\nWhat?\n- \nWhat?"))
	f.Add([]byte("Published: 1970-01-01\nLanguage: x\nSection::\nURL: http://[::1]:80/%\n\x00\xff"))
	f.Add([]byte(strings.ReplaceAll(small, "\n- ", "\n•") + "• • \uf0b7"))
	f.Add([]byte("Feed: x\nH \\ \\ \\ \\ \\\nDeep Look\n## ## A\n## Quick Looks\nB\n## C"))
	f.Add([]byte("Feed: &amp;amp;\nH \\ \\ \\ \\ \\\nQuick Looks\n- &am\u202ap;\nDeep Look\n&#x2028;\nB"))
	f.Add([]byte(latin(small)))
	f.Add([]byte("H | The Ardane Post | By X | Evening Edition\nQuick Look:\n* &amp;nbsp;x&ampere;\nDeep Look:\nA.\n" +
		"Devi essere connesso per inviare un commento."))
	f.Add([]byte("A: b — The Ardane Post — Rome — Morning Edition — B.\nQUICK LOOKS\n– A\nDeep Look\n\x93\xe9\x94"))
	f.Add([]byte("Quick Look\nDeep Looks\rQuick Looks\rDeep Look"))
	samples, err := filepath.Glob("../../cmd/vesper/samples/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range samples {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		strict, strictErr := ParseHouse("a.txt", strings.NewReader(string(text)), zone)
		if strictErr != nil {
			checkFlaws(t, strictErr)
		}
		a, loose, err := post.Parse("a.txt", strings.NewReader(string(text)))
		if err != nil {
			checkFlaws(t, err)
		}
		if len(loose) > 0 {
			checkFlaws(t, Flaws(loose))
		}
		if (strictErr == nil) != (err == nil && len(loose) == 0) {
			t.Errorf("strictly %v, loosely %v with %v", strictErr, err, loose)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(strict, a); strictErr == nil && diff != "" {
			t.Errorf("read loosely: %s", diff)
		}
		checkClean(t, a)
		for _, a := range []digest.Article{a, Clean(a)} {
			if diff := cmp.Diff(a, parse(t, string(WriteHouse(a)))); diff != "" {
				t.Errorf("written and read again: %s", diff)
			}
		}
	})
}

func checkFlaws(t *testing.T, err error) {
	t.Helper()
	var flaws Flaws
	if !errors.As(err, &flaws) || len(flaws) == 0 || len(flaws) > maxFlaws {
		t.Fatalf("got %v, want one to ten flaws", err)
	}
	for i, flaw := range flaws {
		if strings.ContainsFunc(flaw.Error(), unicode.IsControl) || flaw.Problem == "" || len(flaw.Error()) > 600 {
			t.Errorf("not one clear line: %q", flaw)
		}
		if i > 0 && flaw.Line < flaws[i-1].Line {
			t.Errorf("not in the order of lines: %v", flaws)
		}
	}
}

func checkClean(t *testing.T, a digest.Article) {
	t.Helper()
	if a.Headline == "" || len(a.QuickLooks) == 0 && a.Feed == "" {
		t.Errorf("headline %q, %d Quick Looks", a.Headline, len(a.QuickLooks))
	}
	text := append([]string{
		a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary, a.URL, a.Section, a.Language, a.Updates, a.Feed,
	}, a.QuickLooks...)
	paragraphs := 0
	for _, b := range a.DeepLook {
		text = append(text, b.Text)
		if b.Text == "" {
			t.Error("an empty block")
		}
		if !b.Heading {
			paragraphs++
		}
	}
	if paragraphs == 0 && (a.Feed == "" || len(a.DeepLook) > 0) {
		t.Error("no paragraph")
	}
	for _, s := range text {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.TrimSpace(s) != s {
			t.Errorf("not clean: %q", s)
		}
	}
}
