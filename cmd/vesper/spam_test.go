package main

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"vesper/digest/whole"
)

// welcome is the score at which a spam filter takes mail for wanted mail.
const welcome = -1.0

// everySize is the score that an edition of any size gets from rspamd, in hundredths.
const everySize = -120

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

// spamAssassin has one run of Debian's SpamAssassin, with the tests that need no
// network, judge what arrived. What it says comes in the order that it likes.
func spamAssassin(t *testing.T, all []arrived) map[string]verdict {
	t.Helper()
	if _, err := exec.LookPath("spamassassin"); err != nil {
		t.Skip("spamassassin is not installed")
	}
	var mbox bytes.Buffer
	for i, a := range all {
		fmt.Fprintf(&mbox, "From x@example.com Thu Jan  1 00:00:00 2026\nX-Test: %d.\n%s\n", i,
			bytes.ReplaceAll(a.kept(), []byte("\r\n"), []byte("\n")))
	}
	filter := exec.Command("spamassassin", "--mbox", "--local", "--cf", "use_bayes 0")
	filter.Env = append(os.Environ(), "HOME="+t.TempDir())
	filter.Stdin = &mbox
	out, err := filter.Output()
	if err != nil {
		t.Fatalf("spamassassin: %v", err)
	}
	said := map[string]verdict{}
	for i, a := range all {
		at := bytes.Index(out, fmt.Appendf(nil, "\nX-Test: %d.\n", i))
		begin := bytes.LastIndex(out[:max(at, 0)], []byte("\nFrom x@"))
		status := statusLine.FindSubmatch(out[max(begin, 0):max(at, 0)])
		if status == nil {
			t.Fatalf("spamassassin gave no score to %s", a.name)
		}
		v := verdict{Symbols: map[string]struct{ Score float64 }{}}
		v.Score, err = strconv.ParseFloat(string(status[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		for name := range bytes.SplitSeq(bytes.Join(bytes.Fields(status[2]), nil), []byte(",")) {
			v.Symbols[string(name)] = struct{ Score float64 }{}
		}
		said[a.name] = v
	}
	return said
}

// TestSpamAssassinWelcomesAllMail judges an edition, editions of every size in each look, and
// every letter and a correction in every language.
func TestSpamAssassinWelcomesAllMail(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	edition := arrive(t)
	edition.name = "edition"
	n, _, _ := onTheInternet(t, domains[0])
	sizes := []int{12, 30}
	for i := 1; i < 30; i++ {
		if i != 12 {
			sizes = append(sizes, i)
		}
	}
	sizes = whole.First(t, 2, sizes)
	editions := []arrived{edition}
	for _, look := range readyLooks {
		editions = append(editions, n.editions(t, look, true, sizes)...)
	}
	letters := append(n.letters(t, domains[0]), n.corrections(t, domains[0])...)
	said := spamAssassin(t, append(letters, editions...))
	t.Logf("SpamAssassin: %s", said["edition"])
	for _, e := range editions {
		if v := said[e.name]; v.Score > welcome {
			t.Errorf("%s: got %s, want %.1f or less", e.name, v, welcome)
		}
	}
	for name, v := range said {
		if v.Score > 0 {
			t.Errorf("%s: got %s, want 0 or less", name, v)
		}
	}
}

// TestRspamdWelcomesAllMail asks Debian's rspamd, which looks the sender up in a DNS of
// our own and finds there what any sender publishes: what it says of an edition, of
// editions of every size in each look, of every letter and of a correction in every language.
func TestRspamdWelcomesAllMail(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	a := arrive(t)
	var all, sizes []arrived
	names := a.dns("example.org")
	for _, domain := range domains {
		n, key, keyText := onTheInternet(t, domain)
		ofOne := n.editionsOfEverySize(t)
		sizes, all = append(sizes, ofOne...), append(all, append(n.letters(t, domain), n.corrections(t, domain)...)...)
		maps.Copy(names, arrived{key: key, keyText: keyText}.dns(domain))
	}
	r := startRspamd(t, names.serve(t))
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
	for _, letter := range all {
		if v := r.check(t, letter); v.Score > 0 {
			t.Errorf("%s: got %s, want 0 or less", letter.name, v)
		}
	}
	worst := -10.0
	for _, edition := range sizes {
		v := r.check(t, edition)
		worst = max(worst, v.Score)
		if math.Round(100*v.Score) > everySize {
			t.Errorf("%s: got %s, want %.2f or less", edition.name, v, everySize/100.)
		}
	}
	t.Logf("the worst of %d editions got %.2f", len(sizes), worst)
}
