package bounce

import (
	"fmt"
	"io"
	"strings"

	"vesper/subscribers"
)

// Read reads a message that came back. It reads no more than [MaxSize]. The error is the
// reader's; any text makes a report.
func Read(r io.Reader) (Mail, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxSize))
	if err != nil {
		return Mail{}, err
	}
	return readMail(open(raw), 0), nil
}

// reading is a message while it is read.
type reading struct {
	taken
	report Mail
	// words are the lines that its text has for people, without what it returns.
	words []string
	// returned is the header of the message that was sent, as far as it came back.
	returned group
	ours     []string
	// inFields says that a report's fields (RFC 3464) say what failed.
	inFields bool
}

func (r *reading) step(format string, args ...any) {
	r.report.Steps = append(r.report.Steps, fmt.Sprintf(format, args...))
}

func readMail(m taken, depth int) Mail {
	r := reading{taken: m}
	var statuses, feedback []string
	for _, p := range m.parts {
		switch {
		case strings.HasSuffix(p.kind, "delivery-status") || p.kind == "text/delivery-status":
			statuses = append(statuses, p.text)
		case p.kind == "message/feedback-report":
			feedback = append(feedback, p.text)
		case p.kind == "message/disposition-notification" && unread.MatchString(p.text):
			statuses = append(statuses, p.text)
		case p.kind == "message/rfc822", p.kind == "text/rfc822-headers", p.kind == "message/global",
			p.kind == "message/global-headers":
			r.takeReturned(p.text)
		case p.kind == "text/html":
			r.takeText(htmlLines(p.text))
		case strings.HasPrefix(p.kind, "text/"):
			r.takeText(strings.Split(p.text, "\n"))
		}
	}
	r.report.MessageID = firstBracketed(r.returned["message-id"])
	r.report.Clues = r.clues()
	for _, name := range []string{"To", "From", "Return-Path", "X-Loop", "Reply-To"} {
		r.ours = append(r.ours, addressesIn(r.field(name))...)
	}
	r.ours = append(r.ours, addressesIn(r.returned["from"]+" "+r.returned["return-path"]+" "+r.returned["message-id"])...)
	switch {
	case strings.EqualFold(r.field("X-Apple-Unsubscribe"), "true"):
		r.report.Kind = Feedback
		r.report.Recipients = []Recipient{{
			Address: addressIn(r.field("From")), Cause: subscribers.Complained, Rule: "X-Apple-Unsubscribe",
		}}
		r.step("Apple Mail asks to unsubscribe")
	case r.notification():
	case len(feedback) > 0 || m.reportType == "feedback-report":
		r.feedback(strings.Join(feedback, "\n\n"))
	case r.complaintOfMicrosoft():
	case r.receipt():
	case len(statuses) == 0 && r.passedOn(depth):
	case len(statuses) == 0 && r.automatic():
	case len(statuses) == 0 && r.person():
		r.report.Kind = Reply
		r.step("a person's reply")
	default:
		r.failure(statuses)
	}
	return r.report
}

// maxLines is how many lines of text for people are looked at.
const maxLines = 2000

// takeText keeps the lines of a text for people, without what they quote, and the header
// that it returns.
func (r *reading) takeText(lines []string) {
	end := returnedAt(lines)
	if end < len(lines) {
		r.takeReturned(strings.Join(lines[end:], "\n"))
	}
	for _, line := range lines[:end] {
		if quoted := strings.HasPrefix(line, "> "); !quoted && len(r.words) < maxLines {
			r.words = append(r.words, line)
		}
	}
}

// takeReturned keeps the header of a message that came back: the first one that has any.
func (r *reading) takeReturned(text string) {
	if r.returned["message-id"] != "" {
		return
	}
	for _, g := range fieldsOf(cut(text, 32<<10)) {
		if g["message-id"] != "" || g["subject"] != "" || g["to"] != "" {
			r.returned = g
			return
		}
	}
}

// passedOn reads a report that somebody passes on, in a part of its own.
func (r *reading) passedOn(depth int) bool {
	if depth >= maxPassedOn {
		return false
	}
	for _, p := range r.parts {
		if p.kind != "message/rfc822" {
			continue
		}
		inner := reading{taken: open([]byte(p.text))}
		report := inner.reportType == "delivery-status" || inner.reportType == "feedback-report"
		if !report && (r.fromMailSystem() || !inner.fromMailSystem()) {
			continue
		}
		tokens := r.report.Clues.Tokens
		r.step("a report that was passed on")
		steps := r.report.Steps
		r.report = readMail(inner.taken, depth+1)
		r.report.Steps = append(steps, r.report.Steps...)
		r.report.Clues.Tokens = append(tokens, r.report.Clues.Tokens...)
		r.report.Clues.Tokens = r.report.Clues.Tokens[:min(len(r.report.Clues.Tokens), maxClues)]
		return true
	}
	return false
}

// maxPassedOn is how often a report may have been passed on.
const maxPassedOn = 2

func firstBracketed(s string) string {
	start := strings.IndexByte(s, '<')
	if start < 0 {
		return ""
	}
	end := strings.IndexByte(s[start:], '>')
	if end < 0 {
		return ""
	}
	return s[start : start+end+1]
}
