package relay

import (
	"slices"
	"strings"
)

// offers are the extensions that a relay names in its reply to EHLO, by keyword
// in capitals, with their parameters.
type offers map[string]string

// offersOf reads them (RFC 5321 4.1.1.1). The first line is the relay's name.
// Keywords have any case of letters, and end with the first octet that can't
// belong to one: some relays still write AUTH=LOGIN beside AUTH LOGIN. The
// parameters of a keyword that comes again are added to the first ones.
func offersOf(r reply) offers {
	named := map[string][]string{}
	lines := strings.Split(r.text, "\n")
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		end := strings.IndexFunc(line, func(c rune) bool { return !keywordLetter(c) })
		if end < 0 {
			end = len(line)
		}
		if end == 0 {
			continue
		}
		keyword, parameters := strings.ToUpper(line[:end]), strings.TrimLeft(line[end:], "= \t")
		named[keyword] = append(named[keyword], parameters)
	}
	all := offers{}
	for keyword, parameters := range named {
		parameters = slices.DeleteFunc(parameters, func(p string) bool { return p == "" })
		all[keyword] = strings.TrimSpace(strings.Join(parameters, " "))
	}
	return all
}

// keywordLetter says whether c may stand in a keyword.
func keywordLetter(c rune) bool {
	return c == '-' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// has says whether the relay offers this, written in capitals.
func (o offers) has(keyword string) bool {
	_, ok := o[keyword]
	return ok
}
