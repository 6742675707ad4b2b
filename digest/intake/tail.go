package intake

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// commentLine is the line under a story that asks readers to log in and comment, in
// the words of the common web programs. Nothing else is on the line.
var commentLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^` + logIn + ` (?:to|before you can|in order to) ` +
		`(?:post|leave|add|write|submit|make) (?:a|your) (?:comment|reply)[.!]?$`)
})

const (
	enter = `(?:register(?:ed)?|log(?:ged)?[ -]?in|sign(?:ed)?[ -]?(?:in|up)|subscribed?|create an account)`
	logIn = `(?:(?:you (?:must|need to|have to)|please) )?(?:be )?` +
		enter + `(?:(?:,| or| and) (?:be )?` + enter + `)*(?: here)?`
)

// otherCommentLine is the same line in other words and languages: those of tails.txt.
var otherCommentLine = sync.OnceValue(func() *regexp.Regexp {
	var forms []string
	for form := range strings.Lines(strings.ReplaceAll(tails, "{log in}", logIn)) {
		if form = strings.TrimSpace(form); form != "" && form[0] != '#' {
			forms = append(forms, form)
		}
	}
	return regexp.MustCompile(`(?i)^(?:` + strings.Join(forms, "|") + `)$`)
})

//go:embed tails.txt
var tails string

// withoutTail leaves out last lines that ask to log in and comment.
func (h *house) withoutTail(lines []line) []line {
	for ; len(lines) > 0; lines = lines[:len(lines)-1] {
		last := lines[len(lines)-1]
		if asksToLogIn(last.text) {
			continue
		}
		if !asksInOtherWords(last.text) {
			break
		}
		h.loosely(last.number, fmt.Sprintf("%.60q asks to log in and comment, and is left out", last.text),
			"it came with the story from a web page: delete the line")
	}
	return lines
}

func asksToLogIn(s string) bool { return commentLine().MatchString(plainSpaces(s)) }

// asksInOtherWords says whether a line asks the same in other words or languages.
func asksInOtherWords(s string) bool { return otherCommentLine().MatchString(plainSpaces(s)) }
