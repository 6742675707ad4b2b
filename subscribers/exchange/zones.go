package exchange

import (
	"strings"
	"time"
)

// oddZones are the IANA names that capitals does not get right.
var oddZones = map[string]string{
	"america/argentina/comodrivadavia": "America/Argentina/ComodRivadavia",
	"america/indiana/knox_in":          "America/Indiana/Knox_IN",
	"america/knox_in":                  "America/Knox_IN",
	"antarctica/dumontdurville":        "Antarctica/DumontDUrville",
	"antarctica/mcmurdo":               "Antarctica/McMurdo",
	"brazil/denoronha":                 "Brazil/DeNoronha",
	"chile/easterisland":               "Chile/EasterIsland",

	"australia/act": "Australia/ACT", "australia/lhi": "Australia/LHI", "australia/nsw": "Australia/NSW",
	"mexico/bajanorte": "Mexico/BajaNorte", "mexico/bajasur": "Mexico/BajaSur",
	"nz-chat": "NZ-CHAT", "w-su": "W-SU", "gb-eire": "GB-Eire", "est5edt": "EST5EDT", "cst6cdt": "CST6CDT",
	"mst7mdt": "MST7MDT", "pst8pdt": "PST8PDT",
}

// zones reads names of time zones in any case, and remembers what it found.
type zones map[string]string

// name gives the IANA name, or "" for what is none.
func (z zones) name(s string) string {
	if s == "" {
		return ""
	}
	name, ok := z[s]
	if !ok {
		name = zone(s)
		// There are a few hundred zones. A file may name any number of things.
		if len(z) < 1000 {
			z[s] = name
		}
	}
	return name
}

func zone(s string) string {
	for _, name := range []string{s, oddZones[strings.ToLower(s)], capitals(s), strings.ToUpper(s)} {
		if name == "" || name == "Local" || len(name) > 64 {
			continue
		}
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	return ""
}

// small are words that are written small, capital those that are all capitals.
var small = map[string]bool{"es": true, "of": true, "au": true, "da": true, "de": true}

var capital = map[string]bool{"us": true, "gmt": true, "utc": true, "uct": true}

// capitals writes a name as IANA does: Europe/Isle_of_Man, Etc/GMT+5.
func capitals(s string) string {
	var b strings.Builder
	first := true
	for s != "" {
		end := strings.IndexAny(s, "/_-+0123456789")
		if end < 0 {
			end = len(s)
		}
		word := strings.ToLower(s[:end])
		switch {
		case capital[word]:
			word = strings.ToUpper(word)
		case word != "" && (first || !small[word]):
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
		if s = s[end:]; s != "" {
			first = s[0] == '/'
			b.WriteByte(s[0])
			s = s[1:]
		}
	}
	return b.String()
}
