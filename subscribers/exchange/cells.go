package exchange

import (
	"fmt"
	"mime"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"vesper/subscribers"
)

// layouts are the forms in which programs write times. A time without a zone is UTC.
// The third is Go's Time.String, cut after the offset.
var layouts = []string{
	time.DateTime, time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST",
	"2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05-0700", time.DateOnly,
}

// parseTime reads a time to the second. "" is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	text := s
	// Time.String has the zone's name, and maybe a clock reading, after the offset.
	if parts := strings.Fields(text); len(parts) >= 4 && len(parts[2]) == 5 {
		text = strings.Join(parts[:3], " ")
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if _, offset := t.Zone(); layout == layouts[3] && offset == 0 &&
			!strings.HasSuffix(text, "UTC") && !strings.HasSuffix(text, "GMT") {
			break // the name of a zone does not say which
		}
		if t = t.UTC().Truncate(time.Second); t.Year() >= 1970 && t.Year() <= 9999 {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-11-22 17:00:00", s)
}

// oneLine makes one line of a foreign text: runs of space and of characters that
// nobody sees become one space.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\ufffd"), unseen), " ")
}

func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// trim cuts spaces and what nobody sees from both ends of a cell.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unseen(r) || subscribers.Invisible(r) })
}

// mailbox reads an address, or a name and an address in angle brackets as RFC 5322 3.4
// has it, with words of RFC 2047 in the name.
func mailbox(s string) (subscribers.Address, string, error) {
	name, rest, ok := cutLast(s, "<")
	if !ok || !strings.HasSuffix(rest, ">") {
		a, err := subscribers.ReadAddress(s)
		return a, "", err
	}
	a, err := subscribers.ReadAddress(strings.TrimSuffix(rest, ">"))
	if err != nil {
		return a, "", err
	}
	name = strings.TrimSpace(name)
	if len(name) >= 2 && name[0] == '"' && name[len(name)-1] == '"' {
		name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(name[1 : len(name)-1])
	}
	if plain, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = plain
	}
	return a, oneLine(name), alone(a, name)
}

// alone refuses a name with the address of somebody else in it: a row is one reader's.
func alone(a subscribers.Address, name string) error {
	if !strings.Contains(name, "@") {
		return nil
	}
	between := func(r rune) bool { return unseen(r) || strings.ContainsRune(`,;:<>()[]"|`, r) }
	for word := range strings.FieldsFuncSeq(name, between) {
		if other, err := subscribers.ReadAddress(strings.Trim(word, ".'")); err == nil && other.Key() != a.Key() {
			return hinted{
				fmt.Sprintf("there is a second address beside %s: %s", a, other),
				"put each address into its own row",
			}
		}
	}
	return nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// ip gives an IP address as text, "" for anything else.
func ip(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return ""
	}
	return a.String()
}

// splitList reads several values from one cell. A value with a separator in it stands
// in quotation marks, and a mark within it is doubled. Empty values and repeats are
// left out.
func splitList(s, separators string) []string {
	var all []string
	has := map[string]bool{}
	for s != "" {
		var value string
		if s = strings.TrimLeft(s, " "); strings.HasPrefix(s, `"`) {
			value, s = unquote(s)
			if end := strings.IndexAny(s, separators); end >= 0 {
				s = s[end+1:]
			} else {
				s = ""
			}
		} else if end := strings.IndexAny(s, separators); end >= 0 {
			value, s = strings.TrimSpace(s[:end]), s[end+1:]
		} else {
			value, s = strings.TrimSpace(s), ""
		}
		if value != "" && !has[value] {
			has[value] = true
			all = append(all, value)
		}
	}
	return all
}

// unquote reads from a quotation mark to the next one that is not doubled.
func unquote(s string) (value, rest string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] == '"' {
			if i+1 == len(s) || s[i+1] != '"' {
				return b.String(), s[i+1:]
			}
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// joinList writes what splitList reads, with commas.
func joinList(all []string) string {
	quoted := make([]string, len(all))
	for i, v := range all {
		if quoted[i] = v; strings.ContainsAny(v, `,"`) || v != strings.TrimSpace(v) {
			quoted[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
	}
	return strings.Join(quoted, ",")
}
