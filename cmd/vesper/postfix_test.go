package main

import (
	"database/sql"
	"flag"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var postfixReaders = flag.Int("postfix-readers", 300, "how many readers the edition has that goes to Postfix")

// ledger gives the readers by the queue IDs that the relay named.
func (n *newsroom) ledger(t *testing.T) map[string]string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(n.dir, "vesper.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT d.queue_id, s.address FROM deliveries d JOIN subscribers s ON s.id = d.subscriber
		WHERE d.step = 'sent'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	readers := map[string]string{}
	for rows.Next() {
		var queue, address string
		if err := rows.Scan(&queue, &address); err != nil {
			t.Fatal(err)
		}
		readers[queue] = address
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return readers
}

// agrees is the test that Postfix and the ledger name the same messages for the
// same readers.
func (p *postfix) agrees(t *testing.T, n *newsroom, readers int) {
	t.Helper()
	n.adds(t, "done", sums{opened: readers, sent: readers})
	logged := p.wait(t, readers)
	if diff := cmp.Diff(logged, n.ledger(t)); diff != "" {
		t.Errorf("messages by queue ID (-Postfix's log +our ledger):\n%s", diff)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t.Logf("%d sent, %d in Postfix's log; %d of %d connections refused", readers, len(logged), p.refused, p.dials)
}

func TestWhatWeCountAsSentIsWhatPostfixLogged(t *testing.T) {
	t.Parallel()
	p := startPostfix(t, "")
	n := faultyNewsroom(t, setting{port: p.port, connections: connections}, manyReaders(*postfixReaders))
	n.send(t, exitDone)
	p.agrees(t, n, *postfixReaders)
}

// TestAPostfixWithLimitsLosesNobody has Postfix greet half the connections that
// we would like, or take fewer connections and messages a second than we bring.
// A sending by hand may stop before it has come to an end, and is said again.
func TestAPostfixWithLimitsLosesNobody(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, limits string
		readers      int
	}{
		{"connections", "smtpd_client_connection_count_limit = 4", *postfixReaders / 4},
		{
			"rates", "smtpd_client_connection_rate_limit = 6\nsmtpd_client_message_rate_limit = 60\n" +
				"anvil_rate_time_unit = 1s", 100,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := startPostfix(t, test.limits)
			n := faultyNewsroom(t, setting{port: p.port, connections: connections}, manyReaders(test.readers))
			for range 10 {
				s := n.start(t)
				<-s.ended
				if s.ProcessState.ExitCode() == exitDone {
					break
				}
			}
			p.agrees(t, n, test.readers)
		})
	}
}
