package intake

import (
	"bytes"
	"cmp"
	"html"
	"regexp"
	"strings"
	"sync"
)

// entity is the form of HTML's names for characters. Those without a semicolon are
// text: URLs have such.
var entity = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);$`)
})

// longestEntity has the length of the longest name, "&CounterClockwiseContourIntegral;".
const longestEntity = 33

// unescape writes HTML's entities as the characters that they stand for, until none is
// left: many were escaped twice. Characters that no line of text has are left out. It
// gives the first entity too, "" if there is none.
func unescape(s string) (text, first string) {
	if !strings.Contains(s, "&") {
		return s, ""
	}
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		out = append(out, s[i])
		for len(out) > 0 && out[len(out)-1] == ';' {
			near := max(len(out)-longestEntity, 0)
			start := bytes.LastIndexByte(out[near:], '&')
			if start < 0 {
				break
			}
			name := string(out[near+start:])
			text, ok := characters(name)
			if !ok {
				break
			}
			first = cmp.Or(first, name)
			out = append(out[:near+start], text...)
		}
	}
	return string(out), first
}

// characters gives what an entity stands for. The bool is false if there is none of this
// name.
func characters(name string) (string, bool) {
	if !entity().MatchString(name) {
		return "", false
	}
	text := html.UnescapeString(name)
	// Of "&ampere;" it would take "&amp" alone.
	if text == name || strings.HasSuffix(text, ";") && text != ";" {
		return "", false
	}
	return strings.Map(printing, text), true
}

// escaped is what was found escaped in a file.
type escaped struct {
	line, times int
	first       string
}

// write gives a line with its entities as characters.
func (e *escaped) write(number int, s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	text, first := unescape(strings.Map(printing, s))
	if first == "" {
		return s
	}
	if e.times++; e.times == 1 {
		e.line, e.first = number, first
	}
	return text
}
