package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestServeTakesOffWhomTheRelayDoesNotKnow while it runs, and nobody whom it refuses for us.
func TestServeTakesOffWhomTheRelayDoesNotKnow(t *testing.T) {
	t.Parallel()
	nowhere, policy := numbered("rcpt550", 1), numbered("rcpt571", 1)
	w := startOracle(t)
	n := faultyNewsroom(t, setting{port: w.port}, slices.Concat(manyReaders(20), nowhere, policy))
	n.openOnly(t)
	log := &heard{words: map[string]chan struct{}{}}
	c := n.command("serve")
	c.Stderr = log
	s := launched(t, c)
	log.says(t, "taken off the list")
	s.Process.Signal(os.Interrupt)
	<-s.ended
	for reader, want := range map[string]string{
		nowhere[0]: `"status":"suppressed","reason":"hard bounce"`, policy[0]: `"status":"active"`,
		manyReaders(1)[0]: `"status":"active"`,
	} {
		if got := n.output(t, "subscribers", "show", reader, "-o", "json"); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", reader, got, want)
		}
	}
	if strings.Contains(log.String(), nowhere[0]) {
		t.Errorf("an address is in the log: %s", log)
	}
}

// numberedReaders gives the first readers of a newsroom.
func numberedReaders(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("reader%04d@reader.example", i)
	}
	return all
}

// nextDay has an article for the edition of the day after.
func (n *newsroom) nextDay(t *testing.T, article string, days int) (date string) {
	t.Helper()
	text, err := samples.ReadFile("samples/" + article)
	if err == nil {
		err = os.WriteFile(filepath.Join(n.dir, "desk", article), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return time.Now().AddDate(0, 0, days).UTC().Format(time.DateOnly)
}

// TestManyAtOnceGetNothingUntilTheAdminSaysSo: of thirty readers twelve do not exist, if
// one believes what came back.
func TestManyAtOnceGetNothingUntilTheAdminSaysSo(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 30)
	n.says(t, returnPath)
	today := time.Now().UTC().Format(time.DateOnly)
	n.asks(t, "edition", "send", "--date", today, "--yes")
	first := today + "-evening"
	var all [][]byte
	for _, reader := range numberedReaders(12) {
		all = append(all, n.unknown(t, reader))
	}
	n.comesBack(t, time.Now(), all...)
	if e := n.sums(t, first); e.Sent != 30 || e.Removed != 10 || e.Held != 2 {
		t.Errorf("%d sent, %d removed, %d held", e.Sent, e.Removed, e.Held)
	}
	next := n.nextDay(t, "marrowdale-votes-to-keep-its-last-night-train.txt", 1)
	has(t, n.output(t, "edition", "plan", "--date", next, "-o", "json"), `"recipients":18`)
	n.asks(t, "edition", "send", "--date", next, "--yes")
	if e := n.sums(t, next+"-evening"); e.Recipients != 18 || e.Sent != 18 {
		t.Errorf("the next edition went to %d of %d", e.Sent, e.Recipients)
	}
	n.asks(t, "bounces", "discard", "--edition", first, "--yes")
	after := n.nextDay(t, "survey-finds-vast-cold-water-reef-off-tessaly.txt", 2)
	has(t, n.output(t, "edition", "plan", "--date", after, "-o", "json"), `"recipients":20`)
}

// TestManyComplaintsWarnBeforeTheNextEdition, and serve leaves it to the admin.
func TestManyComplaintsWarnBeforeTheNextEdition(t *testing.T) {
	t.Parallel()
	n := newReturns(t, 12)
	var all [][]byte
	for _, reader := range numberedReaders(10) {
		all = append(all, n.complaint(t, reader))
	}
	n.comesBack(t, time.Now(), all...)
	next := n.nextDay(t, "marrowdale-votes-to-keep-its-last-night-train.txt", 1)
	_, said := n.ends(t, exitDone, "edition", "plan", "--date", next)
	has(t, said, "serve does not open it by itself: 10 of 12 readers called the edition before it spam")
}
