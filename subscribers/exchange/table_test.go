package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"vesper/subscribers"
)

// TestWhoLeftElsewhereIsNeverMailed writes one row for each way in which a table
// may say it, with a confirmation beside.
func TestWhoLeftElsewhereIsNeverMailed(t *testing.T) {
	const active, off, bounce, spam, manual, bad = "active", subscribers.ByReader, subscribers.HardBounce,
		subscribers.Complaint, subscribers.Manual, "rejected"
	rejected := 0
	for column, values := range map[string]map[string]string{
		"opt_out": {
			"true": off, "TRUE": off, "1": off, "x": off, "T": off, "2024-01-02": off,
			"false": active, "": active, "0": active, "WAHR": off, "perhaps": bad, "2": bad,
		},
		"optout":      {"yes": off, "no": active, "?!a": bad},
		"Opted Out":   {"Y": off, "n": active, "opted": bad},
		"blocklisted": {"true": manual, "false": active, "partly": bad},
		"blacklisted": {"1": manual, "0": active},
		"unsubscribed": {
			"true": off, "2.1.2024": off, "1/2/24 10:11": off, "Jan 2, 2024": off,
			"02 January 2024": off, "1704204245": off, "never": active, "NULL": active, `\N`: active, "no": active,
			"3": bad, "subscribed": bad,
		},
		"Unsubscribe date": {
			"2024-01-02 15:04:05": off, "": active, "0000-00-00 00:00:00": active,
			"0001-01-01 00:00:00 +0000 UTC": active, "-": active, "Z": bad, "last week": bad,
		},
		"unsubscribed_on": {"2024-01-02": off, "": active},
		"unsubscribed_at": {"2024-01-02T15:04:05.000Z": off, "": active, "n/a": bad},
		"Opt-in status": {
			"unsubscribed": off, "subscribed": active, "opted out": off, "Cleaned": bounce,
			"who knows": bad,
		},
		"status": {
			"Unsubscribed": off, "complained": spam, "blocklisted": manual, "enabled": active,
			"asleep": bad,
		},
		"bounced":        {"true": bounce, "": active, "hard": bad, "7": bad},
		"complained":     {"1": spam, "false": active, "loudly": bad},
		"do_not_email":   {"true": off, "false": active, "monday": bad},
		"email_disabled": {"true": off, "false": active, "soon": bad},
		"subscribed": {
			"false": off, "no": off, "0": off, "true": active, "1": active, "2024-01-02": active,
			"02/01/2024": active, "": active, "partly": bad,
		},
	} {
		for value, want := range values {
			content := fmt.Sprintf("email,%s,confirmed_at\nines@reader.example,%s,2024-01-01\n", column, quote(value))
			if got := statusIn(t, content); !strings.HasPrefix(got, want) || want == bad &&
				!strings.Contains(got, column) && !strings.Contains(got, "not a known") {
				t.Errorf("%s=%s: got %s, want %s", column, value, got, want)
			}
			if want == bad {
				rejected++
			}
		}
	}
	t.Logf("%d bad inputs: values of which nothing is clear", rejected)
}

func quote(s string) string { return `"` + s + `"` }

// statusIn gives what the first row became.
func statusIn(t *testing.T, content string) string {
	t.Helper()
	f, err := Open("f", strings.NewReader(content), int64(len(content)), Choices{})
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range f.Parts[0].Rows() {
		if reject, ok := errors.AsType[*Reject](err); ok {
			return "rejected: " + reject.Problem
		}
		if err != nil {
			t.Fatal(err)
		}
		if reason := subscribers.Gravest(row.Subscriber.Suppressions); reason != "" {
			return reason
		}
		return string(row.Subscriber.Status)
	}
	return "nothing"
}

// TestWhoLeftIsOffOurOwnTablesForOthersToo reads what is written for another
// program.
func TestWhoLeftIsOffOurOwnTablesForOthersToo(t *testing.T) {
	var all []subscribers.Subscriber
	for i, status := range []subscribers.Status{
		subscribers.Active, subscribers.Unsubscribed, subscribers.Suppressed,
		subscribers.Unconfirmed,
	} {
		a, err := subscribers.ParseAddress(fmt.Sprintf("r%d@reader.example", i))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, subscribers.Subscriber{Address: a, Status: status})
	}
	var b bytes.Buffer
	if _, err := Write(&b, ForGhost, false, given(all)); err != nil {
		t.Fatal(err)
	}
	f, err := Open("f", bytes.NewReader(b.Bytes()), int64(b.Len()), Choices{})
	if err != nil || f.Parts[0].Format != Ghost {
		t.Fatal(f, err)
	}
	i := 0
	for row, err := range f.Parts[0].Rows() {
		if off := len(row.Subscriber.Suppressions) > 0; err != nil || off != (all[i].Status != subscribers.Active) {
			t.Errorf("%s came back as %+v, %v", all[i].Status, row, err)
		}
		i++
	}
	if i != len(all) {
		t.Errorf("got %d rows, want %d", i, len(all))
	}
}

func given(all []subscribers.Subscriber) iter.Seq2[subscribers.Subscriber, error] {
	return func(yield func(subscribers.Subscriber, error) bool) {
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func TestAColumnThatMayTellOfLeavingIsDoubted(t *testing.T) {
	for header, want := range map[string]string{
		"email,Unsub reason,City":                          "Unsub reason",
		"email,opt-out?,opt_outs,OPTIN_IP,optin_time":      "opt_outs",
		"email,Bounces,Complaints,Blocks,Blacklist,Spam":   "Bounces|Complaints|Blocks|Blacklist",
		"email,unsubscribed,Unsubscribed":                  "",
		"email,Subscribed to,Do not email!,Disabled since": "Subscribed to|Disabled since",
		"email,created_at,subscribed_at,optin_time":        "",
		"Email Address,UNSUB_TIME,UNSUB_REASON,LEID,EUID":  "",
		"Email Address,Optin,LEID,EUID":                    "Optin",
		"email,subscribed_to_emails,name,unsubscribed":     "unsubscribed",
		"email,subscribed_to_emails,created_at,bounced_at": "bounced_at",
	} {
		content := header + "\nines@reader.example,,,,,\n"
		f, err := Open("f", strings.NewReader(content), int64(len(content)), Choices{})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, d := range f.Parts[0].Doubts {
			all = append(all, d.Column)
		}
		if got := strings.Join(all, "|"); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}
