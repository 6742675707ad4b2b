package digest

import (
	"strings"
	"unicode/utf8"
)

// Found is a story of a past edition whose headline was looked for.
type Found struct {
	Printed
	Article, Headline string
}

// Query is what somebody looks for in headlines: words that must all be in one.
type Query []string

// MostQuery is how long a query is at most, in characters; and of so many words.
const (
	MostQuery      = 100
	mostQueryWords = 8
)

// ParseQuery reads a query that anybody may have typed. What is too long is cut.
func ParseQuery(typed string) Query {
	typed = strings.ToValidUTF8(typed, " ")
	for n := range typed {
		if utf8.RuneCountInString(typed[:n]) == MostQuery {
			typed = typed[:n]
			break
		}
	}
	words := strings.Fields(strings.ToLower(typed))
	return words[:min(len(words), mostQueryWords)]
}

// Finds says whether a headline has all words of the query, in any case. No words find
// nothing.
func (q Query) Finds(headline string) bool {
	headline = strings.ToLower(headline)
	for _, word := range q {
		if !strings.Contains(headline, word) {
			return false
		}
	}
	return len(q) > 0
}
