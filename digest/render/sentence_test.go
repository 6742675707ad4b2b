package render

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// sentence is a line of testdata/sentences, whose files are named for their
// language: a summary, with "|" where its first sentence ends if it has more.
type sentence struct {
	where, text, want string
	// more says that more is taken, for the reason in the comment above it. The
	// line has a "~" before it.
	more bool
}

func sentences(t *testing.T) map[string][]sentence {
	t.Helper()
	files, err := filepath.Glob("testdata/sentences/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files (%v)", len(files), err)
	}
	all := map[string][]sentence{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		language := strings.TrimSuffix(filepath.Base(name), ".txt")
		for i, line := range strings.Split(string(text), "\n") {
			if line == "" || line[0] == '#' {
				continue
			}
			marked, more := strings.CutPrefix(line, "~")
			want, rest, _ := strings.Cut(marked, "|")
			all[language] = append(all[language], sentence{fmt.Sprintf("%s:%d", name, i+1), want + rest, want, more})
		}
	}
	return all
}

func TestNoSentenceIsCutShort(t *testing.T) {
	all := sentences(t)
	for _, language := range slices.Sorted(maps.Keys(all)) {
		right, more, short := 0, 0, 0
		for _, c := range all[language] {
			got := firstSentence(c.text, language)
			switch {
			case !strings.HasPrefix(c.text, got):
				t.Errorf("%s: got %q, want how %q begins", c.where, got, c.text)
			case got == c.want:
				right++
				if c.more {
					t.Errorf("%s: got %q, which is right but marked as one that takes more", c.where, got)
				}
			case len(got) < len(c.want):
				short++
				t.Errorf("%s: cut short: got %q, want %q", c.where, got, c.want)
			default:
				more++
				if !c.more {
					t.Errorf("%s: got %q, want %q", c.where, got, c.want)
				}
			}
		}
		t.Logf("%s: %d of %d right, %d take more, %d cut short", language, right, len(all[language]), more, short)
	}
}

func TestFirstSentenceOfNextToNothing(t *testing.T) {
	for text, want := range map[string]string{
		"": "", " ": " ", ".": ".", ". A": ". A", "A": "A", "?": "?", "! A": "!", "“": "“", "\xff. A": "\xff.",
		"One. ": "One. ", "One. Two": "One.", "One.Two": "One.Two", "One.\tTwo": "One.", "One.\u3000Two": "One.",
	} {
		if got := firstSentence(text, "en"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestOnlyTheFirstSubtagCounts(t *testing.T) {
	for language, want := range map[string]string{
		"": "Es war am 3.", "en": "Es war am 3.", "EN-gb": "Es war am 3.",
		"de": "Es war am 3. Mai.", "DE": "Es war am 3. Mai.", "de-AT": "Es war am 3. Mai.",
		"de-Latn-AT-1996": "Es war am 3. Mai.", "xx": "Es war am 3. Mai.", "-": "Es war am 3.",
	} {
		if got := firstSentence("Es war am 3. Mai. Nun ist es kalt.", language); got != want {
			t.Errorf("%q: got %q, want %q", language, got, want)
		}
	}
}

func TestASummaryIsCutInTheLanguageOfItsArticle(t *testing.T) {
	const summary = "Es war am 3. Mai. Nun ist es kalt."
	for _, c := range []struct{ publication, article, want string }{
		{"en", "", "Es war am 3."},
		{"en", "de", "Es war am 3. Mai."},
		{"de-AT", "", "Es war am 3. Mai."},
	} {
		r, e := renderer(t), edition(t, five(t)...)
		r.Publication.Language = c.publication
		a := digest.Article{ID: "x", Headline: "Kalt", Summary: summary, Language: c.article}
		if got := r.block(e, a, len(e.Articles), r.whole(e)).Summary; got != c.want {
			t.Errorf("%q in %q: got %q, want %q", c.article, c.publication, got, c.want)
		}
	}
}

func FuzzFirstSentence(f *testing.F) {
	f.Add("A proposal from U.S. President Hale. It failed.", "en")
	f.Add("“Why?” “Because.” He left.", "")
	f.Add("\xff. A", "de-AT")
	f.Fuzz(func(t *testing.T, s, language string) {
		got := firstSentence(s, language)
		if !strings.HasPrefix(s, got) || s != "" && got == "" {
			t.Errorf("%q: got %q", s, got)
		}
		if twice := firstSentence(got, language); twice != got {
			t.Errorf("%q: got %q, and %q of that", s, got, twice)
		}
	})
}

// BenchmarkFirstSentence gives the time for a megabyte without an end of a sentence,
// as a multiple of counting its full stops, and as a multiple of the time for its 16
// parts one by one. If the time is linear the second figure is near 1.
func BenchmarkFirstSentence(b *testing.B) {
	const size = 1 << 20
	for name, part := range map[string]string{
		"prose":    "Mr. Hale met Gen. Brandt, Sen. Okafor and Dr. Petrov of the U.S. Coast Guard, ",
		"initials": "A. ", "one letter": "z. B", "numbers": ": 1. A ", "stops": ".", "one word": "a.b",
		"shouts":    "!\" Hale ",
		"quotation": "“We lost. ", "opening": ". “‘", "closing": "’.)", "spaces": ".\u00a0 ",
		"accents": "A\u0301\u0301. ", "marks": ".\u200f",
	} {
		b.Run(name, func(b *testing.B) {
			s := strings.Repeat(part, size/len(part))
			took := func(s string, times int, do func(string)) float64 {
				start := time.Now()
				for range times {
					do(s)
				}
				return float64(time.Since(start)) / float64(times)
			}
			first := func(s string) { firstSentence(s, "en") }
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				first(s)
			}
			whole := float64(b.Elapsed()) / float64(b.N)
			b.ReportMetric(whole/took(s, 100, func(s string) { strings.Count(s, ".") }), "x-count")
			b.ReportMetric(whole/took(s[:len(s)/16], 16, first)/16, "x-parts")
		})
	}
}
