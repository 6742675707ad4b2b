package render

import (
	"strings"
	"testing"
)

func TestSubjectIsTheLeadCutAtAWord(t *testing.T) {
	for _, c := range [][2]string{
		{"Short", "Short"},
		{strings.Repeat("a", 70), strings.Repeat("a", 70)},
		{strings.Repeat("a", 71), strings.Repeat("a", 69) + "…"},
		{
			"Night Ferry to the Outer Islands Sails Again After Six Years and One Long, Cold Winter",
			"Night Ferry to the Outer Islands Sails Again After Six Years and One…",
		},
		// A wide character takes two columns, an accent on another one none.
		{strings.Repeat("夕", 35), strings.Repeat("夕", 35)},
		{strings.Repeat("夕", 36), strings.Repeat("夕", 34) + "…"},
		{strings.Repeat("e\u0301", 70), strings.Repeat("e\u0301", 70)},
		{strings.Repeat("e\u0301", 71), strings.Repeat("e\u0301", 69) + "…"},
		{strings.Repeat("word ", 13) + "end of it all", strings.TrimSpace(strings.Repeat("word ", 13)) + " end…"},
		// A word that fills most of the line is cut inside.
		{"NHK " + strings.Repeat("東", 40), "NHK " + strings.Repeat("東", 32) + "…"},
		{
			`5" Nails Are Sold Out on the Whole of the North Coast, and Shops Say So Too`,
			`5" Nails Are Sold Out on the Whole of the North Coast, and Shops Say…`,
		},
		// What is quoted stays quoted.
		{
			"“We Will Not Buy a Door That We Cannot Open,” Says the Council of Port Ellery",
			"“We Will Not Buy a Door That We Cannot Open,” Says the Council of…",
		},
		{
			"Council Says: “We Will Not Buy a Door That We Cannot Open in Any Winter or Summer”",
			"Council Says: “We Will Not Buy a Door That We Cannot Open in Any…”",
		},
		{
			"Rat: „Wir kaufen keine Tür, die wir im Winter nicht öffnen können, und im Sommer auch nicht“",
			"Rat: „Wir kaufen keine Tür, die wir im Winter nicht öffnen können…“",
		},
		{
			"Le conseil\u00a0: «\u00a0Nous n’achèterons pas une porte que nous ne pouvons pas ouvrir en hiver\u00a0»",
			"Le conseil\u00a0: «\u00a0Nous n’achèterons pas une porte que nous ne pouvons…»",
		},
		// In the middle of a Hebrew word the mark is no quotation.
		{
			"דובר צה״ל אומר שהמעבורת הלילית לאיים החיצוניים תפליג שוב אחרי שש שנים של חורף קר וארוך",
			"דובר צה״ל אומר שהמעבורת הלילית לאיים החיצוניים תפליג שוב אחרי שש שנים…",
		},
		{
			`He Said "No" and "Never Again" Until the Very Last Ferry Had Left for "Saint Orly"`,
			`He Said "No" and "Never Again" Until the Very Last Ferry Had Left for…`,
		},
	} {
		in, want := c[0], c[1]
		got := cut(in, maxSubject)
		if got != want || columnsOf(got) > maxSubject {
			t.Errorf("%q:\ngot  %q (%d columns)\nwant %q", in, got, columnsOf(got), want)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("“We „will «not‹ buy ", 10)
	f.Add(strings.Repeat("夕\u0301 ", 40), 70)
	f.Add("\xff", 1)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if s = line(s); limit < 1 || limit > 200 {
			return
		}
		got := cut(s, limit)
		if columnsOf(s) <= limit && got != s || s != "" && got == "" {
			t.Errorf("%q cut to %d: got %q", s, limit, got)
		}
		// One word alone with its quotation marks may be a little wider.
		if n := columnsOf(got); n > limit && strings.Contains(got, " ") {
			t.Errorf("%q cut to %d: got %q of %d columns", s, limit, got, n)
		}
	})
}
