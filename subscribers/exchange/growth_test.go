package exchange

import (
	"fmt"
	"strings"
	"testing"

	"vesper/digest/growth"
)

// TestTwiceTheFileIsNoMoreThanTwiceTheWork reads files of growing size in each shape
// that a parser may be slow at, and compares what is allocated.
func TestTwiceTheFileIsNoMoreThanTwiceTheWork(t *testing.T) {
	many := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	growth.Check(t, 3000, map[string]func(n int) string{
		"tags":    func(n int) string { return "email,tags\na@x.example,\"" + many(n, "t%d,") + "\"\n" },
		"one tag": func(n int) string { return "email,tags\na@x.example,\"" + strings.Repeat("t,", n) + "\"\n" },
		"tags in our own": func(n int) string {
			return ownHeader + `a@x.example,,unconfirmed,,every,,plain,,,"` + many(n, "t%d,") + "\",,,,\n"
		},
		"a quoted tag": func(n int) string { return "email,tags\na@x.example,\"" + strings.Repeat(`""`, 2*n) + "\"\n" },
		"addresses":    func(n int) string { return "email,name\na@x.example,\"" + many(n, "b%d@x.example ") + "\"\n" },
		"a line":       func(n int) string { return many(n, "b%d@x.example, ") + "\nb@x.example\n" },
		"brackets":     func(n int) string { return "email,name\n" + strings.Repeat("<", n) + "a@x.example>,A\n" },
		"a domain":     func(n int) string { return "email,name\na@" + strings.Repeat("ü", n) + ".example,A\n" },
		"a local part": func(n int) string { return "email,name\n" + strings.Repeat("ü", n) + "@x.example,A\n" },
		"a zone":       func(n int) string { return "email,timezone\na@x.example,Europe/" + strings.Repeat("a-", n) + "\n" },
		"evenings": func(n int) string {
			return ownHeader + `a@x.example,,unconfirmed,,"` + strings.Repeat("mon,", n) + `",,plain,,,,,,,`
		},
		"a time":           func(n int) string { return "email,confirmed_at\na@x.example," + strings.Repeat("2 ", n) + "\n" },
		"a word of a name": func(n int) string { return "=?utf-8?q?" + strings.Repeat("=C3=BC", n) + "?= <a@x.example>\n" },
		"columns": func(n int) string {
			return "email" + many(n, ",c%d") + "\na@x.example" + strings.Repeat(",no", n) + "\n"
		},
		"the same column": func(n int) string {
			return "email" + strings.Repeat(",status", n) + "\n" +
				"a@x.example" + strings.Repeat(",active", n) + "\n"
		},
		"two columns": func(n int) string { return many(n, "c%d,") + "\n" + strings.Repeat("a@x.example,", n) + "\n" },
		"values":      func(n int) string { return "email,a\n" + many(n, "a@x.example,v%d\n") },
		"open marks":  func(n int) string { return "email,name\n" + many(n, "a%d@x.example,\"A\n") },
		"lone marks":  func(n int) string { return "email,name\n" + many(n, "a%d@x.example,A\"\n") },
		"swallowed rows": func(n int) string {
			return "email,name\na@x.example,\"A\n" + many(n, "a%d@x.example,A\n") + "\"\n"
		},
		"a note of lines": func(n int) string { return "email,note\na@x.example,\"" + strings.Repeat("line\n", n) + "\"\n" },
		"blank lines":     func(n int) string { return "email,note\n" + strings.Repeat("\n", n) + "a@x.example,\n" },
		"JSON":            func(n int) string { return `{"address":"a@x.example","tags":["` + many(n, `t%d","`) + `"]}` },
	}, func(content string) { readThrough(t, content) })
}

func readThrough(t *testing.T, content string) {
	f, err := Open("f", strings.NewReader(content), int64(len(content)), Choices{})
	if err != nil {
		if len(err.Error()) > 1000 {
			t.Errorf("an error of %d octets: %.100s", len(err.Error()), err)
		}
		return
	}
	for _, p := range f.Parts {
		for range p.Rows() {
		}
	}
}
