package intake

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

// post is how the newspaper of the small article writes.
var post = Format{
	Zone: zone, Publication: "The Ardane Post", Editions: []string{"Morning Edition", "Evening Edition"},
}

func latin(s string) string {
	var b strings.Builder
	for _, r := range s {
		if i := slices.Index(windows1252, r); i >= 0 {
			r = rune(0x80 + i)
		}
		b.WriteByte(byte(r))
	}
	return b.String()
}

// TestWhatIsTakenLoosely has a row for each thing that is taken although the format has
// it otherwise: what the strict reading says, and with which warning it is taken.
func TestWhatIsTakenLoosely(t *testing.T) {
	firstLine := func(separator string, without ...string) func(string) string {
		return func(text string) string {
			lines := strings.Split(text, "\n")
			f := slices.DeleteFunc(strings.Split(lines[4], ` \ `), func(s string) bool {
				return slices.Contains(without, s)
			})
			lines[4] = strings.Join(f, separator)
			return strings.Join(lines, "\n")
		}
	}
	replace := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	const (
		taken   = `taken as source "The Ardane Post", `
		all     = taken + `dateline "Lissome", byline "Ida Roe", edition label "Evening Edition"`
		instead = `instead of "\" between the fields`
		back    = "The ferry is back. It sails at 6 p.m."
	)
	for name, c := range map[string]struct {
		change  func(string) string
		without func(*digest.Article)
		strict  string
		loose   []string
	}{
		"|":       {firstLine(" | "), nil, "5: 1 field instead of 6", []string{`5: "|" ` + instead}},
		"/":       {firstLine(" / "), nil, "5: 1 field instead of 6", []string{`5: "/" ` + instead}},
		"em dash": {firstLine(" — "), nil, "5: 1 field instead of 6", []string{`5: "—" ` + instead}},
		"en dash": {firstLine(" – "), nil, "5: 1 field instead of 6", []string{`5: "–" ` + instead}},
		"no summary": {
			firstLine(` \ `, back), func(a *digest.Article) { a.Summary = "" }, "5: 5 fields instead of 6",
			[]string{"5: 5 fields instead of 6, without summary: " + all},
		},
		"no edition label": {
			firstLine(` \ `, "Evening Edition"), func(a *digest.Article) { a.Label = "" }, "5: 5 fields instead of 6",
			[]string{
				"5: 5 fields instead of 6, without edition label: " + taken +
					`dateline "Lissome", byline "Ida Roe", summary "The ferry is back. …"`,
			},
		},
		"no dateline": {
			firstLine(` \ `, "Lissome"), func(a *digest.Article) { a.Dateline = "" }, "5: 5 fields instead of 6",
			[]string{
				"5: 5 fields instead of 6, without dateline: " + taken +
					`byline "Ida Roe", edition label "Evening Edition", summary "The ferry is back. …"`,
			},
		},
		"neither dateline nor byline": {
			firstLine(` \ `, "Lissome", "Ida Roe"), func(a *digest.Article) { a.Dateline, a.Byline = "", "" },
			"5: 4 fields instead of 6",
			[]string{
				"5: 4 fields instead of 6, without dateline, byline: " + taken +
					`edition label "Evening Edition", summary "The ferry is back. …"`,
			},
		},
		"a dash, and no summary": {
			firstLine(" — ", back), func(a *digest.Article) { a.Summary = "" }, "5: 1 field instead of 6",
			[]string{
				`5: "—" ` + instead, "5: 5 fields instead of 6, without summary: " + all,
			},
		},
		"Quick Look": {
			replace("Quick Looks", "Quick Look"), nil, `6: "Quick Look" instead of "Quick Looks"`,
			[]string{`6: "Quick Look" instead of "Quick Looks"`},
		},
		"a colon": {
			replace("Quick Looks", "QUICK LOOKS:", "Deep Look", "Deep Look :"), nil,
			`6: "QUICK LOOKS:" instead of "Quick Looks"`,
			[]string{`6: "QUICK LOOKS:" instead of "Quick Looks"`, `9: "Deep Look :" instead of "Deep Look"`},
		},
		"stars": {
			replace("\n- ", "\n* "), nil, `7: "* The ferry sails again." is not a bullet`,
			[]string{`7: "*" instead of "-" before a Quick Look, and in 1 more line`},
		},
		"a dash before a Quick Look": {
			replace("- Roe", "– Roe"), nil, `8: "– Roe: “It never felt far.”" is not a bullet`,
			[]string{`8: "–" instead of "-" before a Quick Look`},
		},
		"Windows-1252": {
			latin, nil, "8: not UTF-8 text", []string{"8: not UTF-8, but Windows-1252 or Latin-1"},
		},
		"entities": {
			replace("“", "&ldquo;", "”", "&amp;rdquo;", "had been", "had&#32;been", "ferry?", "&#x66;erry?"), nil,
			`8: "&ldquo;" is HTML, and in 1 more line`,
			[]string{`8: "&ldquo;" is HTML, and in 1 more line`},
		},
		"a pasted line in German": {
			func(s string) string { return s + "Du musst angemeldet sein, um einen Kommentar abzugeben.\n" }, nil,
			`13: "Du musst angemeldet sein, um einen Kommentar abzugeben." asks to log in and comment, and is left out`,
			[]string{
				`13: "Du musst angemeldet sein, um einen Kommentar abzugeben." asks to log in and comment, and is left out`,
			},
		},
	} {
		text := c.change(small)
		_, err := ParseHouse("a.txt", strings.NewReader(text), zone)
		if err == nil || !strings.HasPrefix(err.Error(), "a.txt:"+c.strict) {
			t.Errorf("%s: the strict reading says %v, want %s", name, err, c.strict)
		}
		want := smallArticle()
		if c.without != nil {
			c.without(&want)
		}
		got, loose, err := post.Parse("a.txt", strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var said []string
		for _, l := range loose {
			said = append(said, strings.TrimPrefix(l.Error(), "a.txt:"))
			if l.Hint == "" {
				t.Errorf("%s: %v has no hint", name, l)
			}
		}
		if diff := cmp.Diff(c.loose, said); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhatCanBeMeantInTwoWaysIsAFlaw(t *testing.T) {
	const rest = "\nQuick Looks\n- One.\nDeep Look\nText.\n"
	// In the lines, @ is the publication.
	named := strings.NewReplacer("@", post.Publication, "^", "may be the text's own").Replace
	for first, want := range map[string]string{
		`H \ @ \ Evening Edition \ It is back. \ More.`:             `2 fields are after the edition label "Evening Edition"`,
		`H \ @ \ Mahlow \ Evening Edition \ It is back.`:            `"Mahlow" may be the dateline or the byline`,
		`H \ @ \ Lissome \ Late Final \ The ferry is back.`:         `"Late Final" may be the byline or the edition label`,
		`H \ @ \ Lissome \ Evenig Edition \ The ferry is back.`:     `"Evenig Edition" is not the title of an edition`,
		`H \ @ \ Morning Edition \ Evening Edition \ Back.`:         `"Morning Edition" and "Evening Edition" could both be the edition label`,
		`H \ @ \ The ferry is back. \ Ida Roe \ The ferry is back.`: `"The ferry is back." is where the dateline and the byline belong`,
		`H \ AP \ Lissome \ Ida Roe \ It is back.`:                  "5 fields instead of 6",
		`H \ @ \ Lisbon \ Ida Roe`:                                  "4 fields instead of 6",
		`H | AP | Lissome`:                                          "3 fields instead of 6",
		`H | AP | Lissome | Evening Edition | Back. | More.`:        `"Evening Edition" is where the byline belongs`,
		`A | @ | Lissome | Ida | Evening Edition | B | C`:           "7 fields instead of 6",
		`@ | H | Lissome | Ida Roe | Late | It is back.`:            `"@" is where the headline belongs`,
		`H — at last — @ — Lissome — Evening Edition — Back.`:       `"—" ^: the second field, "at last", is not the publication's name`,
		`H — @ — Lissome — Ida Roe — It is back — at last.`:         `"—" ^: the fifth field, "It is back", is not the title of an edition`,
		`H — @ — Lissome — It is back — at last, they say.`:         `"—" ^, since no field is the title of an edition`,
		`H — @ — Lissome — Ida Roe — — It is back.`:                 `"—" ^: the fifth field, "", is not`,
		`H / @ / Berlin / Bonn / Ida Roe / It is back.`:             `"/" ^: the fifth field, "Ida Roe", is not the title of an edition`,
		`H \ @ / @ / Evening Edition`:                               "2 fields instead of 6",
		`H | @ | Evening Edition | B — @ — Evening Edition`:         `"|" and "—" could both be the separator`,
		`Author: Ida`: `unknown key "Author"`,
	} {
		_, _, err := post.Parse("a.txt", strings.NewReader(named(first)+rest))
		if err == nil || !strings.HasPrefix(err.Error(), "a.txt:1: "+named(want)) {
			t.Errorf("%s\ngot  %v\nwant %s", first, err, want)
		}
	}
	for first, want := range map[string][6]string{
		`H \ @ \ WASHINGTON (AP) \ Evening Edition \ Back.`: {
			"H", "@", "WASHINGTON (AP)", "", "Evening Edition", "Back.",
		},
		`H | the ardane post | by X Y | evening edition`: {
			"H", "the ardane post", "", "by X Y", "evening edition",
		},
		`Ferry: back | AP | Lissome | Ida Roe | Late | Back.`: {
			"Ferry: back", "AP", "Lissome", "Ida Roe", "Late", "Back.",
		},
		`A — B | AP | C / D | E \F | L | G – H \I`: {
			"A — B", "AP", "C / D", `E \F`, "L", `G – H \I`,
		},
	} {
		a, _, err := post.Parse("a.txt", strings.NewReader(named(first)+rest))
		got := [6]string{a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary}
		want[1] = named(want[1])
		if err != nil || got != want {
			t.Errorf("%s: got %q, %v", first, got, err)
		}
	}
}

func TestWhereNoPublicationIsKnownOnlyTheCountDecides(t *testing.T) {
	const rest = "\nQuick Looks\n- One.\nDeep Look\nText.\n"
	for first, taken := range map[string]bool{
		`H | S | D | B | L | Sum`: true, `H — S — D — B — L — Sum`: false, `H \  \ D \ B \ L`: false, ` |  | D | B | L`: false,
	} {
		if _, _, err := (Format{}).Parse("a.txt", strings.NewReader(first+rest)); (err == nil) != taken {
			t.Errorf("%s: got %v", first, err)
		}
	}
}

func TestAParagraphWithOtherSeparatorsAndHeadsStays(t *testing.T) {
	a := strings.Replace(small, "A Long Wait\n", "Quick Look\nDeep Look:\n* A | B / C — D\nQuick Looks:\n", 1)
	got, loose, err := post.Parse("a.txt", strings.NewReader(a))
	if err != nil || len(loose) > 0 || len(got.DeepLook) != 6 {
		t.Errorf("got %+v, %v, %v", got.DeepLook, loose, err)
	}
	a = strings.Replace(a, "\nDeep Look\n", "\nDeep Look:\n", 1)
	if _, _, err := post.Parse("a.txt", strings.NewReader(a)); err == nil ||
		!strings.Contains(err.Error(), `"Quick Look" is there twice`) {
		t.Errorf("got %v", err)
	}
}

func TestTheDeskReadsLooselyAndSaysSo(t *testing.T) {
	d := Desk{Dir: t.TempDir(), Zone: zone, Publication: post.Publication, Editions: post.Editions}
	put(t, d.Dir, "a.txt", small)
	put(t, d.Dir, "b.txt", strings.NewReplacer(` \ `, " | ", "Quick Looks", "Quick Looks:").Replace(small))
	articles, flaws, err := d.Articles(t.Context())
	if err != nil || len(flaws) > 0 || len(articles) != 2 {
		t.Fatalf("got %v, %v, %v", articles, flaws, err)
	}
	want := []string{`line 5: "|" instead of "\" between the fields`, `line 6: "Quick Looks:" instead of "Quick Looks"`}
	if diff := cmp.Diff(want, articles[1].Loose); diff != "" || articles[0].Loose != nil {
		t.Error(diff, articles[0].Loose)
	}
	if digest.TextOf(articles[0]) != digest.TextOf(articles[1]) {
		t.Error("a loose copy is another article")
	}
}
