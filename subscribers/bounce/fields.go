package bounce

import (
	"net/mail"
	"strconv"
	"strings"

	"vesper/subscribers"
)

// group is a paragraph of fields, by their names in small letters. The first of a name
// counts.
type group map[string]string

// fieldsOf reads paragraphs of fields, as reports have them (RFC 3464 2.1, RFC 5965 2).
func fieldsOf(text string) []group {
	var all []group
	now := group{}
	last := ""
	for line := range strings.SplitSeq(text, "\n") {
		switch name, value, found := strings.Cut(line, ":"); {
		case strings.TrimSpace(line) == "":
			if len(now) > 0 {
				all, now, last = append(all, now), group{}, ""
			}
		case line[0] == ' ' || line[0] == '\t':
			if last != "" && len(now[last]) < maxDiagnostic {
				now[last] += "\n" + strings.TrimSpace(line)
			}
		case found && !strings.ContainsAny(strings.TrimSpace(name), " \t<>@"):
			last = strings.ToLower(strings.TrimSpace(name))
			if now[last] != "" && (last == "final-recipient" || last == "original-recipient") {
				all, now = append(all, now), group{} // some leave no line between two recipients
			}
			if _, there := now[last]; !there {
				now[last] = strings.TrimSpace(value)
			} else {
				last = ""
			}
		default:
			if last == "diagnostic-code" { // some break it without a space
				now[last] += "\n" + strings.TrimSpace(line)
			}
		}
	}
	if len(now) > 0 {
		all = append(all, now)
	}
	return all
}

// maxDiagnostic is how many octets of a server's words are looked at.
const maxDiagnostic = 4 << 10

// reported reads what a delivery report says of each address (RFC 3464 2.3).
func reported(text string) []Recipient {
	var all []Recipient
	for _, g := range fieldsOf(text) {
		final, original := typed(g["final-recipient"]), typed(g["original-recipient"])
		if original == "" {
			original = typed(g["x-actual-recipient"])
		}
		address := addressIn(original)
		if other := addressIn(final); other != "" && (address == "" || g["original-recipient"] == "") {
			address = other
		}
		_, action := g["action"]
		if address == "" && !action && g["final-recipient"] == "" {
			continue
		}
		r := Recipient{Address: address, Action: firstWord(strings.ToLower(g["action"]))}
		for _, failed := range []string{typed(g["x-actual-recipient"]), final} {
			if r.Behind == "" && behind(address, failed) {
				r.Behind = addressIn(failed)
			}
		}
		r.Diagnostic = cut(diagnosticOf(g["diagnostic-code"]), maxDiagnostic)
		r.Status = statusIn(g["status"])
		r.codes()
		all = append(all, r)
	}
	return all
}

// behind says whether a text names another mailbox than that of an address.
func behind(address, failed string) bool {
	a, bad := subscribers.ParseAddress(address)
	b, none := subscribers.ParseAddress(addressIn(failed))
	return bad == nil && none == nil && !b.Within(a)
}

// typed gives an address without its type, as "rfc822; somebody@news.example".
func typed(value string) string {
	if kind, address, ok := strings.Cut(value, ";"); ok && !strings.ContainsAny(kind, "@<") {
		value = address
	}
	return strings.TrimSpace(value)
}

func diagnosticOf(value string) string {
	if kind, text, ok := strings.Cut(value, ";"); ok && len(kind) < 40 && !strings.ContainsAny(kind, " \t\n") {
		return strings.TrimSpace(text)
	}
	return value
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(s, " ")
	return strings.TrimRight(s, ";")
}

// codes fills in the status and the reply code that the diagnostic has, where the report
// says none, or one that says nothing.
func (r *Recipient) codes() {
	reply, status := codesIn(r.Diagnostic)
	if r.Reply == 0 {
		r.Reply = reply
	}
	if status != "" && (r.Status == "" || vague(r.Status)) {
		r.Status = status
	}
}

// vague says whether a status says no more than its class: x.0.0, x.3.0, x.5.0 and so on.
func vague(status string) bool {
	return strings.HasSuffix(status, ".0.0") || strings.HasSuffix(status, ".0")
}

// statusIn gives the enhanced status code that a text begins with, "" if it has none.
func statusIn(s string) string {
	s = strings.TrimLeft(s, " \t#(")
	end := 0
	for end < len(s) && (s[end] == '.' || '0' <= s[end] && s[end] <= '9') {
		end++
	}
	parts := strings.Split(strings.TrimRight(s[:end], "."), ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) ||
		end < len(s) && (s[end] == '-' || s[end] >= 'a' && s[end] <= 'z') && s[end] != '-' {
		return ""
	}
	for _, p := range parts[1:] {
		if n, err := strconv.Atoi(p); err != nil || n > 999 || len(p) > 3 {
			return ""
		}
	}
	return strings.Join(parts, ".")
}

// codesIn finds the first reply code that says that something failed, and the status next
// to it, in what a server said.
func codesIn(text string) (reply int, status string) {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n:;,()[]<>'\"", r) })
	for i, word := range words {
		word = strings.TrimLeft(word, "#")
		if status == "" {
			status = statusIn(word)
		}
		code, rest, _ := strings.Cut(word, "-")
		n, err := strconv.Atoi(code)
		if err != nil || len(code) != 3 || n < 400 || n > 599 || reply != 0 {
			continue
		}
		reply = n
		if s := statusIn(rest); s != "" {
			status = s
		} else if i+1 < len(words) {
			if s := statusIn(words[i+1]); s != "" {
				status = s
			}
		}
	}
	return reply, status
}

// addressIn gives the first address in a text, "" if there is none.
func addressIn(s string) string {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err == nil && strings.Contains(a.Address, "@") && !strings.ContainsAny(a.Address, " \t") {
		return a.Address
	}
	for _, a := range addressesIn(s) {
		return a
	}
	return ""
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
