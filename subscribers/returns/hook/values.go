package hook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
)

// maxDepth is how deep the JSON of a request may be.
const maxDepth = 32

// decode reads JSON whose depth is bounded. A field of another type than its documentation
// says is as one that is left out: providers add to what they send.
func decode(text []byte, into any) error {
	if depth(text) > maxDepth {
		return unreadable("its JSON is too deep")
	}
	err := json.Unmarshal(text, into)
	var odd *json.UnmarshalTypeError
	if err != nil && (!errors.As(err, &odd) || odd.Field == "") {
		return unreadable("its JSON can't be read")
	}
	return nil
}

// depth is how many brackets of JSON are open at once.
func depth(text []byte) int {
	now, most, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			most = max(most, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return most
}

// The longest values that are kept, in octets.
const (
	maxID   = 200
	maxSaid = 4 << 10
)

// name gives a provider's name of something, in its short form.
func name(s string) string {
	if s = line(s); len(s) <= maxID {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// statusForm is an enhanced status code of a failure (RFC 3463).
var statusForm = regexp.MustCompile(`^[45]\.[0-9]{1,3}\.[0-9]{1,3}$`)

// status gives an enhanced status code, "" if a text is none.
func status(s string) string {
	if s = strings.TrimSpace(s); statusForm.MatchString(s) {
		return s
	}
	return ""
}

// said gives words in one line, cut.
func said(s string) string {
	if len(s) > maxSaid {
		s = s[:maxSaid]
	}
	return line(s)
}

// line takes out of a text what would break a line.
func line(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "")))
}

// address gives the address in a field that may have a name beside it, "" if it has none.
func address(s string) string {
	if len(s) > maxSaid {
		return ""
	}
	if a, err := mail.ParseAddress(s); err == nil {
		return a.Address
	}
	if s = strings.Trim(line(s), "<>"); strings.Count(s, "@") == 1 && !strings.ContainsAny(s, " ,;") {
		return s
	}
	return ""
}

// messageID gives a Message-ID without its brackets.
func messageID(s string) string { return name(strings.Trim(strings.TrimSpace(s), "<>")) }

// names gives those of several names of one message that are there, each once.
func names(all ...string) []string {
	var out []string
	for _, n := range all {
		if n = name(n); n != "" && (len(out) == 0 || out[len(out)-1] != n) {
			out = append(out, n)
		}
	}
	return out
}
