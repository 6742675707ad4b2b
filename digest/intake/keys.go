package intake

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vesper/digest"
)

// maxURL is the longest URL that an article may have, in bytes.
const maxURL = 2048

// languageTag is the form of the tags of BCP 47 (RFC 5646 2.1) that begin with
// a language. Whether there is such a language is not checked.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// keys reads the lines "Key: value" above the first line, and gives the lines after
// them.
func (h *house) keys(lines []line) []line {
	seen := map[string]int{}
	for i, l := range lines {
		written, value, ok := keyLine(l.text)
		if !ok {
			return lines[i:]
		}
		key, hint := keyOf(written)
		if (key == "" || key == "Updates") && h.dividedOtherwise(l.text) {
			// A headline may begin so.
			return lines[i:]
		}
		switch {
		case key == "":
			h.flaw(l.number, fmt.Sprintf("unknown key %q", written), hint)
		case seen[key] > 0:
			h.flaw(l.number, fmt.Sprintf("%s is there twice", key),
				fmt.Sprintf("the first one is on line %d", seen[key]))
		case value == "":
			h.flaw(l.number, fmt.Sprintf("%s has no value", key), "leave the line out")
		default:
			h.set(l.number, key, value)
		}
		if seen[key] == 0 {
			seen[key] = l.number
		}
	}
	return nil
}

// oneWord says whether s has the form of a key: a letter, then up to 30 letters,
// digits, hyphens and underscores. A sentence with a colon does not have it.
func oneWord(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(first) && utf8.RuneCountInString(s) <= 31 && strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '-'
	}) < 0
}

// keyLine splits "Key: value". A line with more than one field is the first line,
// even if its headline has a colon.
func keyLine(s string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(s, ":")
	key = strings.TrimSpace(key)
	if !ok || !oneWord(key) || len(fields(s, backslash)) > 1 {
		return "", "", false
	}
	return key, strings.TrimSpace(value), true
}

// keyOf gives the key that was written, as we spell it. If there is no such key it
// gives "" and a hint that names the nearest.
func keyOf(written string) (key, hint string) {
	nearest := 3
	hint = "the keys are URL, Published, Embargo, Section, Language and Updates; a headline is followed by five more fields"
	for _, k := range [...]string{"URL", "Published", "Embargo", "Section", "Language", "Updates", "Feed"} {
		if strings.EqualFold(written, k) {
			return k, ""
		}
		// URL is so short that it takes few changes to any other short word.
		if d := digest.Distance(written, k); d < nearest && 2*d < len(k) {
			nearest, hint = d, fmt.Sprintf("did you mean %s?", k)
		}
	}
	return "", hint
}

// set gives the article the value of a key, and notes a flaw if it is a wrong one.
func (h *house) set(number int, key, value string) {
	var err error
	switch key {
	case "URL":
		if err = checkURL(value); err != nil {
			h.flaw(number, fmt.Sprintf("URL: %v", err), "write it like https://news.example/story")
		}
		h.article.URL = value
	case "Published":
		h.article.Published = h.time(number, key, value)
	case "Embargo":
		h.article.Embargo = h.time(number, key, value)
	case "Section":
		h.article.Section = value
	case "Feed":
		h.article.Feed = value
	case "Updates":
		if err = CheckName(value + extension); err != nil {
			h.flaw(number, fmt.Sprintf("Updates: %.60q can't be an article's ID", value),
				`write the name of its file without .txt; "vesper articles list" shows it`)
		}
		h.article.Updates = value
	case "Language":
		if !isLanguage(value) {
			h.flaw(number, fmt.Sprintf("Language: %.40q is not a language tag", value),
				"write a tag of BCP 47, such as en or pt-BR")
		}
		h.article.Language = value
	}
}

// time reads the time of a key, and notes a flaw if it is a wrong one.
func (h *house) time(number int, key, value string) time.Time {
	t, err := parseTime(value, h.Zone)
	if err != nil {
		h.flaw(number, fmt.Sprintf("%s: %v", key, err),
			"write 2026-11-22, 2026-11-22 18:05 or 2026-11-22T18:05:00-05:00")
	}
	return t
}

func isLanguage(s string) bool { return len(s) <= 35 && languageTag.MatchString(s) }

// checkURL says why a reader may not be sent to a URL, if so. It must be http or
// https, with a host, and without user information, which could hide where it leads
// ("https://bank.example@evil.example"). White space, invisible characters and those
// that RFC 3986 does not allow are refused: programs read them differently. Letters
// beyond ASCII are allowed.
func checkURL(s string) error {
	if len(s) > maxURL {
		return fmt.Errorf("longer than %d bytes", maxURL)
	}
	refused := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(" \\\"<>^`{|}", r) }
	if strings.ContainsFunc(s, refused) {
		return fmt.Errorf("%.60q has a character that is not allowed in URLs", s)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		// The text of a url.Error has the whole URL in it.
		if inner := (*url.Error)(nil); errors.As(err, &inner) {
			err = inner.Err
		}
		return fmt.Errorf("%.60q: %.80v", s, err)
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%.60q is neither http nor https", s)
	case u.Hostname() == "":
		return fmt.Errorf("%.60q has no host", s)
	case u.User != nil:
		return fmt.Errorf("%.60q has a name before its host", u.Redacted())
	}
	return nil
}

// parseTime reads an RFC 3339 time, or a date with or without a time of day in zone.
// A date alone is the first moment of that day.
func parseTime(s string, zone *time.Location) (time.Time, error) {
	s = plainSpaces(s)
	for _, layout := range [...]string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		t, err := time.ParseInLocation(layout, s, zone)
		if err != nil {
			continue
		}
		if !yearCanBe(t.UTC()) {
			return time.Time{}, fmt.Errorf("the year of %q can't be right", s)
		}
		return t, nil
	}
	return time.Time{}, fmt.Errorf("%.40q is not a date", s)
}

// yearCanBe says whether an article can be of this year.
func yearCanBe(t time.Time) bool { return 1970 <= t.Year() && t.Year() <= 9999 }
