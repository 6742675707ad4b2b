package config

import (
	"cmp"
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"vesper/digest"
	"vesper/subscribers"
)

// Check looks at one side of a configuration that was read and completed, and
// reports what is wrong or doubtful about it. It changes nothing. All checks are
// made, whatever the others found: a value may be wrong in several ways, and where
// another check speaks of it this one keeps silent.
type Check func(*Config, *Report)

// Report collects what is wrong with a configuration, each flaw with the line of
// the key that it is about.
//
// A key is named by its section and itself, as in "publication.name". A key in the
// n-th table of an array, n from 0, is "relay.n.host". A key that does not stand in
// the file has the line of its table or, without one, none.
type Report struct {
	file            string
	lines           keyLines
	flaws, warnings []*digest.Flaw
	// set has the variables of the environment that keys were set by.
	set map[string]string
	// said are the keys that have a flaw.
	said map[string]bool
}

// Flaw reports what makes the configuration unusable. The hint says what would be
// right; it may be empty.
func (r *Report) Flaw(key, problem, hint string) {
	r.flaws = append(r.flaws, r.about(key, problem, hint))
	if r.said == nil {
		r.said = map[string]bool{}
	}
	r.said[key] = true
}

// Said says whether a flaw of the key was reported already: one is enough.
func (r *Report) Said(key string) bool { return r.said[key] }

// Warn reports what an admin should know although it stops nothing.
func (r *Report) Warn(key, problem, hint string) {
	r.warnings = append(r.warnings, r.about(key, problem, hint))
}

// Add reports flaws of other files that the configuration names.
func (r *Report) Add(flaws ...*digest.Flaw) { r.flaws = append(r.flaws, flaws...) }

// Given says whether a key stands in the file.
func (r *Report) Given(key string) bool {
	_, ok := r.lines[key]
	return ok
}

func (r *Report) about(key, problem, hint string) *digest.Flaw {
	if variable := r.set[key]; variable != "" {
		return &digest.Flaw{File: "environment", Problem: variable + ": " + problem, Hint: hint}
	}
	return &digest.Flaw{File: r.file, Line: r.lines.of(key), Problem: problem, Hint: hint}
}

// inOrder puts flaws and warnings into the file's order.
func (r *Report) inOrder() {
	for _, all := range [][]*digest.Flaw{r.flaws, r.warnings} {
		slices.SortStableFunc(all, func(a, b *digest.Flaw) int { return cmp.Compare(a.Line, b.Line) })
	}
}

// required reports a value that is missing, and says whether it is there.
func (r *Report) required(key, value, hint string) bool {
	if strings.TrimSpace(value) != "" {
		return true
	}
	section, name, _ := strings.Cut(key, ".")
	r.Flaw(key, fmt.Sprintf("%s is missing from [%s]", name, section), hint)
	return false
}

func control(r rune) bool { return r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }

// mailbox checks a mailbox, with or without a display name.
func (r *Report) mailbox(key, name, value string) {
	var a subscribers.Address
	m, err := mail.ParseAddress(value)
	if err == nil {
		a, err = subscribers.ParseAddress(m.Address)
	}
	switch {
	case err != nil || strings.ContainsFunc(value, control):
		r.Flaw(key, fmt.Sprintf("%s %q is not a valid address", name, value), `such as "Your paper <evening@news.example>"`)
	case a.International():
		r.Flaw(key, fmt.Sprintf("%s %q has letters before the @ that most readers' servers refuse", name, value),
			"use a to z there")
	}
}

// maxName bounds names and titles, in characters: a List-Id has at most 255
// octets (RFC 2919 2).
const maxName = 60

// short checks a text that stands in header fields.
func (r *Report) short(key, name, value string) {
	switch {
	case strings.ContainsFunc(value, control):
		r.Flaw(key, name+" has a control character in it", "write it on one line")
	case utf8.RuneCountInString(value) > maxName:
		r.Flaw(key, fmt.Sprintf("%s is longer than %d characters", name, maxName), "mail programs show less of it")
	}
}

// maxLink bounds a URL that readers follow, in octets: emails link no longer one.
const maxLink = 2000

// link checks a URL that readers follow. One whose host an email can't have in a link
// would be left out there, and nobody would know.
func (r *Report) link(key, name, value string) {
	u, err := url.Parse(value)
	switch {
	case err == nil && u.User != nil:
		// A password is refused, and said to nobody.
		u.User, u.RawQuery = nil, ""
		r.Flaw(key, fmt.Sprintf("%s has a name or a password before the host", name), fmt.Sprintf("write %q", u))
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		strings.ContainsFunc(u.Host, noHost):
		shown := value
		if strings.ContainsRune(value, '@') {
			shown = "…"
		}
		r.Flaw(key, fmt.Sprintf("%s %q is not a web address", name, shown), `such as "https://www.news.example/"`)
	case len(value) > maxLink:
		r.Flaw(key, fmt.Sprintf("%s is longer than a link may be, %d characters", name, maxLink), "emails link no longer one")
	}
}

// noHost says whether a character can't be in the host of a link.
func noHost(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_:[]", r)
}
