package bounce

import (
	_ "embed"
	"strings"
	"sync"

	"vesper/subscribers"
)

//go:embed rules.txt
var rulesText string

// rule is a line of rules.txt: words that a server says, and what they mean.
type rule struct {
	cause subscribers.Cause
	line  string
	words []string
	// certain says that the words need nothing beside them.
	certain bool
	// status is the only one with which they mean it, if there is one.
	status string
}

// gap is how many octets of text may stand between the words of a rule.
const gap = 80

var rules = sync.OnceValue(func() []rule {
	var all []rule
	var cause subscribers.Cause
	for line := range strings.Lines(rulesText) {
		line, _, _ = strings.Cut(line, " #")
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			cause = causeNamed(strings.Trim(line, "[]"))
		default:
			words, status, _ := strings.Cut(line, " @")
			bare := strings.TrimPrefix(words, "!")
			all = append(all, rule{cause, bare, strings.Split(bare, " * "), bare != words, status})
		}
	}
	return all
})

// causeNamed gives the cause of this name, whatever its capitals.
func causeNamed(name string) subscribers.Cause {
	for _, r := range subscribers.Causes() {
		if strings.EqualFold(string(r), name) {
			return r
		}
	}
	panic("rules.txt: there is no cause " + name)
}

// matched gives the first rule whose words stand in a text, and what they mean.
func matched(text string) (rule, bool) {
	text = normal(text)
	if text == "" {
		return rule{}, false
	}
	for _, r := range rules() {
		if r.in(text) {
			return r, true
		}
	}
	return rule{}, false
}

// in says whether the words stand in a text, each within the gap of the one before.
func (r rule) in(text string) bool {
	for from := 0; ; {
		at := wordAt(text, r.words[0], from)
		if at < 0 {
			return false
		}
		from = at + 1
		after, all := at+len(r.words[0]), true
		for _, w := range r.words[1:] {
			next := wordAt(text[:min(len(text), after+gap+len(w))], w, after)
			if next < 0 {
				all = false
				break
			}
			after = next + len(w)
		}
		if all {
			return true
		}
	}
}

// wordAt gives the index of words that begin where a word begins, from one on, or -1.
func wordAt(text, words string, from int) int {
	for {
		at := strings.Index(text[from:], words)
		if at < 0 {
			return -1
		}
		at += from
		if at == 0 || !isWord(text[at-1]) || !isWord(words[0]) {
			return at
		}
		from = at + 1
	}
}

func isWord(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// normal gives a text in small letters and one line. The codes with which each line of a
// long answer begins are left out.
func normal(text string) string {
	var b strings.Builder
	for _, word := range strings.Fields(strings.ToLower(cut(text, maxText))) {
		if isCode(word) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return plainer.Replace(b.String())
}

// plainer writes quotes as servers type them, and leaves out words that stand before the
// reason whatever it is.
var plainer = strings.NewReplacer("’", "'", "‘", "'",
	"recipient address rejected: access denied", "recipient address rejected, access denied",
	"recipient address rejected: ", "", "sender was rejected. ", "")

// isCode says whether a word is a reply code, a status, or both: "550", "5.1.1", "550-5.1.1".
func isCode(word string) bool {
	code, rest, _ := strings.Cut(word, "-")
	if len(code) == 3 && isNumber(code) && (rest == "" || statusIn(rest) == rest) {
		return true
	}
	return statusIn(word) != "" && statusIn(word) == word
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }
