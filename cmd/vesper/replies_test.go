package main

import "testing"

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
