package relay

import (
	"bufio"
	"strings"
	"testing"

	"vesper/digest/growth"
)

func TestTwiceTheReplyIsNoMoreThanTwiceTheWork(t *testing.T) {
	again := func(before, part, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat(part, n) + after }
	}
	growth.Check(t, 2000, map[string]func(int) string{
		"lines":            again("", "250-SIZE 1\r\n", "250 Ok\r\n"),
		"empty lines":      again("", "250-\n", "250\n"),
		"the same keyword": again("250-sink\n", "250-AUTH LOGIN\n", "250 AUTH PLAIN\n"),
		"a parameter":      again("250-sink\n250 AUTH ", "A ", "\r\n"),
		"equals signs":     again("250-sink\n250 AUTH", "=", "\r\n"),
		"a long line":      again("550 5.1.1 ", "no ", "\r\n"),
		"a code's digits":  again("550 5.", "1", ".1 no\r\n"),
		"many codes":       again("550-", "5.1.1 ", "\n550 no\n"),
		"no letters":       again("550 ", "\x00\u202e", "\r\n"),
		"no UTF-8":         again("550 ", "\xff", "\r\n"),
		"queue IDs":        again("250 2.0.0 Ok: ", "queued as ", "4F1A\r\n"),
		"no end":           again("250-", "a", ""),
		"carriage returns": again("250 ", "\r", "\n"),
	}, func(text string) {
		r, err := readReplyOf(bufio.NewReader(strings.NewReader(text)), len(text))
		if err != nil {
			return
		}
		_ = r.outcome(classify(phaseRcpt, r.code))
		_ = r.outcome(classify(phaseDot, r.code))
		_ = offersOf(r)
	})
}
