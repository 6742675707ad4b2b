package store

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vesper/subscribers"
)

// isTo says whether a mailbox is that of an address.
func isTo(mailbox string, a subscribers.Address) bool {
	return slices.ContainsFunc(a.Forms(), func(form string) bool { return strings.EqualFold(form, mailbox) })
}

// mentioning gives what says whether a text has an address in it, in any case of its
// letters: what scrub would take out. Many texts are looked at.
func mentioning(a subscribers.Address) func(text string) bool {
	forms := a.Forms()
	for i, form := range forms {
		forms[i] = strings.ToLower(form)
	}
	return func(text string) bool {
		text = strings.ToLower(text)
		return slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(text, form) })
	}
}

// mentions is mentioning for one text.
func mentions(text string, a subscribers.Address) bool { return mentioning(a)(text) }

// scrub takes an address out of a text: each form of it becomes "…". With alone,
// its local part goes too where it stands by itself, as in "no mailbox ines here".
func scrub(text string, a subscribers.Address, alone bool) string {
	forms := a.Forms()
	for _, form := range forms {
		text = replaceFold(text, form, false)
	}
	if !alone {
		return text
	}
	for _, form := range forms {
		local, _, _ := strings.Cut(form, "@")
		text = replaceFold(text, local, true)
	}
	return text
}

// replaceFold replaces what equals old in any case by "…"; with word only where
// neither a letter nor a digit stands beside it.
func replaceFold(text, old string, word bool) string {
	if old == "" {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		n := foldedPrefix(text[i:], old)
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+n:])
		if n > 0 && !(word && (inWord(before) || inWord(after))) {
			b.WriteString("…")
			i += n
			continue
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		b.WriteString(text[i : i+size])
		i += size
	}
	return b.String()
}

// foldedPrefix gives how many bytes of text equal old but for case, 0 if they do
// not.
func foldedPrefix(text, old string) int {
	n := 0
	for _, want := range old {
		got, size := utf8.DecodeRuneInString(text[n:])
		if size == 0 || unicode.ToLower(got) != unicode.ToLower(want) {
			return 0
		}
		n += size
	}
	return n
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// without takes a recipient's mailbox out of a text as scrub does.
func without(text, mailbox string, alone bool) string {
	local, _, _ := strings.Cut(mailbox, "@")
	if !strings.Contains(text, "@") && !strings.Contains(strings.ToLower(text), strings.ToLower(local)) {
		return text
	}
	if a, err := subscribers.ParseAddress(mailbox); err == nil {
		return scrub(text, a, alone)
	}
	// The grammar has come to refuse it.
	text = replaceFold(text, mailbox, false)
	if alone {
		text = replaceFold(text, local, true)
	}
	return text
}

// mailboxes finds whatever looks like one.
var mailboxes = regexp.MustCompile(`[^\s<>()"',;:\[\]]*@[^\s<>()"',;:\[\]]*`)

// veiled gives a text without whatever looks like a mailbox.
func veiled(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return mailboxes.ReplaceAllString(text, "…")
}

// longest is how much is kept of what a relay says, in characters.
const longest = 500

// plain makes foreign text fit for a row and a terminal: a line of at most 500
// characters, control characters as spaces.
func plain(text string) string {
	if len(text) <= longest && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return text
	}
	kept := 0
	var b strings.Builder
	for _, r := range text {
		if kept++; kept > longest {
			break
		}
		if unicode.IsControl(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}
