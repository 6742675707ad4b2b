package render

import (
	"strings"
	"testing"
)

func TestWhatSomebodySaysIsTakenApart(t *testing.T) {
	for _, c := range [][3]string{
		{"Council chair: “We will not buy a door.”", "Council chair:", "“We will not buy a door.”"},
		{"Mr. Hale: “No, ‘never’.”", "Mr. Hale:", "“No, ‘never’.”"},
		{"Bürgermeisterin: „Wir wollten nicht.“", "Bürgermeisterin:", "„Wir wollten nicht.“"},
		{"Maire\u00a0: «\u00a0De là-haut, on voit.\u00a0»", "Maire\u00a0:", "«\u00a0De là-haut, on voit.\u00a0»"},
		{"مدير الميناء: «رمّمنا الرصيف».", "مدير الميناء:", "«رمّمنا الرصيف»."},
		{"面包店店主：“每个星期五。”", "面包店店主：", "“每个星期五。”"},
		{`Baker: "I roll coins."`, "Baker:", `"I roll coins."`},
		{"מנהלת השוק: ״נשמור על הרעש״.", "מנהלת השוק:", "״נשמור על הרעש״."},
		{"The vote was nine to four.", "", ""},
		{"Result: nine to four.", "", ""},
		{"Council chair: “No” is no answer.", "", ""},
		{"Council chair: “No,” and then “yes.”", "", ""},
		{"“No”: “Yes”", "", ""},
		{"6:30: “x”", "", ""},
		{": “x”", "", ""},
		{"Chair: “”", "", ""},
		{"Chair: “", "", ""},
		{"Chair:", "", ""},
		{strings.Repeat("Chair of the council ", 4) + ": “No.”", "", ""},
	} {
		if c[1] == "" {
			c[2] = c[0]
		}
		if speaker, text := spoken(c[0]); speaker != c[1] || text != c[2] {
			t.Errorf("%s: got %q and %q", c[0], speaker, text)
		}
	}
}

// FuzzSpoken: whatever is taken apart, no word is lost and none is added.
func FuzzSpoken(f *testing.F) {
	for _, s := range []string{"Chair: “No.”", "Maire\u00a0: «\u00a0x\u00a0»", "a：\"b\"", "“:”", "\xff:“\xff”", "x:„“."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = line(s)
		speaker, text := spoken(s)
		if got := strings.Join(strings.Fields(speaker+" "+text), ""); got != strings.Join(strings.Fields(s), "") {
			t.Errorf("%q became %q and %q", s, speaker, text)
		}
		if speaker == "" && text != s {
			t.Errorf("%q became %q", s, text)
		}
	})
}

func TestALeadShowsSevenOfTenQuickLooks(t *testing.T) {
	for _, c := range []struct{ n, limit, want int }{
		{0, 5, 0}, {7, 5, 7}, {9, 5, 9}, {10, 5, 7}, {12, 5, 7}, {12, 9, 9}, {10, 9, 10}, {12, -1, 12},
	} {
		r := renderer(t)
		r.Layout.QuickLooks = c.limit
		if got := r.leadShown(c.n); got != c.want {
			t.Errorf("%d with a limit of %d: got %d, want %d", c.n, c.limit, got, c.want)
		}
	}
	page, text := bothParts(t, renderer(t), edition(t, many(t, 1)...))
	for part, s := range map[string]string{"HTML": page, "text": text} {
		if !strings.Contains(s, "3 more Quick Looks") {
			t.Errorf("the %s does not say how many more there are", part)
		}
	}
}
