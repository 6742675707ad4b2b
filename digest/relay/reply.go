package relay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"vesper/digest"
)

// reply is what a relay answers (RFC 5321 4.2): a code and its lines of text,
// joined with line feeds.
type reply struct {
	code int
	text string
}

// The bounds of a reply. RFC 5321 4.5.3.1.5 has 512 octets for a line; these are
// only there to end.
const (
	maxLine  = 64 << 10
	maxReply = 256 << 10
	// maxText is how much of a reply is kept, in characters.
	maxText = 500
)

var errNoReply = errors.New("the relay's answer is not an SMTP reply")

// readReply reads a reply to its last line. A reply that breaks off, is too
// long or changes its code on the way is an error: it says nothing.
func readReply(r *bufio.Reader) (reply, error) { return readReplyOf(r, maxLine) }

// readReplyOf does so where a line may have this many octets.
func readReplyOf(r *bufio.Reader, most int) (reply, error) {
	var lines []byte
	code, size := 0, 0
	for {
		line, err := readLine(r, most)
		if err != nil {
			return reply{}, err
		}
		if size += len(line); size > maxReply {
			return reply{}, fmt.Errorf("%w: more than %d octets", errNoReply, maxReply)
		}
		n, more, text, err := parseLine(line)
		if err != nil {
			return reply{}, err
		}
		switch {
		case code != 0 && n != code:
			return reply{}, fmt.Errorf("%w: code %d goes on as %d", errNoReply, code, n)
		case code == 0 && !more:
			return reply{n, said(text)}, nil
		case code != 0:
			lines = append(lines, '\n')
		}
		code, lines = n, append(lines, text...)
		if !more {
			return reply{code, string(lines)}, nil
		}
	}
}

// usual are texts that servers give for each message.
var usual = []string{"Ok", "ok", "OK", "2.1.0 Ok", "2.1.5 Ok", "End data with <CR><LF>.<CR><LF>"}

// said gives a text as a string, which most replies share.
func said(text []byte) string {
	for _, s := range usual {
		if string(text) == s {
			return s
		}
	}
	return string(text)
}

// readLine reads up to a line feed and gives the line without its end. It is good until
// the next read.
func readLine(r *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line != nil || err != nil {
			line = append(line, part...)
			part = line
		}
		switch {
		case len(part) > most:
			return nil, fmt.Errorf("%w: a line of more than %d octets", errNoReply, most)
		case err == nil:
			return bytes.TrimSuffix(part[:len(part)-1], []byte{'\r'}), nil
		case err == io.EOF && len(part) > 0:
			return nil, io.ErrUnexpectedEOF
		case err != bufio.ErrBufferFull:
			return nil, err
		}
	}
}

// parseLine takes a line of a reply apart: three digits, then a hyphen if more
// lines follow, else a space or nothing. A tab is taken for a space.
func parseLine(line []byte) (code int, more bool, text []byte, err error) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || !digit(line[1]) || !digit(line[2]) ||
		len(line) > 3 && !strings.ContainsRune(" \t-", rune(line[3])) {
		return 0, false, nil, fmt.Errorf("%w: %.40q", errNoReply, line)
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	if len(line) > 3 {
		more, text = line[3] == '-', line[4:]
	}
	return code, more, text, nil
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// outcome gives the reply as an outcome of this class.
func (r reply) outcome(class digest.Class) digest.Outcome {
	o := digest.Outcome{Class: class, Code: r.code, Reply: oneLine(r.text)}
	// A code of another class than the reply's contradicts it (RFC 3463 2).
	if status := enhanced(r.text); status != "" && int(status[0]-'0') == r.code/100 {
		o.Enhanced = status
	}
	if class == digest.Accepted {
		o.QueueID = queueID(o.Reply)
	}
	return o
}

// enhanced gives the enhanced status code that a text begins with (RFC 3463 2), or "".
func enhanced(text string) string {
	at := 0
	for part := range 3 {
		digits := 0
		for at+digits < len(text) && digit(text[at+digits]) {
			digits++
		}
		switch at += digits; {
		case digits == 0 || digits > 3, part == 0 && (digits > 1 || !strings.Contains("245", text[:1])):
			return ""
		case part == 2 && (at == len(text) || strings.ContainsRune(" \t\r\n\f", rune(text[at]))):
			return text[:at]
		case part == 2 || at == len(text) || text[at] != '.':
			return ""
		}
		at++
	}
	return ""
}

// queueForms are how relays name a message that they have taken: Postfix and
// most others, Exim, Exchange, qmail, Sendmail and OpenSMTPD, Google, Haraka,
// Courier.
var queueForms = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`(?i)\bqueued as ([A-Za-z0-9._-]{4,64})`),
		regexp.MustCompile(`\bid=([A-Za-z0-9-]{6,64})`),
		regexp.MustCompile(`\bInternalId=([0-9]{4,32})`),
		regexp.MustCompile(`(?i)\bok [0-9]{9,11} qp ([0-9]{1,10})\b`),
		regexp.MustCompile(`^(?:2\.0\.0 )?([A-Za-z0-9]{8,20}) Message accepted for delivery`),
		regexp.MustCompile(`(?i)\bok +[0-9]{9,11} ([A-Za-z0-9._-]{6,64}) - gsmtp`),
		regexp.MustCompile(`\bMessage Queued \(([0-9A-Fa-f-]{36}\.[0-9]{1,4})\)`),
		regexp.MustCompile(`^(?:2\.\d+\.\d+ )?Ok\. ([0-9A-F]{6,16}(?:\.[0-9A-F]{6,16}){1,3})(?:\s|$)`),
	}
})

// queueID finds the relay's own name for the message, or gives "".
func queueID(text string) string {
	if id := queuedAs(text); id != "" {
		return id
	}
	for _, form := range queueForms() {
		if m := form.FindStringSubmatch(text); m != nil {
			return m[1]
		}
	}
	return ""
}

// queuedAs is the first of the forms, as Postfix writes it, and is there for its speed.
// It gives "" where it is not sure.
func queuedAs(text string) string {
	const form = "Ok: queued as "
	before, id, ok := strings.Cut(text, form)
	if !ok || strings.ContainsAny(before, "qQ") || len(id) < 4 || len(id) > 64 {
		return ""
	}
	for i := range len(id) {
		if c := id[i]; !digit(c) && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return ""
		}
	}
	return id
}

// oneLine makes foreign text safe to store and to show: valid UTF-8, one line,
// no controls, at most maxText characters.
func oneLine(s string) string {
	if plainLine(s) {
		return s
	}
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Zl, c) || unicode.Is(unicode.Zp, c) ||
			unicode.Is(unicode.Cf, c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText-1]) + "…"
	}
	return s
}

// plainLine says whether oneLine has nothing to do, as with most replies.
func plainLine(s string) bool {
	blank := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || blank && s[i] == ' ' {
			return false
		}
		blank = s[i] == ' '
	}
	return len(s) <= maxText && (s == "" || !blank)
}
