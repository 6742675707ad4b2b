package intake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// FuzzHouse checks what the rest of the program relies on: whatever the bytes are, an
// article that is taken is complete and clean, and a flaw has its line.
func FuzzHouse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(small, "\n", "\r\n") + "You must Register or Login to post a comment."))
	f.Add([]byte(small + "Log in to leave a comment\nYou must log in to post a comment."))
	f.Add([]byte("\ufeff\ufeff" + `\ \ \\ \ \ \ \` +
		"\nQUICK LOOKS\n- - \u00a0-\n-\u202f“?”\nDeep\u00a0Look\nWhat?\n- \nWhat?"))
	f.Add([]byte("Published: 1970-01-01\nLanguage: x\nSection::\nURL: http://[::1]:80/%\n\x00\xff"))
	f.Add([]byte(strings.ReplaceAll(small, "\n- ", "\n•") + "• • \uf0b7"))
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
		a, err := ParseHouse("a.txt", strings.NewReader(string(text)), zone)
		if err != nil {
			checkFlaws(t, err)
			return
		}
		checkClean(t, a)
		if diff := cmp.Diff(a, parse(t, write(a))); diff != "" {
			t.Errorf("written and read again: %s", diff)
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
	if a.Headline == "" || len(a.QuickLooks) == 0 {
		t.Errorf("headline %q, %d Quick Looks", a.Headline, len(a.QuickLooks))
	}
	text := append([]string{
		a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary, a.URL, a.Section, a.Language,
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
	if paragraphs == 0 {
		t.Error("no paragraph")
	}
	for _, s := range text {
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.TrimSpace(s) != s {
			t.Errorf("not clean: %q", s)
		}
	}
}

// write gives an article in the house format.
func write(a digest.Article) string {
	var b strings.Builder
	for _, k := range [...][2]string{{"URL", a.URL}, {"Section", a.Section}, {"Language", a.Language}} {
		if k[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", k[0], k[1])
		}
	}
	if !a.Published.IsZero() {
		fmt.Fprintf(&b, "Published: %s\n", a.Published.UTC().Format(time.RFC3339Nano))
	}
	fmt.Fprintln(&b, strings.Join([]string{a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary}, ` \ `))
	fmt.Fprintln(&b, quickLooks)
	for _, q := range a.QuickLooks {
		fmt.Fprintln(&b, "-", q)
	}
	fmt.Fprintln(&b, deepLook)
	for _, block := range a.DeepLook {
		fmt.Fprintln(&b, block.Text)
	}
	return b.String()
}
