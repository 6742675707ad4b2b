package intake

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
)

func TestWhatIsNotInTheFormatIsNamedWithItsLine(t *testing.T) {
	const (
		first = `H \ S \ D \ B \ L \ Sum` + "\n"
		rest  = "Quick Looks\n- One.\nDeep Look\nText.\n"
	)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":       {"", []string{"a.txt: the file is empty"}},
		"blank":       {"\ufeff \r\n\n", []string{"a.txt: the file is empty"}},
		"four fields": {`H \ S \ D \ B` + "\n" + rest, []string{"a.txt:1: 4 fields instead of 6"}},
		"seven fields": {
			`H \ S \ D \ B \ L \ Sum \ mary` + "\n" + rest, []string{"a.txt:1: 7 fields instead of 6"},
		},
		"no separator":        {"Only a Headline\n" + rest, []string{"a.txt:1: 1 field instead of 6"}},
		"fields after blanks": {"\n\r\n" + `H \ S` + "\n" + rest, []string{"a.txt:3: 2 fields instead of 6"}},
		"no headline":         {` \ S \ D \ B \ L \ Sum` + "\n" + rest, []string{"a.txt:1: the headline is empty"}},
		"no first line":       {rest, []string{`a.txt:1: no line with the six fields above "Quick Looks"`}},
		"nothing but keys": {
			"Section: World\n",
			[]string{
				"a.txt: no line with the six fields", `a.txt: no line "Quick Looks"`, `a.txt: no line "Deep Look"`,
			},
		},
		"no markers":     {first + "Text.\n", []string{`a.txt: no line "Quick Looks"`, `a.txt: no line "Deep Look"`}},
		"no Quick Looks": {first + "- One.\nDeep Look\nText.\n", []string{`a.txt: no line "Quick Looks"`}},
		"no Deep Look":   {first + "Quick Looks\n- One.\n", []string{`a.txt: no line "Deep Look"`}},
		"marker with a colon": {
			first + "Quick Looks:\n- One.\nDeep Look\nText.",
			[]string{`a.txt:2: "Quick Looks:" instead of "Quick Looks"`},
		},
		"marker misspelt": {
			first + "Quick Looks\n- One.\nDeep Looks\nText.",
			[]string{`a.txt:4: "Deep Looks" instead of "Deep Look"`},
		},
		"wrong order": {
			first + "Deep Look\nText.\nQuick Looks\n- One.\n",
			[]string{
				`a.txt:2: "Deep Look" is before "Quick Looks"`,
				`a.txt:3: "Text." is between the first line and "Quick Looks"`,
			},
		},
		"summary on two lines": {
			first + "More of it.\n" + rest,
			[]string{`a.txt:2: "More of it." is between the first line and "Quick Looks"`},
		},
		"no bullets": {first + "Quick Looks\nDeep Look\nText.", []string{`a.txt:2: no bullet under "Quick Looks"`}},
		"a line that is none": {
			first + "Quick Looks\n- One.\nTwo.\n-Three.\n* Four.\nDeep Look\nText.",
			[]string{
				`a.txt:4: "Two." is not a bullet`, `a.txt:5: "-Three." is not a bullet`,
				`a.txt:6: "* Four." is not a bullet`,
			},
		},
		"empty bullet": {
			first + "Quick Looks\n- One.\n- \nDeep Look\nText.", []string{"a.txt:4: a bullet without text"},
		},
		"no paragraph": {
			first + "Quick Looks\n- One.\nDeep Look\n", []string{`a.txt:4: no paragraph under "Deep Look"`},
		},
		"only the pasted line": {
			first + "Quick Looks\n- One.\nDeep Look\nLog in to leave a comment",
			[]string{`a.txt:4: no paragraph under "Deep Look"`},
		},
		"two articles": {
			first + rest + first + rest,
			[]string{`a.txt:7: "Quick Looks" is there twice`, `a.txt:9: "Deep Look" is there twice`},
		},
		"Quick Looks twice": {first + "Quick Looks\n" + rest, []string{`a.txt:3: "Quick Looks" is there twice`}},
		"not UTF-8":         {first + "Quick Looks\n- caf\xe9\n", []string{"a.txt:3: not UTF-8 text"}},
		"UTF-16":            {"\xff\xfeH\x00", []string{"a.txt:1: not UTF-8 text"}},
		"cut in a letter":   {first + rest + "Text \xe2\x80", []string{"a.txt:6: not UTF-8 text"}},
		"NUL":               {first + "Quick Looks\r\n- O\x00ne.\r\n", []string{"a.txt:3: control character U+0000"}},
		"escape":            {first + rest + "\x1b[31mred", []string{"a.txt:6: control character U+001B"}},
		"C1 control":        {first + rest + "a\u0085b", []string{"a.txt:6: control character U+0085"}},
		"several at once": {
			"Sektion: x\n" + `H \ S` + "\nQuick Looks\nOne.\nDeep Look\n",
			[]string{
				`a.txt:1: unknown key "Sektion"`, "a.txt:2: 2 fields instead of 6", `a.txt:4: "One." is not a bullet`,
				`a.txt:5: no paragraph under "Deep Look"`,
			},
		},
		"unknown key": {"Author: Ida\n" + first + rest, []string{`a.txt:1: unknown key "Author"`}},
		"repeated key": {
			"URL: https://a.example\nSection: x\nurl: https://b.example\n" + first + rest,
			[]string{"a.txt:3: URL is there twice"},
		},
		"key without value": {"Section:\n" + first + rest, []string{"a.txt:1: Section has no value"}},
		"key under the line": {
			first + "Section: World\n" + rest,
			[]string{`a.txt:2: "Section: World" is between the first line and "Quick Looks"`},
		},
		"URL of another scheme": {
			"URL: javascript:alert(1)\n" + first + rest,
			[]string{`a.txt:1: URL: "javascript:alert(1)" is neither http nor https`},
		},
		"URL without scheme": {
			"URL: www.news.example/a\n" + first + rest,
			[]string{`a.txt:1: URL: "www.news.example/a" is neither http nor https`},
		},
		"URL without host": {"URL: https:///a\n" + first + rest, []string{`a.txt:1: URL: "https:///a" has no host`}},
		"URL with a name": {
			"URL: https://ida:secret@news.example/\n" + first + rest,
			[]string{`a.txt:1: URL: "https://ida:xxxxx@news.example/" has a name before its host`},
		},
		"URL with a space": {
			"URL: https://news.example/a b\n" + first + rest,
			[]string{`a.txt:1: URL: "https://news.example/a b" has a character that is not allowed in URLs`},
		},
		"URL with a backslash": {
			`URL: https://news.example\@evil.example/` + "\n" + first + rest,
			[]string{`a.txt:1: URL: "https://news.example\\@evil.example/" has a character that is not allowed in URLs`},
		},
		"URL with a hidden mark": {
			"URL: https://news.example/a\u200bb\n" + first + rest,
			[]string{`a.txt:1: URL: "https://news.example/a\u200bb" has a character that is not allowed in URLs`},
		},
		"URL with a bad port": {
			"URL: https://news.example:a/\n" + first + rest,
			[]string{`a.txt:1: URL: "https://news.example:a/": invalid port ":a" after host`},
		},
		"URL too long": {
			"URL: https://news.example/" + strings.Repeat("a", 2048) + "\n" + first + rest,
			[]string{"a.txt:1: URL: longer than 2048 bytes"},
		},
		"Published is not a date": {
			"Published: yesterday\n" + first + rest, []string{`a.txt:1: Published: "yesterday" is not a date`},
		},
		"Published is no day": {
			"Published: 2026-02-30\n" + first + rest, []string{`a.txt:1: Published: "2026-02-30" is not a date`},
		},
		"Published too early": {
			"Published: 0026-11-22\n" + first + rest,
			[]string{`a.txt:1: Published: the year of "0026-11-22" can't be right`},
		},
		"Embargo is not a date": {
			"Embargo: tomorrow\n" + first + rest, []string{`a.txt:1: Embargo: "tomorrow" is not a date`},
		},
		"Embargo is there twice": {
			"Embargo: 2026-11-22\nEMBARGO: 2026-11-23\n" + first + rest, []string{"a.txt:2: Embargo is there twice"},
		},
		"Embargo too late": {
			"Embargo: 9999-12-31T23:59:59-01:00\n" + first + rest,
			[]string{`a.txt:1: Embargo: the year of "9999-12-31T23:59:59-01:00" can't be right`},
		},
		"Language in words": {
			"Language: English\n" + first + rest, []string{`a.txt:1: Language: "English" is not a language tag`},
		},
		"Language with a rule": {
			"Language: en_GB\n" + first + rest, []string{`a.txt:1: Language: "en_GB" is not a language tag`},
		},
		"Updates that is no ID": {
			"Updates: ../ferry\n" + first + rest, []string{`a.txt:1: Updates: "../ferry" can't be an article's ID`},
		},
		"more than can be named": {
			first + "Quick Looks\n" + strings.Repeat("x\n", 50) + "Deep Look\nText.",
			tenOf(`a.txt:%d: "x" is not a bullet`, 3),
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseHouse("a.txt", strings.NewReader(c.text), nil)
			var flaws Flaws
			if !errors.As(err, &flaws) {
				t.Fatalf("got %v, want flaws", err)
			}
			if diff := cmp.Diff(strings.Join(c.want, "\n"), err.Error()); diff != "" {
				t.Error(diff)
			}
			if first := (*digest.Flaw)(nil); !errors.As(err, &first) || first != flaws[0] {
				t.Error("the first flaw is not found in the error")
			}
		})
	}
}

func tenOf(form string, line int) []string {
	var all []string
	for n := range 10 {
		all = append(all, fmt.Sprintf(form, line+n))
	}
	return all
}

func TestAnUnknownKeyNamesTheNearest(t *testing.T) {
	for written, want := range map[string]string{
		"Publised":  "did you mean Published?",
		"publish":   "did you mean Published?",
		"Embarg":    "did you mean Embargo?",
		"Sektion":   "did you mean Section?",
		"Lang":      "the keys are URL, Published, Embargo, Section, Language and Updates; a headline is followed by five more fields",
		"languages": "did you mean Language?",
		"URI":       "did you mean URL?",
		"http":      "the keys are URL, Published, Embargo, Section, Language and Updates; a headline is followed by five more fields",
	} {
		_, err := ParseHouse("a.txt", strings.NewReader(written+": x\n"+small), nil)
		var flaw *digest.Flaw
		if !errors.As(err, &flaw) || flaw.Hint != want {
			t.Errorf("%s: got %+v, want hint %q", written, flaw, want)
		}
	}
}

func TestAHugeFileIsRefusedUnread(t *testing.T) {
	var read counter
	_, err := ParseHouse("a.txt", io.TeeReader(endless{}, &read), nil)
	if err == nil || err.Error() != "a.txt: larger than 1 MiB" {
		t.Errorf("got %v", err)
	}
	if read > maxFile+1 {
		t.Errorf("read %d bytes of it", read)
	}
	just := small + strings.Repeat("x", maxFile-len(small))
	if _, err := ParseHouse("a.txt", strings.NewReader(just), nil); err != nil {
		t.Errorf("a file of just 1 MiB: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

func TestAReadErrorIsNoFlaw(t *testing.T) {
	broken := errors.New("broken")
	_, err := ParseHouse("a.txt", iotest.ErrReader(broken), nil)
	if flaw := (*digest.Flaw)(nil); !errors.Is(err, broken) || errors.As(err, &flaw) {
		t.Errorf("got %v", err)
	}
}
