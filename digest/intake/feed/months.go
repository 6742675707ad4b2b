package feed

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// months tells months by the first letters of their names: English, French, German,
// Spanish, Portuguese, Italian, Dutch, Swedish, Polish, Hungarian and Greek.
var months = map[string]int{}

func init() {
	for i, names := range [...]string{
		"jan ene gen sty ιαν janv", "feb fev fév lut φεβ", "mar mär maa mrt μαρ μάρ márc",
		"apr avr abr kwi απρ ápr", "may mai maj mag mei máj μαι μάι", "jun jui giu cze jún ιουν juin",
		"jul lug lip júl ιουλ juil ιούλ", "aug aoû aou ago sie αυγ", "sep set wrz szep σεπ",
		"oct okt out ott paź οκτ", "nov lis νοε", "dec déc dez dic gru δεκ",
	} {
		for name := range strings.FieldsSeq(names) {
			months[name] = i + 1
		}
	}
}

// zones are the names of RFC 822, those that publishers write beside them, and the
// military letters as RFC 822 has them, in minutes from UTC.
var zones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0,
	"est": -300, "edt": -240, "et": -300, "cst": -360, "cdt": -300, "ct": -360, "mst": -420, "mdt": -360, "mt": -420,
	"pst": -480, "pdt": -420, "pt": -480, "at": -240, "ast": -240, "adt": -180, "akst": -540, "akdt": -480, "hst": -600,
	"bst": 60, "ist": 330, "cet": 60, "cest": 120, "met": 60, "mest": 120, "eet": 120, "eest": 180, "west": 60, "msk": 180,
	"jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "sast": 120, "wib": 420,
	"hkt": 480, "sgt": 480,
}

func zone(name string) *time.Location {
	if minutes, ok := zones[name]; ok {
		return time.FixedZone(name, 60*minutes)
	}
	if len(name) == 1 {
		return military(name[0])
	}
	area, city, ok := strings.Cut(name, "/")
	if !ok || area == "" || city == "" {
		return nil
	}
	for _, n := range []string{upperFirst(area) + "/" + upperFirst(city), upperFirst(area) + "/" + strings.ToUpper(city)} {
		if place, err := time.LoadLocation(n); err == nil {
			return place
		}
	}
	return nil
}

// military gives the zone of a letter: A to M are west of Greenwich in RFC 822, N to Y
// east, and J is none.
func military(c byte) *time.Location {
	switch {
	case 'a' <= c && c <= 'i':
		return time.FixedZone("", -3600*int(c-'a'+1))
	case 'k' <= c && c <= 'm':
		return time.FixedZone("", -3600*int(c-'a'))
	case 'n' <= c && c <= 'y':
		return time.FixedZone("", 3600*int(c-'n'+1))
	}
	return nil
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func number(s string) int { n, _ := strconv.Atoi(s); return n }

func year(s string) int { return yearOf(number(s)) }

// yearOf gives the year of two digits: from 70 on the last century's.
func yearOf(n int) int {
	switch {
	case n < 70:
		return 2000 + n
	case n < 100:
		return 1900 + n
	}
	return n
}

// prefix gives the first three letters of a word, by which months are told apart.
func prefix(w string) string {
	letters := []rune{}
	for _, r := range w {
		if unicode.IsLetter(r) {
			letters = append(letters, r)
		}
	}
	for _, n := range []int{4, 3} {
		if p := string(letters[:min(n, len(letters))]); months[p] > 0 {
			return p
		}
	}
	return ""
}
