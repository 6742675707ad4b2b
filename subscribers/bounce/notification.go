package bounce

import (
	"encoding/json"
	"strings"

	"vesper/subscribers"
)

// notification is an event of Amazon SES, as it comes by mail or by a webhook
// (https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html).
type notification struct {
	// Message has it as text where SNS brings it.
	Message string

	NotificationType, EventType string
	Bounce                      struct {
		BounceType        string
		BouncedRecipients []struct{ EmailAddress, Action, Status, DiagnosticCode string }
	}
	Complaint struct {
		ComplainedRecipients  []struct{ EmailAddress string }
		ComplaintFeedbackType string
	}
	Delivery struct {
		Recipients   []string
		SMTPResponse string
	}
}

// notification reads an event of Amazon SES, if the text begins with one.
func (r *reading) notification() bool {
	// Some programs on the way break its one line.
	text := strings.TrimSpace(strings.ReplaceAll(strings.Join(r.words, "\n"), "!\n ", ""))
	if !strings.HasPrefix(text, "{") {
		return false
	}
	var n notification
	text = strings.ReplaceAll(text, "\n", "")
	err := json.NewDecoder(strings.NewReader(text)).Decode(&n)
	if err == nil && n.Message != "" {
		err = json.Unmarshal([]byte(n.Message), &n)
	}
	if err != nil || n.NotificationType+n.EventType == "" {
		return false
	}
	r.report.Kind = Failure
	kind := n.NotificationType + n.EventType
	r.step("a notification of Amazon SES: %s", kind)
	switch kind {
	case "Bounce":
		for _, b := range n.Bounce.BouncedRecipients {
			one := Recipient{
				Address: b.EmailAddress, Action: strings.ToLower(b.Action), Status: statusIn(b.Status),
				Diagnostic: cut(diagnosticOf(plain([]byte(b.DiagnosticCode))), maxDiagnostic),
			}
			if one.codes(); n.Bounce.BounceType == "Transient" && one.Status == "" {
				one.Action = "delayed"
			}
			r.classify(&one, "", "")
			r.report.Recipients = append(r.report.Recipients, one)
		}
	case "Complaint":
		r.report.Kind = Feedback
		for _, c := range n.Complaint.ComplainedRecipients {
			one := Recipient{Address: c.EmailAddress, Cause: subscribers.Complained, Rule: kind}
			if n.Complaint.ComplaintFeedbackType == "not-spam" {
				one.Cause = subscribers.NotSpam
			}
			r.report.Recipients = append(r.report.Recipients, one)
		}
	case "Delivery":
		for _, a := range n.Delivery.Recipients {
			_, status := codesIn(n.Delivery.SMTPResponse)
			r.report.Recipients = append(r.report.Recipients, Recipient{
				Address: a, Action: "delivered", Status: status, Cause: subscribers.Delivered, Rule: kind,
			})
		}
	}
	return true
}
