package digest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// The Quick Looks that a story has at best. Fewer say too little, more are not quick.
const leastQuickLooks, mostQuickLooks = 3, 12

var (
	webAddress = regexp.MustCompile(`(?i)\bhttps?://|\bwww\.`)
	// placeholder is what newsrooms write for a fact that is still to come.
	placeholder = regexp.MustCompile(`\b(?:TK)+\b`)
	// A straight quotation mark behind a digit is one of feet, inches or minutes.
	straight = regexp.MustCompile(`(?:^|[^0-9])["']`)
	curly    = regexp.MustCompile(`[“”„‘’‚]`)
)

// Remarks says what an editor would mend in an article although it is in the format: what
// is longer than is good, and what looks like a slip, or like spam to a mailbox provider.
// What is fetched has the Quick Looks that its source gave it.
func (a Article) Remarks() []string {
	said := a.Lengths()
	say := func(form string, args ...any) { said = append(said, fmt.Sprintf(form, args...)) }
	if shouted(a.Headline) {
		say("the headline is all in capitals: spam filters mark that down")
	}
	if webAddress.MatchString(a.Headline) {
		say("the headline has a web address: spam filters mark that down; it belongs in a URL line")
	}
	if n := len(a.QuickLooks); a.Feed == "" && n < leastQuickLooks {
		few := [...]string{"no Quick Look", "1 Quick Look", "2 Quick Looks"}[n]
		say("%s: fewer than %d say too little", few, leastQuickLooks)
	} else if n > mostQuickLooks {
		say("%d Quick Looks: more than %d are not quick", n, mostQuickLooks)
	}
	for i, q := range a.QuickLooks {
		switch bare := letters(q); bare {
		case "":
		case letters(a.Headline):
			say("Quick Look %d says what the headline says", i+1)
		case letters(a.Summary):
			say("Quick Look %d says what the summary says", i+1)
		}
	}
	return append(said, slices.Concat(a.toCome(), a.mixed())...)
}

// toCome says where facts are still to come.
func (a Article) toCome() []string {
	var said []string
	for _, part := range a.texts() {
		if placeholder.MatchString(part.text) {
			said = append(said, part.name+` has "TK": what is to come is not there yet`)
		}
	}
	return said
}

// mixed says if two kinds of quotation marks are in the texts.
func (a Article) mixed() []string {
	straightIn, curlyIn := "", ""
	for _, part := range a.texts() {
		if straightIn == "" && straight.MatchString(part.text) {
			straightIn = part.name
		}
		if curlyIn == "" && curly.MatchString(part.text) {
			curlyIn = part.name
		}
	}
	if straightIn == "" || curlyIn == "" {
		return nil
	}
	return []string{fmt.Sprintf("%s has straight quotation marks, %s has curly ones: one kind is calmer",
		straightIn, curlyIn)}
}

// named is a text of an article and what it is.
type named struct{ name, text string }

// texts gives all that readers see of an article's words.
func (a Article) texts() []named {
	all := []named{{"the headline", a.Headline}, {"the summary", a.Summary}}
	for i, q := range a.QuickLooks {
		all = append(all, named{fmt.Sprintf("Quick Look %d", i+1), q})
	}
	for i, b := range a.DeepLook {
		all = append(all, named{fmt.Sprintf("paragraph %d", i+1), b.Text})
	}
	return all
}

// shouted says whether a headline is all in capitals. A few letters may be a name, such as
// NATO, and scripts without capitals are none.
func shouted(headline string) bool {
	capitals := 0
	for _, r := range headline {
		switch {
		case unicode.IsLower(r):
			return false
		case unicode.IsUpper(r):
			capitals++
		}
	}
	return capitals > 8
}

// letters gives the letters and digits of a text alone, in lower case.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}
