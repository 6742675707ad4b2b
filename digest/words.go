package digest

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxSubject is how long an editor's subject may be, in characters.
const MaxSubject = 150

// Words are an editor's words on one edition, kept until it is opened and
// printed in it. The zero Words are none.
type Words struct {
	// Subject stands in place of the lead's headline, Note above the articles.
	// Either may be empty.
	Subject, Note string
}

// Over gives w, and from kept what w leaves empty.
func (w Words) Over(kept Words) Words {
	return Words{Subject: cmp.Or(w.Subject, kept.Subject), Note: cmp.Or(w.Note, kept.Note)}
}

// WordsFlaw says what is wrong with an editor's words.
type WordsFlaw struct {
	// Field is "subject" or "note".
	Field string
	// Problem goes on from the field's name: "is longer than 150 characters". Hint
	// says what would be right.
	Problem, Hint string
}

// Error gives the flaw as "subject is longer than 150 characters".
func (f *WordsFlaw) Error() string { return f.Field + " " + f.Problem }

// answers are the beginnings of subjects that mailbox providers take for a trick
// where nothing is answered or passed on.
var answers = regexp.MustCompile(`(?i)^\s*(re|fwd?|aw|wg|tr|rv|res)\s*:`)

// Check gives a [*WordsFlaw] for words that would make a bad email.
func (w Words) Check() error {
	switch {
	case utf8.RuneCountInString(w.Subject) > MaxSubject:
		return &WordsFlaw{"subject", fmt.Sprintf("is longer than %d characters", MaxSubject), "inboxes show about 70"}
	case answers.MatchString(w.Subject):
		return &WordsFlaw{
			"subject", "begins like a reply",
			"mailbox providers rate that lower if it is not a reply",
		}
	case strings.ContainsFunc(w.Subject, control):
		return &WordsFlaw{"subject", "has a control character in it", "write it on one line"}
	case strings.ContainsFunc(w.Note, control):
		return &WordsFlaw{"note", "has a control character in it", "write it on one line"}
	}
	return nil
}

// control says whether r is a control character, a line end included.
func control(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }
