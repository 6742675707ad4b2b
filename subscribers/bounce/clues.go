package bounce

import (
	"net/mail"
	"regexp"
	"strings"

	"vesper/subscribers"
)

var (
	// mailToken is 22 octets in base32 before an @.
	mailToken = regexp.MustCompile(`(?i)(?:^|[^a-z2-7])([a-z2-7]{36})@`)
	// leaveToken is 26 octets in base32 before an @.
	leaveToken = regexp.MustCompile(`(?i)(?:^|[^a-z2-7])([a-z2-7]{42})@`)
	// linkToken is 27 octets in base64url at the end of a path.
	linkToken = regexp.MustCompile(`/u/([A-Za-z0-9_-]{36})(?:[^A-Za-z0-9_-]|$)`)
)

// maxClues is how many of a kind are kept. Each costs whoever has the keys a hash.
const maxClues = 16

// sentTo are the fields that say to whom a message came: its sender's word, and what servers
// write into it at the end.
var sentTo = []string{"To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To"}

// clues looks for what may be ours: in the fields that say to whom the message came, in
// the report's own fields, and in the header that was returned. Of the text for people
// only addresses are looked at.
func (r *reading) clues() subscribers.Clues {
	var c subscribers.Clues
	look := func(text string) { c.Tokens = found(c.Tokens, mailToken, text) }
	for _, name := range sentTo {
		look(r.field(name))
		r.report.Mailed = found(r.report.Mailed, leaveToken, r.field(name))
	}
	look(r.field("Return-Path"))
	auto, _, _ := strings.Cut(r.field("Auto-Submitted"), ";")
	r.report.Automatic = auto != "" && !strings.EqualFold(strings.TrimSpace(auto), "no")
	r.report.NoSender = r.field("Return-Path") == "<>"
	look(r.returned["return-path"])
	for _, p := range r.parts {
		look(p.text)
	}
	c.Links = found(nil, linkToken, r.returned["list-unsubscribe"])
	if id := r.report.MessageID; len(id) > 2 {
		c.MessageIDs = append(c.MessageIDs, id[1:len(id)-1])
	}
	for _, p := range r.parts {
		for _, g := range fieldsOf(p.text) {
			if id := g["x-postfix-queue-id"]; id != "" && len(c.QueueIDs) < maxClues {
				c.QueueIDs = append(c.QueueIDs, id)
			}
		}
	}
	if at, err := mail.ParseDate(r.returned["date"]); err == nil {
		c.Sent = at
	}
	return c
}

// found adds what a pattern's group matches in a text, each once.
func found(all []string, pattern *regexp.Regexp, text string) []string {
	for _, m := range pattern.FindAllStringSubmatch(text, maxClues) {
		if len(all) < maxClues && !holds(all, m[1]) {
			all = append(all, m[1])
		}
	}
	return all
}

// TokensIn gives what may be tokens of return paths in the addresses of a text.
func TokensIn(text string) []string { return found(nil, mailToken, text) }

// MailedIn gives what may be tokens of addresses to leave by, and of tests.
func MailedIn(text string) []string { return found(nil, leaveToken, text) }
