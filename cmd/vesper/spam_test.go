package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// welcome is the score at which a spam filter takes mail for wanted mail.
const welcome = -1.0

// The relay that brings the mail to the reader's server. Its address is one for
// documentation that filters take for any other.
const (
	relayHost    = "mx.relay.example"
	relayAddress = "2001:db8::25"
)

// received gives the message as the reader's server has it from the relay, which
// has noted whom it had it from (RFC 5321 4.4).
func (a arrived) received() []byte {
	trace := fmt.Sprintf("Received: from newsroom.example.com (newsroom.example.com [IPv6:2001:db8::7])\r\n"+
		"\tby %s (Postfix) with ESMTPSA id 4fXz192a1b; %s\r\n", relayHost, a.date())
	return append([]byte(trace), a.message...)
}

// kept gives the message as the reader's server hands it on, with its own trace.
func (a arrived) kept() []byte {
	trace := fmt.Sprintf("Return-Path: <%s>\r\nReceived: from %[2]s (%[2]s [IPv6:%s])\r\n"+
		"\tby mx.reader.example (Postfix) with ESMTPS id 4fXz1a2b3c\r\n\tfor <%s>; %s\r\n",
		a.from, relayHost, relayAddress, a.to, a.date())
	return append([]byte(trace), a.received()...)
}

var dateLine = regexp.MustCompile(`(?m)^Date: (.*)\r$`)

// date gives the message's own date.
func (a arrived) date() []byte {
	return dateLine.FindSubmatch(a.message)[1]
}

var statusLine = regexp.MustCompile(`(?s)\nX-Spam-Status: \w+, score=(-?[0-9.]+) .*?tests=(.*?)\sautolearn=`)

// TestSpamAssassinWelcomesTheEdition asks Debian's SpamAssassin with the tests
// that need no network.
func TestSpamAssassinWelcomesTheEdition(t *testing.T) {
	t.Parallel()
	onceIsEnough(t)
	if _, err := exec.LookPath("spamassassin"); err != nil {
		t.Skip("spamassassin is not installed")
	}
	filter := exec.Command("spamassassin", "--local", "--cf", "use_bayes 0")
	filter.Env = append(os.Environ(), "HOME="+t.TempDir())
	filter.Stdin = bytes.NewReader(arrive(t).kept())
	out, err := filter.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v", err)
	}
	status := statusLine.FindSubmatch(out)
	if status == nil {
		t.Fatalf("spamassassin gave no score:\n%.2000s", out)
	}
	t.Logf("SpamAssassin: %s: %s", status[1], bytes.Join(bytes.Fields(status[2]), nil))
	if score, err := strconv.ParseFloat(string(status[1]), 64); err != nil || score > welcome {
		t.Errorf("got %s, want %.1f or less", status[1], welcome)
	}
}

// TestRspamdWelcomesTheEdition asks Debian's rspamd, which looks the sender up in
// a DNS of our own and finds there what any sender publishes.
func TestRspamdWelcomesTheEdition(t *testing.T) {
	t.Parallel()
	onceIsEnough(t)
	a := arrive(t)
	r := startRspamd(t, a.dns().serve(t))
	v := r.check(t, a)
	t.Logf("rspamd: %s", v)
	if v.Score > welcome {
		t.Errorf("got %.2f, want %.1f or less", v.Score, welcome)
	}
	for _, want := range []string{"R_DKIM_ALLOW", "R_SPF_ALLOW", "DMARC_POLICY_ALLOW"} {
		if _, ok := v.Symbols[want]; !ok {
			t.Errorf("rspamd does not say %s", want)
		}
	}
}
