package dkim

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// signedFields are the fields that a signature covers, in the order of its h=: all
// that readers and mailbox providers act on (RFC 6376 5.4.1, RFC 8058 4). A sealed
// field is listed once more than it occurs, so that nobody can add another one (RFC
// 6376 8.15). The others are listed as often as they occur.
var signedFields = []struct {
	name   string
	sealed bool
}{
	{"from", true},
	{"sender", true},
	{"reply-to", true},
	{"to", true},
	{"cc", true},
	{"subject", true},
	{"date", true},
	{"message-id", true},
	{"list-id", true},
	{"list-unsubscribe", true},
	{"list-unsubscribe-post", true},
	{"list-help", false},
	{"list-subscribe", false},
	{"list-archive", false},
	{"list-owner", false},
	{"list-post", false},
	{"auto-submitted", false},
	{"precedence", false},
	{"feedback-id", true},
	{"content-language", false},
	{"mime-version", true},
	{"content-type", true},
	{"content-transfer-encoding", true},
}

// choose gives the names for h=, and their fields in the relaxed form. Of several
// fields with the same name the last one comes first (RFC 6376 5.4.2).
func choose(fields []field) (names []string, relaxed []byte) {
	var seals []string
	for _, s := range signedFields {
		for i := len(fields) - 1; i >= 0; i-- {
			if fields[i].name == s.name {
				names = append(names, s.name)
				relaxed = relaxField(relaxed, fields[i].raw)
			}
		}
		if s.sealed {
			seals = append(seals, s.name)
		}
	}
	return append(names, seals...), relaxed
}

// width is how long a line should be at most, in octets (RFC 5322 2.1.1).
const width = 78

// unsigned gives the signature's field up to "b=", folded. It has no i=, which then
// is @ and the domain; no l=, which would let others add to the body; and no x=,
// since nobody knows how long a message may wait.
func unsigned(domain string, k key, at time.Time, names []string, bodyHash []byte) []byte {
	parts := []string{
		"DKIM-Signature:", " v=1;", " a=" + string(k.algorithm) + "-sha256;", " c=relaxed/relaxed;",
		" d=" + domain + ";", " s=" + k.selector + ";", " t=" + strconv.FormatInt(at.Unix(), 10) + ";",
	}
	for i, name := range names {
		before, after := "", ":"
		if i == 0 {
			before = " h="
		}
		if i == len(names)-1 {
			after = ";"
		}
		parts = append(parts, before+name+after)
	}
	parts = append(parts, " bh="+base64.StdEncoding.EncodeToString(bodyHash)+";")

	var b []byte
	column := 0
	for _, p := range parts {
		if column+len(p) > width {
			b = append(b, crlf+" "...)
			p = strings.TrimLeft(p, " ")
			column = 1
		}
		b = append(b, p...)
		column += len(p)
	}
	return append(b, crlf+" b="...)
}

// foldValue gives what stands behind "b=": the signature in base64, folded, with its
// line end.
func foldValue(signature []byte) []byte {
	value := []byte(base64.StdEncoding.EncodeToString(signature))
	first := min(len(value), width-len(" b="))
	lines := [][]byte{value[:first]}
	for rest := value[first:]; len(rest) > 0; {
		n := min(len(rest), width-len(" "))
		lines = append(lines, rest[:n])
		rest = rest[n:]
	}
	return append(bytes.Join(lines, []byte(crlf+" ")), crlf...)
}
