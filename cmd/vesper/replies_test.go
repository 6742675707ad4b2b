package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// TestARelaysRepliesAreReadAsTheStandardSays has a relay end its replies with a bare
// code, or write what it offers in small letters.
func TestARelaysRepliesAreReadAsTheStandardSays(t *testing.T) {
	t.Parallel()
	for name, ways := range map[string][]string{
		"bare codes": {
			"-greeting", "220-This server\n220-watches you\n220",
			"-ehlo", "250-sink\n250-PIPELINING\n250-AUTH PLAIN\n250-SMTPUTF8\n250", "-auth", "235",
		},
		"small letters": {"-greeting", "220", "-ehlo", "250-sink\n250-starttls\n250-auth plain login\n250 smtputf8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readers := append(manyReaders(10), "zoë@reader.example")
			w := startOracle(t, ways...)
			n := faultyNewsroom(t, setting{port: w.port, relay: "username = \"desk\"\npassword = \"secret\""}, readers)
			n.send(t, exitDone)
			n.adds(t, "done", sums{opened: 11, sent: 11})
			w.onceEach(t, readers)
		})
	}
}

// TestARelayThatTakesTenMessagesASessionIsNoTrouble ends each connection after ten
// messages. We say goodbye before, once that is known.
func TestARelayThatTakesTenMessagesASessionIsNoTrouble(t *testing.T) {
	t.Parallel()
	const connections = 8
	for name, farewell := range map[string]string{
		"421": "421 4.7.0 ten messages are enough", "550": "550 5.5.0 ten messages are enough", "closed": "",
	} {
		t.Run(name, func(t *testing.T) {
			if name != "421" {
				whole.NotRaced(t)
			}
			t.Parallel()
			readers := manyReaders(400)
			w := startOracle(t, "-session", "10", "-farewell", farewell)
			n := faultyNewsroom(t, setting{port: w.port, connections: connections}, readers)
			began := time.Now()
			said := n.send(t, exitDone)
			t.Logf("400 readers in %s", time.Since(began))
			n.adds(t, "done", sums{opened: 400, sent: 400})
			w.onceEach(t, readers)
			w.mu.Lock()
			defer w.mu.Unlock()
			// Each connection may come to the end at the same time.
			if w.ended < 2 || w.ended > connections {
				t.Errorf("the relay ended %d connections, want 2 to %d", w.ended, connections)
			}
			if strings.Contains(said, "relay") {
				t.Errorf("edition send complains of the relay:\n%s", said)
			}
		})
	}
}

// TestARelayThatLosesWhatIsSentTogetherGetsTheEdition offers PIPELINING and
// throws away all but the first command.
func TestARelayThatLosesWhatIsSentTogetherGetsTheEdition(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := manyReaders(60)
	w := startOracle(t, "-loses")
	n := faultyNewsroom(t, setting{port: w.port, connections: 4}, readers)
	n.send(t, exitDone)
	n.adds(t, "done", sums{opened: 60, sent: 60})
	w.onceEach(t, readers)
}

// TestAReasonHasTheRelaysWordsAndTheLineToLookAt has a relay that we can't send
// through because of one key of the configuration.
func TestAReasonHasTheRelaysWordsAndTheLineToLookAt(t *testing.T) {
	t.Parallel()
	const account = "username = \"evening\"\npassword = \"not the right one\""
	w := startOracle(t, "-auth535")
	n := faultyNewsroom(t, setting{port: w.port, relay: account}, manyReaders(5))
	said := n.send(t, exitPartly)
	e := n.adds(t, "paused", sums{opened: 5, pending: 5})
	line := 1 + strings.Count(strings.Split(n.config(t), "password =")[0], "\n")
	want := "the relay refuses us: 535 5.7.8 these credentials are not ours " +
		fmt.Sprintf("(look at vesper.toml:%d, password)", line)
	for what, text := range map[string]string{"the reason": e.Reason, "the last line of send": said} {
		if !strings.Contains(strings.ReplaceAll(text, n.dir+"/", ""), want) {
			t.Errorf("%s is %q, want %q", what, text, want)
		}
	}
}

// TestAnEditionThatWaitsSaysWhatFor has no relay, then one that takes messages and
// does not say so, then one that is well.
func TestAnEditionThatWaitsSaysWhatFor(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	readers := slices.Concat(manyReaders(5), numbered("dotdrop", 2), numbered("dotdropx", 1))
	n := faultyNewsroom(t, setting{port: freePort(t)}, readers)
	last := lastError(n.send(t, exitPartly))
	for _, want := range []string{"8 recipients not sent yet: ", "connection refused", "(look at ", ", port)"} {
		if !strings.Contains(last, want) {
			t.Errorf("the last line of send is %q, want it to say %q", last, want)
		}
	}
	list := n.output(t, "edition", "list", "-o", "json")
	if !strings.Contains(list, "waiting for the relay: ") || !strings.Contains(list, "connection refused") {
		t.Errorf("edition list says\n%s", list)
	}
	w := startOracle(t)
	n.configure(t, setting{port: w.port})
	const doubted = "3 messages may have arrived, and will be sent again at "
	if said := lastError(n.send(t, exitPartly)); !strings.Contains(said, doubted) {
		t.Errorf("the last line of send is %q", said)
	}
	e := n.adds(t, "sending", sums{opened: 8, sent: 5, pending: 3, doubts: 3})
	if !strings.HasPrefix(e.Reason, doubted) {
		t.Errorf("the edition says %q", e.Reason)
	}
	n.sendLater(t, time.Hour, exitDone)
	if e := n.adds(t, "done", sums{opened: 8, sent: 8, doubts: 3}); e.Reason != "" {
		t.Errorf("it waits for nothing, and says %q", e.Reason)
	}
}

// lastError gives the last line that names an error.
func lastError(said string) string {
	last := ""
	for line := range strings.Lines(said) {
		if strings.HasPrefix(line, "vesper: ") {
			last = line
		}
	}
	return last
}
