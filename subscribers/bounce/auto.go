package bounce

import (
	"strings"

	"vesper/subscribers"
)

// automatic reads a machine's reply, if the message is one (RFC 3834). A vacation note is
// no failure, whatever it says of its mailbox.
func (r *reading) automatic() bool {
	why := ""
	switch {
	case strings.HasPrefix(strings.ToLower(r.field("Auto-Submitted")), "auto-replied"):
		why = "Auto-Submitted: auto-replied"
	case r.field("X-Autoreply") != "" || r.field("X-Autorespond") != "" || r.field("X-Autoresponder") != "":
		why = "X-Autoreply"
	case strings.EqualFold(r.field("Precedence"), "auto_reply"):
		why = "Precedence: auto_reply"
	case r.field("X-Mail-Autoreply") != "":
		why = "X-Mail-Autoreply"
	default:
		subject := strings.ToLower(r.field("Subject"))
		for _, words := range autoSubjects {
			if strings.HasPrefix(subject, words) {
				why = "its subject begins with " + words
			}
		}
	}
	if why == "" || r.fromMailSystem() {
		return false
	}
	r.report.Kind = Auto
	r.report.Recipients = []Recipient{{Address: addressIn(r.field("From")), Cause: subscribers.AutoReply, Rule: why}}
	r.step("a machine's reply: %s", why)
	return true
}

// fromMailSystem says whether a message is of a mail system itself.
func (r *reading) fromMailSystem() bool {
	from := strings.ToLower(r.field("From"))
	return strings.Contains(from, "mailer-daemon") || strings.Contains(from, "postmaster@") ||
		r.field("X-Failed-Recipients") != ""
}

// autoSubjects begin the subjects of automatic replies.
var autoSubjects = []string{
	"auto:", "autoreply", "auto reply", "auto-reply", "auto response", "automatic reply", "automated reply",
	"out of office", "out of the office", "out-of-office", "away from", "on vacation", "vacation", "i am out", "i'm out",
	"automatische antwort", "abwesenheit", "abwesend", "réponse automatique", "absence", "absent",
	"respuesta automática", "fuera de la oficina", "resposta automática", "ausência", "risposta automatica",
	"fuori sede", "automatisch antwoord", "afwezig", "autosvar", "fraværsmelding",
	"automaattinen vastaus", "odpowiedź automatyczna",
	"автоответ", "自動応答", "自動返信", "不在", "自动回复", "자동 응답",
}
