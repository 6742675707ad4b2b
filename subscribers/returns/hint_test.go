package returns

import (
	"net/url"
	"strings"
	"testing"

	"vesper/subscribers"
)

func TestWhereAServerRefusesUsTheAdminIsToldWhatToDo(t *testing.T) {
	for _, c := range []struct {
		status, said string
		cause        subscribers.Cause
		want         string
	}{
		{"5.7.515", "550 5.7.515 Access denied", subscribers.Authentication, "Outlook.com"},
		{"5.7.1", "550 5.7.1 part of their network is on our block list (S3150)", subscribers.Blocked, "network"},
		{"5.7.26", "550-5.7.26 This mail is unauthenticated - gsmtp", subscribers.Authentication, "neither SPF nor DKIM"},
		{"5.7.25", "550-5.7.25 does not have a PTR record", subscribers.NoReverseDNS, "PTR"},
		{"5.7.27", "550 5.7.27 SPF did not pass - gsmtp", subscribers.Authentication, "publish SPF"},
		{"4.7.28", "421-4.7.28 unusual rate of unsolicited mail - gsmtp", subscribers.TooFast, "slows us down"},
		{"4.7.0", "421 4.7.0 [TSS04] Messages temporarily deferred", subscribers.BadReputation, "Yahoo"},
		{"5.7.9", "554 5.7.9 Message not accepted for policy reasons", subscribers.Policy, "Yahoo"},
		{"5.7.1", "550 5.7.1 Relay access denied", subscribers.NoRelaying, "[[relay]]"},
		{"", "550 go away", subscribers.Policy, "read what it says"},
	} {
		r := subscribers.Report{Class: subscribers.ClassSender, Cause: c.cause, Status: c.status, Diagnostic: c.said}
		if got := HintFor(r); !strings.Contains(got.Do, c.want) || got.Source == "" {
			t.Errorf("%s: got %+v", c.said, got)
		}
		r.Class = subscribers.ClassRemove
		if got := HintFor(r); got != (Hint{}) {
			t.Errorf("got %+v of a dead address", got)
		}
	}
}

func TestEachHintIsOfACauseAndHasASource(t *testing.T) {
	for i, h := range hints() {
		at, err := url.Parse(h.Source)
		if err != nil || at.Scheme != "https" || h.Do == "" || h.words != strings.ToLower(h.words) {
			t.Errorf("%d: %+v", i, h)
		}
		if h.cause != "" && h.cause.Class() != subscribers.ClassSender {
			t.Errorf("%d: %s is no cause of that class", i, h.cause)
		}
	}
}
