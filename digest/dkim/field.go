package dkim

import (
	"encoding/base64"
	"slices"
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

// choose gives the names for h=, and their fields. Of several fields with the same name
// the last one comes first (RFC 6376 5.4.2).
func choose(fields []field) (names []string, chosen []field) {
	var seals []string
	for _, s := range signedFields {
		for i := len(fields) - 1; i >= 0; i-- {
			if fields[i].name == s.name {
				names = append(names, s.name)
				chosen = append(chosen, fields[i])
			}
		}
		if s.sealed {
			seals = append(seals, s.name)
		}
	}
	return append(names, seals...), chosen
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

// appendFolded appends what stands behind "b=": the signature in base64, folded, with its
// line end.
func appendFolded(dst, signature []byte) []byte {
	first := len(dst)
	dst = base64.StdEncoding.AppendEncode(dst, signature)
	for end := first + width - len(" b="); end < len(dst); end += width + len(crlf) {
		dst = slices.Insert(dst, end, '\r', '\n', ' ')
	}
	return append(dst, crlf...)
}
