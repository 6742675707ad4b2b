package main

import (
	"fmt"
	"testing"
	"time"

	"vesper/digest/whole"
)

// TestRefusedRecipientsHoldNobodyUp sends to living readers, with unknown ones in a
// row among them, through servers that close a connection on which they refused too
// many. Of three connections one is the letters'.
func TestRefusedRecipientsHoldNobodyUp(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	const (
		sent, failed = 90, 60
		bound        = 30 * time.Second
	)
	var living, unknown, readers []string
	for i := range sent + failed {
		if i < sent/2 || i >= sent/2+failed {
			living = append(living, fmt.Sprintf("living%d@reader.example", i))
			readers = append(readers, living[len(living)-1])
		} else {
			unknown = append(unknown, fmt.Sprintf("unknown%d@reader.example", i))
			readers = append(readers, unknown[len(unknown)-1])
		}
	}
	for name, start := range map[string]func(t *testing.T, living, unknown []string) *server{
		"Postfix": postfixServer, "Exim": eximServer, "chasquid": chasquidServer,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, living, unknown)
			n := faultyNewsroom(t, setting{port: s.port, connections: 3}, readers)
			began := time.Now()
			n.send(t, exitPartly)
			took := time.Since(began)
			n.adds(t, "done", sums{opened: sent + failed, sent: sent, failed: failed})
			all, cut := s.settled(t)
			for _, line := range cut {
				t.Errorf("a connection was cut: %s", line)
			}
			if took > bound {
				t.Errorf("it took %v, want less than %v", took, bound)
			}
			t.Logf("%d sent, %d failed in %v, over %d connections", sent, failed, took, all)
		})
	}
}
