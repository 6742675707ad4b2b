package bounce

import (
	"regexp"
	"strings"

	"vesper/subscribers"
)

// automatic reads a machine's reply, if the message is one (RFC 3834): a vacation note, or
// a question whether we are a person. It is no failure, whatever it says of its mailbox.
func (r *reading) automatic() bool {
	why := ""
	if words := begins("automatic subject", r.field("Subject")); words != "" {
		why = "its subject begins with " + words
	}
	// A postmaster may be away; programs never sign so.
	if r.fromMailSystem() && (why == "" || !strings.Contains(strings.ToLower(r.field("From")), "postmaster@")) {
		return false
	}
	if why == "" {
		why = r.automaticField()
	}
	if why == "" {
		if words := says("challenge", r.field("Subject")+"\n"+strings.Join(r.words, "\n")); words != "" && r.byMachine() {
			why = `it asks whether we are a person: "` + words + `"`
		}
	}
	if why == "" {
		return false
	}
	r.machine(why)
	return true
}

func (r *reading) machine(why string) {
	r.report.Kind = Auto
	r.report.Recipients = []Recipient{{Address: addressIn(r.field("From")), Cause: subscribers.AutoReply, Rule: why}}
	r.step("a machine's reply: %s", why)
}

// automaticField gives the field that only machines' replies have, "" if there is none.
func (r *reading) automaticField() string {
	for _, line := range kinds()["automatic field"] {
		name, words, _ := strings.Cut(line.line, ":")
		value := strings.ToLower(r.field(name))
		if words = strings.TrimSpace(words); value != "" && (words == "" || strings.Contains(value, words)) {
			return strings.TrimSuffix(line.line, ":")
		}
	}
	return ""
}

// byMachine says whether a message owns to be a machine's: it has no reverse path, or says
// so in a field. A person who writes of confirming is none.
func (r *reading) byMachine() bool {
	precedence := strings.ToLower(r.field("Precedence"))
	submitted := strings.ToLower(r.field("Auto-Submitted"))
	return r.field("Return-Path") == "<>" || submitted != "" && submitted != "no" ||
		precedence == "bulk" || precedence == "junk" || precedence == "list"
}

// receipt reads what says only that a reader's program showed a message, or threw it away
// (RFC 8098).
func (r *reading) receipt() bool {
	if r.reportType != "disposition-notification" || r.fromMailSystem() {
		return false
	}
	for _, p := range r.parts {
		if p.kind == "message/disposition-notification" && !notTaken.MatchString(p.text) {
			r.machine("a receipt (RFC 8098)")
			return true
		}
	}
	return false
}

// notTaken are the words of a receipt that tells of a mailbox that did not take a message,
// and unread those that a mail system uses for that, too (RFC 5429).
var (
	notTaken = regexp.MustCompile(`(?im)^disposition:.*;\s*(?:denied|failed)`)
	unread   = regexp.MustCompile(`(?im)^disposition:.*;\s*(?:deleted|denied|failed)`)
)

// person says whether a message is a person's: it answers one of ours or passes it on, and
// nothing in it is a machine's. Its subject may be a headline of ours, and sound like a
// failure.
func (r *reading) person() bool {
	if r.fromMailSystem() || r.byMachine() || r.reportType != "" || r.soundsLikeSystem() {
		return false
	}
	return r.field("In-Reply-To") != "" || begins("reply subject", r.field("Subject")) != ""
}

// fromMailSystem says whether a message is of a mail system itself.
func (r *reading) fromMailSystem() bool {
	from := strings.ToLower(r.field("From"))
	return strings.Contains(from, "mailer-daemon") || strings.Contains(from, "postmaster@") ||
		strings.Contains(from, "mail delivery") || r.field("X-Failed-Recipients") != ""
}
