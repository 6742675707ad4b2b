package bounce

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest/growth"
	"vesper/subscribers"
)

// report writes a delivery report of one address.
func report(fields, text string) string {
	return "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: bounces+x@news.example\n" +
		"Subject: Undelivered Mail\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n" + text +
		"\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n" + fields +
		"\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <1.evening@news.example>\nTo: ida@reader.example\n\n" +
		"--b--\n"
}

func fields(status, diagnostic string) string {
	return "Final-Recipient: rfc822; ida@reader.example\nAction: failed\nStatus: " + status +
		"\nDiagnostic-Code: smtp; " + diagnostic + "\n"
}

// TestWhatComesBackIsReadForWhatItMeans has words of our own for each class, and above all
// for what looks like a dead address and is none.
func TestWhatComesBackIsReadForWhatItMeans(t *testing.T) {
	const atRcpt, atData = " (in reply to RCPT TO command)", " (in reply to end of DATA command)"
	for name, c := range map[string]struct {
		message string
		class   subscribers.Class
		cause   subscribers.Cause
	}{
		"no such user": {
			report(fields("5.1.1", "550 5.1.1 <ida@reader.example>: no such user"), ""), "remove", "user unknown",
		},
		"a mailbox that is full, with the status of one that is not there": {
			report(fields("5.1.1", "550 5.1.1 over quota"), ""), "count", "mailbox full",
		},
		"an unknown user, by a filter": {
			report(fields("5.0.0", "550 user unknown"), "<ida@reader.example>: said: 550 user unknown"+atData),
			"count", "filtered",
		},
		"an unknown user, nobody says when": {report(fields("5.0.0", "550 user unknown"), ""), "count", "filtered"},
		"an unknown user, before the text": {
			report(fields("5.0.0", "550 user unknown"), "<ida@reader.example>: said: 550 user unknown"+atRcpt),
			"remove", "user unknown",
		},
		"an unknown user that may pass": {report(fields("4.1.1", "450 4.1.1 user unknown"), ""), "wait", "user unknown"},
		"a link in the text to a host that nobody knows": {
			report(fields("5.7.1", "550 5.7.1 Message rejected: it links to a domain that does not exist"), ""),
			"sender", "sender refused",
		},
		"the same, said after the text": {
			report(fields("5.0.0", "554 link to unknown domain"), "<ida@reader.example>: said: 554"+atData+
				"\n<ida@reader.example>: said: 554 link to unknown domain"+atData),
			"sender", "sender refused",
		},
		"a server behind theirs that could not be asked": {
			report(fields("5.1.1", "550 5.1.1 <ida@reader.example>: Recipient address rejected: undeliverable address: "+
				"connect to in.reader.example[10.0.0.3]:25: Connection refused"), ""),
			"wait", "network",
		},
		"a vacation note without a mark, that quotes a report": {
			"Return-Path: <>\nFrom: Ida <ida@reader.example>\nTo: bounces+x@news.example\nSubject: New address\n\n" +
				"ida@reader.example is gone (550 5.1.1 user unknown). Write to ida@new.example\n",
			"ignore", "automatic reply",
		},
		"a person who quotes a report": {
			"Return-Path: <ida@reader.example>\nFrom: Ida <ida@reader.example>\nTo: bounces+x@news.example\n" +
				"Subject: Delivery failed?\n\nI get this:\n550 5.1.1 <ida@reader.example>: User unknown\n",
			"ignore", "automatic reply",
		},
		"a sender who does not exist, in Spanish": {
			"Return-Path: <>\nFrom: MAILER-DAEMON@mx.reader.example\nSubject: Mail delivery failed\n\n" +
				"No se pudo entregar a ida@reader.example: 550 5.1.1 El remitente no existe\n\n" +
				"--- Original message ---\n\nMessage-ID: <1@news.example>\nTo: ida@reader.example\nSubject: x\n",
			"sender", "sender refused",
		},
		"a delay": {
			report(strings.Replace(fields("5.1.1", "550 5.1.1 user unknown"), "failed", "delayed", 1), ""),
			"wait", "user unknown",
		},
		"a refusal of us in its words": {
			report(fields("5.7.1", "550 5.7.1 Sender address rejected: user unknown in virtual table"), ""),
			"sender", "sender refused",
		},
		"a recipient is no IP": {
			report(fields("5.5.0", "550 5.5.0 The recipient account is blocked"), ""), "count", "suspended",
		},
		"a blocklist": {
			report(fields("5.0.0", "554 blocked using bl.example; no such user here"), ""), "sender", "blocked",
		},
		"DMARC": {
			report(fields("5.7.26", "550 5.7.26 unauthenticated email is not accepted due to domain's DMARC policy"), ""),
			"sender", "authentication",
		},
		"a null MX": {
			report(fields("5.1.10", "556 5.1.10 Recipient address has null MX"), ""), "count", "accepts no mail",
		},
		"moved": {report(fields("5.1.6", "551 5.1.6 user has moved"), ""), "remove", "moved"},
		"a host not found": {
			report(fields("5.1.2", "Host or domain name not found. Name service error"), ""), "remove", "host unknown",
		},
		"a host, for now": {report(fields("4.4.3", "Host not found, try again"), ""), "wait", "network"},
		"delivered": {
			report(strings.Replace(fields("2.0.0", "250 ok"), "failed", "delivered", 1), ""), "ignore", "delivered",
		},
		"nothing but a code": {report(fields("5.0.0", "554"), ""), "wait", "not said"},
		"a vacation note": {
			"From: ida@reader.example\nAuto-Submitted: auto-replied\nSubject: Away\n\n" +
				"This mailbox does not exist any more: user unknown, 550 5.1.1\n",
			"ignore", "automatic reply",
		},
		"a vacation note without its field": {
			"From: ida@reader.example\nSubject: Abwesenheitsnotiz: Ihre Zeitung\n\nIch bin nicht da.\n",
			"ignore", "automatic reply",
		},
		"a complaint": {
			"From: fbl@provider.example\nMIME-Version: 1.0\n" +
				"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n" +
				"--b\n\nan abuse report\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n" +
				"Original-Rcpt-To: <ida@reader.example>\n\n--b--\n", "complaint", "complaint",
		},
		"a report of a check": {
			"From: dmarc@provider.example\nMIME-Version: 1.0\n" +
				"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n" +
				"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: auth-failure\n\n--b--\n",
			"sender", "authentication report",
		},
	} {
		got, err := Read(strings.NewReader(c.message))
		if err != nil || len(got.Recipients) != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		if r := got.Recipients[0]; r.Class() != c.class || r.Cause != c.cause {
			t.Errorf("%s: %s (%s, by %s), want %s (%s)", name, r.Class(), r.Cause, r.Rule, c.class, c.cause)
		}
	}
}

// TestAPersonsReplyIsNoBounce although it has the words of one.
func TestAPersonsReplyIsNoBounce(t *testing.T) {
	got, _ := Read(strings.NewReader("From: Ida <ida@reader.example>\nTo: desk@news.example\nSubject: Re: Evening\n\n" +
		"My neighbour bob@reader.example does not exist for you, it seems: 550 user unknown?\n"))
	if got.Kind != Reply || len(got.Recipients) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestTheMessageThatCameBackIsFound by its ID, in a part or under the text.
func TestTheMessageThatCameBackIsFound(t *testing.T) {
	for _, message := range []string{
		report(fields("5.1.1", "550 no"), ""),
		"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n<ida@reader.example>:\n" +
			"Sorry, no mailbox here by that name. (#5.1.1)\n\n" +
			"--- Below this line is a copy of the message.\n\nReturn-Path: <b@news.example>\n" +
			"Message-ID: <1.evening@news.example>\n",
	} {
		got, _ := Read(strings.NewReader(message))
		if got.MessageID != "<1.evening@news.example>" || len(got.Recipients) != 1 || got.Recipients[0].Class() != "remove" {
			t.Errorf("%+v", got)
		}
	}
}

// TestRulesAreAllInUse: each line of the rules is found by its own words, unless an earlier
// one with the same meaning comes first.
func TestRulesAreAllInUse(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		if seen[r.line] {
			t.Errorf("%q is there twice", r.line)
		}
		seen[r.line] = true
		if !r.cause.Known() {
			t.Errorf("%q has no cause", r.line)
		}
		if got, ok := matched(strings.Join(r.words, " x ")); !ok {
			t.Errorf("%q is not found", r.line)
		} else if got.cause.Class() == subscribers.ClassRemove && r.cause.Class() != subscribers.ClassRemove {
			t.Errorf("%q is taken for %q, a dead address", r.line, got.line)
		}
	}
}

// TestTwiceTheMessageIsNoMoreThanTwiceTheWork reads messages of growing size in each shape
// that a reader may be slow at.
func TestTwiceTheMessageIsNoMoreThanTwiceTheWork(t *testing.T) {
	const head = "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\n"
	many := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	growth.Check(t, 1000, map[string]func(n int) string{
		"addresses": func(n int) string { return head + many(n, "<a%d@reader.example>: user unknown\n") },
		"one line":  func(n int) string { return head + many(n, "a%d@reader.example ") },
		"at signs":  func(n int) string { return head + strings.Repeat("a@", 10*n) },
		"one word":  func(n int) string { return head + strings.Repeat("user ", 10*n) },
		"fields":    func(n int) string { return report(many(n, "X-%d: y\n"), "") },
		"recipients": func(n int) string {
			return report(many(n, "Final-Recipient: rfc822; a%d@reader.example\n\n"), "")
		},
		"a diagnostic":  func(n int) string { return report(fields("5.0.0", many(n, "550-%d said\n ")), "") },
		"header fields": func(n int) string { return many(n, "X-%d: y\n") + head },
		"bad lines":     func(n int) string { return many(n, "no field %d\n") + head },
		"parts in parts": func(n int) string {
			return head[:len(head)-1] + many(n, "Content-Type: multipart/mixed; boundary=b%[1]d\n\n--b%[1]d\n")
		},
		"parts": func(n int) string { return report("", many(n, "--b\n\n%d\n")) },
		"a page": func(n int) string {
			return head[:len(head)-1] + "Content-Type: text/html\n\n" + strings.Repeat("<p>a<br>", n)
		},
		"passed on": func(n int) string {
			return head[:len(head)-1] + "Content-Type: multipart/mixed; boundary=b\n\n" +
				"--b\nContent-Type: message/rfc822\n\n" + report(many(n, "X-%d: y\n"), many(n, "word %d\n")) + "--b--\n"
		},
		"quoted":          func(n int) string { return head + many(n, "> user %d unknown\n") },
		"returned fields": func(n int) string { return head + "Received: x\n" + many(n, "X-%d: y\n") },
	}, func(text string) { Read(strings.NewReader(text)) })
}

// FuzzRead: any text makes a report, and no dead address without a rule that says so.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/[ow]*/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatal("no messages in testdata: ", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Add(report(fields("5.1.1", "550 5.1.1 no such user"), "text"))
	f.Fuzz(func(t *testing.T, message string) {
		got, err := Read(strings.NewReader(message))
		if err != nil || got.Kind == "" || len(got.Recipients) > maxRecipients {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, r := range got.Recipients {
			if !r.Cause.Known() || r.Rule == "" || len(r.Diagnostic) > maxDiagnostic {
				t.Fatalf("%+v", r)
			}
		}
	})
}
