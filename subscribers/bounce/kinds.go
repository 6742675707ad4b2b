package bounce

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed kinds.txt
var kindsText string

// kinds are the lines of kinds.txt, by their sections.
var kinds = sync.OnceValue(func() map[string][]rule {
	all, section := map[string][]rule{}, ""
	for line := range strings.Lines(kindsText) {
		line, _, _ = strings.Cut(line, " #")
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = strings.Trim(line, "[]")
		default:
			all[section] = append(all[section], rule{line: line, words: strings.Split(line, " * ")})
		}
	}
	return all
})

// begins gives the line of a section with which a subject begins, "" if there is none.
func begins(section, subject string) string {
	subject = normal(subject)
	for _, r := range kinds()[section] {
		if strings.HasPrefix(subject, r.line) {
			return r.line
		}
	}
	return ""
}

// says gives the line of a section whose words stand in a text, "" if there is none.
func says(section, text string) string {
	text = normal(text)
	for _, r := range kinds()[section] {
		if r.in(text) {
			return r.line
		}
	}
	return ""
}
