package gather

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"

	"vesper/digest/intake/feed"
	"vesper/digest/intake/page"
)

// mostSummary is how long a summary of another's words may be, in characters.
const mostSummary = 400

// more finds what programs put at the end of a summary. It takes long to compile, so it
// waits until there is one.
var more = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\s*(?:\[(?:…|\.\.\.|&hellip;)\]|\(?(?:continue reading|read more|weiterlesen|` +
		`lire la suite|leer más|seguir leyendo)\b.{0,120}|` +
		`the post .{1,300} (?:appeared first on|first appeared on) .{1,120})\s*$`)
})

// summary is a story's own summary, else its first sentences.
func summary(it feed.Item, lines []page.Line) string {
	text := joined(page.Lines(it.Summary[:min(len(it.Summary), 64<<10)]))
	if text == "" {
		text = joined(lines)
	}
	for cut := ""; cut != text; {
		cut, text = text, strings.TrimSpace(more().ReplaceAllString(text, ""))
	}
	if strings.EqualFold(text, it.Title) {
		return ""
	}
	return shorten(text, mostSummary)
}

// joined gives the paragraphs of lines as one text, as far as a summary needs.
func joined(lines []page.Line) string {
	var b strings.Builder
	for _, l := range lines {
		if l.Kind != page.Paragraph || b.Len() > 4*mostSummary {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(l.Text)
	}
	return b.String()
}

// sentence finds the end of a sentence.
var sentence = regexp.MustCompile(`[.!?…]["”’»)]?\s|[。！？]`)

// firstSentence is the first sentence of a text, shortened as a headline is.
func firstSentence(text string) string {
	if at := sentence.FindStringIndex(text); at != nil {
		text = strings.TrimSpace(text[:at[1]])
	}
	return shorten(text, 120)
}

// shorten cuts a text that has more than most characters at its last sentence, else at its
// last word.
func shorten(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	head := string([]rune(text)[:most])
	end := 0
	for _, at := range sentence.FindAllStringIndex(head+" ", -1) {
		end = min(at[1], len(head))
	}
	if end > len(head)/3 {
		return strings.TrimSpace(head[:end])
	}
	if space := strings.LastIndexByte(head, ' '); space > 0 {
		head = head[:space]
	}
	return strings.TrimRight(head, " ,;:–—-") + " …"
}
