package bounce

import (
	"strings"
)

// maxWords is how many octets of the words for people are looked up, maxRecipients of how
// many addresses a report speaks: ours are sent to one.
const maxWords, maxRecipients = 8 << 10, 100

// failure reads a report of failed deliveries, in whatever form.
func (r *reading) failure(statuses []string) {
	r.report.Kind = Failure
	text := cut(strings.Join(r.words, "\n"), maxWords)
	for _, s := range statuses {
		r.report.Recipients = append(r.report.Recipients, reported(s)...)
	}
	if n := len(r.report.Recipients); n > 0 {
		r.inFields = true
		r.step("a report in fields (RFC 3464), of %d", n)
	} else if inText := reported(text); len(inText) > 0 && inText[0].Address != "" {
		r.report.Recipients = inText
		r.step("fields of a report stand in its text")
	} else {
		r.fromText()
	}
	if len(r.report.Recipients) == 0 && r.soundsLikeSystem() {
		r.report.Recipients = r.fieldsBelow()
	}
	if len(r.report.Recipients) == 0 && r.looksLikeFailure(text) {
		if to := addressesIn(r.returned["to"]); len(to) == 1 {
			r.report.Recipients = []Recipient{{Address: to[0]}}
			r.step("the address is that of the message returned")
		} else if r.returned != nil || r.soundsLikeSystem() {
			r.report.Recipients = []Recipient{{}}
		}
	}
	if len(r.report.Recipients) == 0 && r.byMachine() {
		r.machine("a machine's, which speaks of no delivery")
		return
	}
	if len(r.report.Recipients) == 0 {
		r.report.Kind = Reply
		r.step("it speaks of no delivery: a person's reply")
		return
	}
	r.report.Recipients = merged(r.report.Recipients)
	r.report.Recipients = r.report.Recipients[:min(len(r.report.Recipients), maxRecipients)]
	told := tellings(r.words, nil)
	delay := ""
	if len(statuses) == 0 {
		delay = says("delay", r.field("Subject")+"\n"+text)
	}
	for i := range r.report.Recipients {
		one := &r.report.Recipients[i]
		near := ""
		for _, t := range told {
			if strings.EqualFold(t.address, one.Address) && len(near) < maxDiagnostic {
				near += t.words + "\n"
			}
		}
		if one.Action == "" && delay != "" {
			one.Action = "delayed"
			r.step("it is tried again: %q", delay)
		}
		r.classify(one, near, text)
	}
}

// fieldsBelow gives what a report says that stands as it came in the text of another
// program's.
func (r *reading) fieldsBelow() []Recipient {
	for _, p := range r.parts {
		if found := reported(p.text); len(found) > 0 && found[0].Address != "" && found[0].Action != "" {
			r.step("fields of a report stand further down")
			return found
		}
	}
	return nil
}

// merged gives each address once: what was said last of it, unless that was less.
func merged(all []Recipient) []Recipient {
	var out []Recipient
	at := map[string]int{}
	for _, r := range all {
		key := strings.ToLower(r.Address)
		i, there := at[key]
		if !there {
			at[key] = len(out)
			out = append(out, r)
			continue
		}
		if out[i].Diagnostic == "" || out[i].Action == "delayed" && r.Action != "delayed" {
			out[i] = r
		}
	}
	return out
}

// fromText finds the addresses in the words for people.
func (r *reading) fromText() {
	if failed := addressesIn(r.field("X-Failed-Recipients")); len(failed) > 0 {
		for _, a := range failed {
			r.report.Recipients = append(r.report.Recipients, Recipient{Address: a})
		}
		r.step("X-Failed-Recipients names %d", len(failed))
		return
	}
	if !r.looksLikeFailure(strings.Join(r.words, "\n")) {
		return
	}
	found := tellings(r.words, r.ours)
	if len(found) == 0 {
		found = tellings(r.words, nil) // who writes to himself
	}
	best := sentence
	for _, t := range found {
		best = min(best, t.rank)
	}
	for _, t := range found {
		if t.rank == best || best > alone {
			one := Recipient{Address: t.address, Diagnostic: t.words}
			one.codes()
			r.report.Recipients = append(r.report.Recipients, one)
		}
	}
	if to := addressesIn(r.toInText()); len(found) == 0 && len(to) == 1 {
		r.report.Recipients = []Recipient{{Address: to[0]}}
		r.step("its text names the message's To")
	}
	if len(found) > 0 {
		r.step("its text speaks of %d", len(r.report.Recipients))
	}
}

// toInText gives the To that the words for people have.
func (r *reading) toInText() string {
	for _, g := range fieldsOf(strings.Join(r.words, "\n")) {
		if g["to"] != "" {
			return g["to"]
		}
	}
	return ""
}

// looksLikeFailure says whether a message without a report's fields is one all the same:
// its sender is a mail system, or its subject says so.
func (r *reading) looksLikeFailure(text string) bool {
	if r.soundsLikeSystem() {
		return true
	}
	subject := strings.ToLower(r.field("Subject"))
	for _, words := range []string{
		"undeliver", "delivery fail", "failure notice", "returned mail", "delivery status", "delivery notif",
		"mail system error", "non-deliver", "nondeliver", "mail delivery", "delivery error", "returned to sender",
		"message status", "could not be delivered", "not delivered", "delivery report", "bounced mail", "bounced message",
		"mail failure",
		"unzustellbar", "non remis", "message delayed", "warning: ", "failed mail", "unknown user", "user unknown",
	} {
		if strings.Contains(subject, words) {
			return true
		}
	}
	_, ok := matched(text)
	return ok && r.returned != nil && r.field("Auto-Submitted") != "" && r.field("Auto-Submitted") != "no"
}

// soundsLikeSystem says whether a message names a mail system as its sender.
func (r *reading) soundsLikeSystem() bool {
	return systemIn(r.field("From") + " " + r.field("Return-Path") + " " + r.field("Sender"))
}

// systemIn says whether a sender is named as mail systems are.
func systemIn(sender string) bool {
	from := strings.ToLower(sender)
	for _, name := range []string{
		"mailer-daemon", "postmaster", "post_master", "mail delivery", "<>", "maildaemon", "mail-daemon", "mdaemon",
		"system administrator",
	} {
		if strings.Contains(from, name) {
			return true
		}
	}
	return false
}
