package intake

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// small is a short article that uses all of the format.
const small = `URL: https://news.example/ferry
Published: 2026-11-22 18:05
Section: Islands
Language: en-GB
Ferry Returns: a Quiet Day \ The Ardane Post \ Lissome \ Ida Roe \ Evening Edition \ ` +
	`The ferry is back. It sails at 6 p.m.
Quick Looks
- The ferry sails again.
- Roe: “It never felt far.”
Deep Look
The ferry came back on Monday.
A Long Wait
It had been away for a year.
`

func smallArticle() digest.Article {
	return digest.Article{
		Headline: "Ferry Returns: a Quiet Day", Source: "The Ardane Post", Dateline: "Lissome", Byline: "Ida Roe",
		Label: "Evening Edition", Summary: "The ferry is back. It sails at 6 p.m.",
		QuickLooks: []string{"The ferry sails again.", "Roe: “It never felt far.”"},
		DeepLook: []digest.Block{
			{Text: "The ferry came back on Monday."},
			{Heading: true, Text: "A Long Wait"},
			{Text: "It had been away for a year."},
		},
		URL: "https://news.example/ferry", Section: "Islands", Language: "en-GB",
		Published: time.Date(2026, 11, 22, 23, 5, 0, 0, time.UTC),
	}
}

// zone is five hours behind UTC.
var zone = time.FixedZone("", -5*60*60)

func parse(t testing.TB, text string) digest.Article {
	t.Helper()
	a, err := ParseHouse("a.txt", strings.NewReader(text), zone)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnArticleIsReadAsWritten(t *testing.T) {
	if diff := cmp.Diff(smallArticle(), parse(t, small)); diff != "" {
		t.Error(diff)
	}
}

func TestLineEndsBlankLinesAndWhiteSpaceMeanNothing(t *testing.T) {
	for name, text := range map[string]string{
		"CRLF":                  strings.ReplaceAll(small, "\n", "\r\n"),
		"lone CR":               strings.ReplaceAll(small, "\n", "\r"),
		"byte order mark":       "\ufeff" + small,
		"byte order mark twice": "\ufeff\ufeff" + strings.ReplaceAll(small, "\n", "\r\n"),
		"blank lines":           "\n \n" + strings.ReplaceAll(small, "\n", "\n\t\n\n"),
		"trailing white space":  strings.ReplaceAll(small, "\n", " \t\u00a0\n"),
		"leading white space":   strings.ReplaceAll(" "+small, "\n", "\n  "),
		"no final newline":      strings.TrimSuffix(small, "\n"),
		"no-break spaces around markers": strings.NewReplacer(` \ `, "\u00a0\\\u00a0", "- ", "-\u00a0",
			"Quick Looks", "Quick\u00a0Looks", "Deep Look", "\u00a0Deep Look").Replace(small),
		"wide gaps":          strings.ReplaceAll(strings.ReplaceAll(small, " sails", "  \t sails"), ` \ `, `   \  `),
		"keys in lower case": strings.NewReplacer("URL:", "url:", "Published:", "PUBLISHED :").Replace(small),
		"markers in capitals": strings.NewReplacer("Quick Looks", "QUICK LOOKS", "Deep Look", "Deep look").
			Replace(small),
	} {
		if diff := cmp.Diff(smallArticle(), parse(t, text)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestALoneNoBreakSpaceStays(t *testing.T) {
	a := parse(t, strings.ReplaceAll(small, "6 p.m.", "6\u00a0p.m."))
	if want := "The ferry is back. It sails at 6\u00a0p.m."; a.Summary != want {
		t.Errorf("got summary %q, want %q", a.Summary, want)
	}
}

func TestOnlyTheHeadlineMustBeFilled(t *testing.T) {
	for _, first := range []string{`Ferry \ \ \ \ \ `, `Ferry \  \  \  \  \`, "Ferry \\\u00a0\\\u00a0\\ \\ \\"} {
		a := parse(t, first+"\nQuick Looks\n- One.\nDeep Look\nText.")
		want := digest.Article{
			Headline: "Ferry", QuickLooks: []string{"One."}, DeepLook: []digest.Block{{Text: "Text."}},
		}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("%s: %s", first, diff)
		}
	}
}

func TestABackslashWithoutSpaceIsText(t *testing.T) {
	a := parse(t, `A\B and \C \ S \ D \ B \ L \ Sum`+"\nQuick Looks\n- One \\ two.\nDeep Look\nText.")
	if a.Headline != `A\B and \C` || a.QuickLooks[0] != `One \ two.` {
		t.Errorf("got %q and %q", a.Headline, a.QuickLooks[0])
	}
}

func TestPublishedIsReadInTheDesksZone(t *testing.T) {
	for written, want := range map[string]time.Time{
		"2026-11-22T18:05:00+01:00": time.Date(2026, 11, 22, 17, 5, 0, 0, time.UTC),
		"2026-11-22T18:05:00Z":      time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC),
		"2026-11-22 18:05:30":       time.Date(2026, 11, 22, 23, 5, 30, 0, time.UTC),
		"2026-11-22 18:05":          time.Date(2026, 11, 22, 23, 5, 0, 0, time.UTC),
		"2026-11-22":                time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC),
	} {
		if got := parse(t, strings.ReplaceAll(small, "2026-11-22 18:05", written)).Published; !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", written, got, want)
		}
	}
	if got := parse(t, strings.ReplaceAll(small, "Published: 2026-11-22 18:05\n", "")).Published; !got.IsZero() {
		t.Errorf("without a Published line: got %s, want none", got)
	}
}

// given reads the article that the publication itself wrote.
func given(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../../shared/data/house-format/mexicos-sheinbaum-rejects-trumps-military-offer.txt")
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the publication's own article does not lie beside the project")
	} else if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheGivenArticleIsReadWhole(t *testing.T) {
	text := given(t)
	a := parse(t, text)
	if !strings.HasPrefix(text, a.Headline) || a.Source != "Newslooks" || a.Dateline != "Washington DC" ||
		a.Byline != "Mary Sidiqi" || a.Label != "Evening Edition" ||
		!strings.HasSuffix(a.Summary, "security cooperation.") {
		t.Errorf("got fields %q, %q, %q, %q, %q, %q", a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary)
	}
	if len(a.QuickLooks) != 10 || !strings.HasPrefix(a.QuickLooks[3], "Sheinbaum: “") {
		t.Errorf("got %d Quick Looks: %q", len(a.QuickLooks), a.QuickLooks)
	}
	want := []string{
		"A Proposal That Crossed the Line",
		"Trump’s Border Militarization and Expanding Scope",
		"A Crisis of Trust and Limits of Cooperation",
		"Historical Parallels and Political Realities",
		"What Comes Next?",
	}
	if diff := cmp.Diff(want, headings(a)); diff != "" {
		t.Error(diff)
	}
	// 39 lines, less the first line, two markers, ten bullets and the pasted line.
	if len(a.DeepLook) != 25 {
		t.Errorf("got %d blocks, want 25", len(a.DeepLook))
	}
	for _, b := range a.DeepLook {
		if strings.Contains(b.Text, "comment") {
			t.Errorf("the pasted line is still there: %q", b.Text)
		}
	}
	for name, variant := range map[string]string{
		"CRLF":                         strings.ReplaceAll(text, "\n", "\r\n"),
		"byte order mark":              "\ufeff" + text + "\n",
		"blank lines and a final line": strings.ReplaceAll(text, "\n", "\n\n") + "\n",
	} {
		if diff := cmp.Diff(a, parse(t, variant)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func headings(a digest.Article) []string {
	var found []string
	for _, b := range a.DeepLook {
		if b.Heading {
			found = append(found, b.Text)
		}
	}
	return found
}

func TestTheSamplesAreInTheHouseFormat(t *testing.T) {
	files, err := filepath.Glob("../../cmd/vesper/samples/*.txt")
	if err != nil || len(files) != 5 {
		t.Fatalf("got %d samples, %v; want 5", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a := parse(t, string(text))
		if n := len(headings(a)); len(a.QuickLooks) != 10 || n < 3 || n > 4 {
			t.Errorf("%s: got %d Quick Looks and sub-headings %q", file, len(a.QuickLooks), headings(a))
		}
		if slices.Contains([]string{a.Source, a.Dateline, a.Byline, a.Label, a.Summary}, "") {
			t.Errorf("%s: a field of the first line is empty", file)
		}
		if a.URL != "" || !a.Published.IsZero() {
			t.Errorf("%s: has a URL or a time", file)
		}
	}
}

func BenchmarkParseHouse(b *testing.B) {
	const line = "The ferry, which had been away for a year, came back on a quiet Monday with nine people on it.\n"
	text := small + strings.Repeat(line, 100)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		parse(b, text)
	}
}
