package bounce

import (
	"strings"

	"vesper/subscribers"
)

// feedback reads a report in the format of complaints (RFC 5965). Not every one is a
// reader's: some tell of a check that failed (RFC 6591) or that a message was no spam.
func (r *reading) feedback(text string) {
	r.report.Kind = Feedback
	one := Recipient{Cause: subscribers.Complained, Rule: "a feedback report"}
	for _, g := range fieldsOf(text) {
		if kind := strings.ToLower(g["feedback-type"]); kind != "" {
			one.Rule = "Feedback-Type: " + kind
			switch kind {
			case "auth-failure":
				one.Cause = subscribers.AuthFailureSeen
			case "not-spam":
				one.Cause = subscribers.NotSpam
			case "virus":
				one.Cause = subscribers.Virus
			}
		}
		for _, name := range []string{"original-rcpt-to", "removal-recipient"} {
			if a := addressIn(g[name]); a != "" && one.Address == "" {
				one.Address = a
			}
		}
	}
	if to := addressesIn(r.returned["to"]); one.Address == "" && len(to) == 1 {
		one.Address = to[0]
	}
	r.report.Recipients = []Recipient{one}
	r.step("a feedback report (RFC 5965): %s", one.Rule)
}

// complaintOfMicrosoft reads a complaint of Microsoft's junk mail reporting, which is older
// than the format: the message, with a field that names the reader.
func (r *reading) complaintOfMicrosoft() bool {
	const field = "x-hmxmroriginalrecipient"
	if !strings.HasPrefix(strings.ToLower(r.field("Subject")), "complaint about message from") || r.returned[field] == "" {
		return false
	}
	r.report.Kind = Feedback
	r.report.Recipients = []Recipient{{
		Address: addressIn(r.returned[field]), Cause: subscribers.Complained, Rule: "junk mail reporting of Microsoft",
	}}
	r.step("a complaint by Microsoft's junk mail reporting")
	return true
}
