package exchange

import (
	"strings"
	"testing"
)

func TestARejectedRowIsNoFormulaAndComesBackAsItWas(t *testing.T) {
	for _, c := range []struct{ row, want string }{
		{"ana@quay.example,Ana", "ana@quay.example,Ana"},
		{"=1+2,ana", "'=1+2,ana"},
		{`ana,"=HYPERLINK(""http://x"")",-1`, `ana,"'=HYPERLINK(""http://x"")",'-1`},
		{"ana\t+49 1\t@b", "ana\t'+49 1\t'@b"},
		{"a;=1;b=2;c-d", "a;'=1;b=2;c-d"},
		{"'=1,'already,''@x", "''=1,'already,'''@x"},
		{"a,\"two\n=lines\"", "a,\"two\n'=lines\""},
		{"", ""},
		{"'", "'"},
		{"\"", "\""},
		{"a,,b", "a,,b"},
		{"\t\t=1", "\t\t'=1"},
	} {
		p := &Part{}
		got := p.Guard(c.row)
		if back := string(unguard([]byte(got))); got != c.want || back != c.row {
			t.Errorf("%q: got %q, and back %q; want %q", c.row, got, back, c.want)
		}
	}
}

func FuzzGuardedRowsComeBack(f *testing.F) {
	for _, seed := range []string{"=1+2,ana", "'=1,'already", "a,\"-b\"\"\",'", "\"'=", "''\"=", "\"\"=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, row string) {
		got := (&Part{}).Guard(row)
		if back := string(unguard([]byte(got))); back != row {
			t.Errorf("%q became %q, and %q", row, got, back)
		}
		for cell := range strings.FieldsFuncSeq(got, func(r rune) bool { return strings.ContainsRune(",;\t\n\r|", r) }) {
			if formula(strings.TrimPrefix(cell, `"`)) {
				t.Errorf("%q has the formula %q", got, cell)
			}
		}
	})
}
