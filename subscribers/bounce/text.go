package bounce

import (
	"regexp"
	"strings"
)

// returnedAt gives the index of the first line of the message that a text returns, or the
// number of lines. Nothing from there on is the server's own word.
func returnedAt(lines []string) int {
	for i, line := range lines {
		low := strings.ToLower(strings.Trim(line, "-=*_ \t:.>"))
		if low == "" {
			continue
		}
		for _, marker := range returnedMarkers {
			if strings.HasPrefix(low, marker) && len(low) < 100 {
				return i
			}
		}
		if headerBegins(lines[i:]) {
			return i
		}
	}
	return len(lines)
}

// returnedMarkers are the words over a message that is returned, as programs write them.
var returnedMarkers = []string{
	"original message", "begin original message", "below is a copy of the original message", "message headers follow",
	"this is a copy of the message", "this is a copy of your message", "the body of the message is",
	"below this line is a copy of the message", "copy of the message", "returned message", "unsent message",
	"unsent message follows", "message text follows", "text of your message", "the header of the original message",
	"original mail follows", "begin header of returned", "returned text follows", "your original message",
	"start of returned message", "message header follows", "attached message follows",
	"header of the original message", "your message follows", "the first lines of the original message",
	"your message reads",
	"beginning of message",
	"original message headers", "message headers", "message from yahoo.com original", "here is a copy of",
	"the message began with", "your undelivered message", "the following is the original message",
	"the text of your message",
}

var fieldLine = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]{1,40}):(?:\s|$)`)

// headerBegins says whether lines begin with a message's header: several fields, one of
// which no text for people has.
func headerBegins(lines []string) bool {
	fields, certain := 0, false
	for i, line := range lines {
		if i > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			continue
		}
		name := fieldLine.FindStringSubmatch(line)
		if name == nil || i > 40 {
			break
		}
		fields++
		switch strings.ToLower(name[1]) {
		case "received", "return-path", "x-mailer", "dkim-signature":
			certain = true
		case "message-id", "mime-version":
			certain = certain || i == 0
		}
	}
	return certain && fields >= 2
}

// told is what a text says of one address.
type told struct {
	address string
	// words are what stands by it, and rank how sure it is that it speaks of this address:
	// the lower the surer.
	words string
	rank  int
}

// The ways in which a text speaks of an address.
const (
	alone    = iota // it begins a line, as "<reader@news.example>: unknown"
	inAnswer        // a server's answer names it, as "550 5.1.1 <reader@news.example>"
	sentence        // a sentence of failure names it
)

// tellings finds the addresses that a text speaks of, without those that are ours.
func tellings(lines []string, ours []string) []told {
	var all []told
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		if notARecipient(trimmed) {
			continue
		}
		addresses := addressesIn(trimmed)
		if len(addresses) == 0 {
			continue
		}
		rank, ok := rankOf(trimmed, addresses[0])
		if !ok && i > 0 && asksForNext(lines[:i]) {
			rank, ok = sentence, true
		}
		if !ok {
			continue
		}
		if rank == alone {
			addresses = leading(trimmed, addresses)
		}
		for _, a := range addresses {
			if holds(ours, a) || rank != alone && len(addresses) > 1 && strings.Contains(trimmed, "Message-I") {
				continue
			}
			all = append(all, told{a, around(lines, i), rank})
		}
	}
	return all
}

// leading gives the addresses of a line that begins with one: a list of them, or the
// first alone.
func leading(line string, addresses []string) []string {
	rest := strings.NewReplacer("<", "", ">", "", ",", " ", ";", " ").Replace(line)
	for _, a := range addresses {
		rest = strings.ReplaceAll(rest, a, "")
	}
	if strings.TrimSpace(rest) == "" {
		return addresses
	}
	return addresses[:1]
}

// rankOf says how a line speaks of the address in it, if it says that a delivery to it
// failed.
func rankOf(line, address string) (int, bool) {
	lead := strings.TrimLeft(line, "<(\"'*-•> \t")
	for _, begin := range []string{"rfc822;", "RFC822;", "Error-for:", "expanded from:"} { // the third is LISTSERV's
		lead = strings.TrimLeft(strings.TrimPrefix(lead, begin), " <")
	}
	low := strings.ToLower(line)
	switch {
	case strings.HasPrefix(lead, address):
		return alone, true
	case answerLine.MatchString(low):
		return inAnswer, true
	}
	for _, words := range failureWords {
		if strings.Contains(low, words) {
			return sentence, true
		}
	}
	return 0, false
}

// answerLine is a server's answer, in the forms in which programs tell it.
var answerLine = regexp.MustCompile(`^(?:\W*(?:>>> )?rcpt to:|\W*<<< [45]\d\d[ -]|\W*[45]\d\d[ -]|` +
	`.{0,80}\bsaid:? .?[45]\d\d[ -])`)

// failureWords are of sentences that name the address that did not get its mail.
var failureWords = []string{
	"delivering your mail to", "delivered to", "deliver to", "delivery to", "recipient address", "recipient:",
	"failed recipient", "intended recipient", "original address", "user unknown", "unknown user", "no such user",
	"does not exist", "doesn't exist", "doesn't have a", "could not be found", "mailbox is full", "undeliverable",
	"couldn't deliver", "could not deliver", "unable to deliver", "not delivered", "unbekannt", "inconnu",
	"sent to", "your message to", "your mail to", "an error occurred", "not be reached", "your email to", "isn't in",
	"wasn't delivered", "delivery failed", "no mailbox", "not known", "quota", "recipient of your message", "for user",
	"was addressed", "message for", "user:", "addressed to", "your email message to",
}

// notARecipient says whether a line names the sender, a person to ask, or the message.
func notARecipient(line string) bool {
	low := strings.ToLower(strings.TrimLeft(line, "> \t*|"))
	for _, begin := range []string{
		"from:", "reply-to:", "sender:", "message-id:", "x-", "return-path", "received:", "references:", "in-reply-to",
		"cc:", "mail from", ">>> mail from", "mime-", "content-", "by ", "for further assistance", "for assistance",
		"message id", "contact:", "envelope-from", "originator", "date:", "subject:", "arrival", "reporting-mta", "help:",
	} {
		if strings.HasPrefix(low, begin) {
			return true
		}
	}
	return strings.Contains(low, "contact ") && !strings.Contains(low, "could not") ||
		strings.Contains(low, "send mail to") || strings.Contains(low, "e-mail to postmaster") ||
		strings.Contains(low, "mailto:") && !strings.HasPrefix(low, "<")
}

// asksForNext says whether the last lines say that failed addresses follow.
func asksForNext(lines []string) bool {
	seen := 0
	for i := len(lines) - 1; i >= 0 && seen < 2; i-- {
		low := strings.ToLower(strings.TrimSpace(lines[i]))
		if low == "" {
			continue
		}
		seen++
		for _, words := range []string{
			"following address", "following recipient", "addresses failed", "following user", "recipients failed",
			"failed addresses", "failed permanently", "recipient(s)", "not delivered to", "had delivery problems",
			"unsuccessful", "had permanent fatal errors", "not be delivered to", "undeliverable to",
		} {
			if strings.Contains(low, words) {
				return true
			}
		}
	}
	return false
}

// around gives the words by a line: to the end of its paragraph and, if that says no more
// than the address, the next one.
func around(lines []string, i int) string {
	var b strings.Builder
	paragraphs := 0
	for j := i; j < len(lines) && j < i+16 && b.Len() < maxDiagnostic; j++ {
		line := strings.TrimSpace(lines[j])
		if line == "" {
			if paragraphs++; paragraphs > 1 || b.Len() > 100 {
				break
			}
			continue
		}
		if j > i && startsAnother(line) {
			break
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return cut(b.String(), maxDiagnostic)
}

// startsAnother says whether a line begins what is said of the next address.
func startsAnother(line string) bool {
	found := addressesIn(line)
	if len(found) == 0 || !strings.HasPrefix(strings.TrimLeft(line, "<"), found[0]) {
		return false
	}
	rest := strings.TrimPrefix(line, found[0])
	return strings.HasPrefix(line, "<") || rest == "" || rest[0] == ':'
}
