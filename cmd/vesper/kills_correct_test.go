package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/whole"
)

// TestEachReaderGetsOneEditionThoughCorrectionsAreKilled: an edition is being sent, paused or
// done when its correction begins, and sending and correcting are killed at random moments.
// In the end each reader has the first edition with the note, or the correction alone. Only
// what was on the wire when a process died may have come beside.
func TestEachReaderGetsOneEditionThoughCorrectionsAreKilled(t *testing.T) {
	t.Parallel()
	whole.NotRaced(t)
	for range whole.Times(t, 1, 12) {
		correctsThroughKills(t)
	}
}

func correctsThroughKills(t *testing.T) {
	readers, random := manyReaders(240), moments(t)
	w := startOracle(t, "-delay", "1ms")
	ws := witnesses{w}
	n := faultyNewsroom(t, setting{port: w.port, connections: connections}, readers)
	s := n.start(t)
	ws.wait(10+random.IntN(200), s.ended)
	if random.IntN(2) == 0 {
		n.command("edition", "pause", theEdition).Run()
	}
	path := filepath.Join(n.dir, "desk/orlanda.txt")
	story, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	n.write(t, "desk/orlanda.txt", strings.Replace(string(story), "Orlanda", "Marrowdale", 1))
	const kills = 3
	for range kills {
		c := launched(t, n.command("edition", "correct", theEdition, "--yes", "--note", "It was Marrowdale."))
		spin(time.Duration(random.IntN(400)) * time.Millisecond)
		c.kill()
	}
	s.kill()
	for range 3 { // The first may only take over what was on the wire.
		n.command("edition", "correct", theEdition, "--yes", "--note", "It was Marrowdale.").Run()
		n.command("edition", "send", "--yes", "--force", "--date", tomorrow).Run()
	}
	first, second := n.asks(t, "edition", "verify", theEdition), n.asks(t, "edition", "verify", theEdition+"-2")
	if n.command("edition", "show", theEdition+"-3").Run() == nil {
		t.Error("it was corrected twice")
	}
	t.Logf("%s%s", first, second)
	n.haveOne(t, ws, readers, (kills+1)*connections)
}

// haveOne wants each reader to have what both ledgers say, with so many exceptions at most.
func (n *newsroom) haveOne(t *testing.T, ws witnesses, readers []string, most int) {
	t.Helper()
	had := map[string]map[string]int{}
	for _, line := range ws.taken(t) {
		reader, copied, _ := strings.Cut(line, " ")
		if had[reader] == nil {
			had[reader] = map[string]int{}
		}
		had[reader][copied]++
	}
	var steps map[string][3]string
	rows, err := n.database(t).Query(`SELECT s.address, f.step, c.variant, c.step FROM subscribers s
		JOIN editions e ON e.sequence = 1 JOIN editions k ON k.sequence = 2
		JOIN deliveries f ON f.subscriber = s.id AND f.edition = e.number
		JOIN deliveries c ON c.subscriber = s.id AND c.edition = k.number`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	steps = map[string][3]string{}
	for rows.Next() {
		var address string
		var of [3]string
		if err := rows.Scan(&address, &of[0], &of[1], &of[2]); err != nil {
			t.Fatal(err)
		}
		steps[address] = of
	}
	doubts := 0
	for _, reader := range readers {
		copies, messages := 0, len(had[reader])
		for _, times := range had[reader] {
			copies += times
		}
		doubts += copies - messages
		switch of := steps[reader]; {
		case of == [3]string{"sent", digest.CorrectionDesigned, "sent"} && messages == 2:
		case of == [3]string{"skipped", digest.Designed, "sent"} && messages == 1:
		case of[0] == "unknown" && of[2] == "sent" && messages > 0:
			doubts++
		default:
			t.Errorf("%s has %d messages, and the ledgers say %q", reader, messages, of)
		}
	}
	if doubts > most {
		t.Errorf("%d doubts, want at most %d", doubts, most)
	}
}
