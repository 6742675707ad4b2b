package alarm

import (
	"strings"
	"unicode"

	"vesper/digest"
)

// longest bounds a reason, in characters.
const longest = 400

// tidied gives alarms whose words are one line each, without addresses.
func tidied(found []digest.Alarm) []digest.Alarm {
	all := make([]digest.Alarm, 0, len(found))
	for _, a := range found {
		a.About, a.Reason, a.Hint = line(a.About), line(a.Reason), line(a.Hint)
		all = append(all, a)
	}
	return all
}

func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = strings.Join(strings.Fields(digest.WithoutAddresses(s)), " ")
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}

// quiet gives an error's words as a log may have them: a relay may quote an address.
func quiet(err error) string {
	if err == nil {
		return ""
	}
	return line(err.Error())
}
