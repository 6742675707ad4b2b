package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vesper/digest/whole"
)

// killedAgain is an evening on which whatever works is killed again and again.
const killedAgain = "killed"

// TestKillsOfHoldsApprovalsCorrectionsAndWaves kills what holds, releases, approves and
// corrects editions at random moments, and the service as it sends them, at once or wave by
// wave: each evening adds up, what the ledger says is what the relay took, and nobody has
// anything twice but what was on the wire as a process died.
func TestKillsOfHoldsApprovalsCorrectionsAndWaves(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	// A Friday and a Saturday; with -whole two weekends, and the days between and after.
	evenings := whole.Times(t, 2, 11)
	first := time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC)
	m := aMonth(t, moments(t), first, evenings, 120, func(*month, time.Time, int) []string {
		return slices.Repeat([]string{killedAgain}, evenings)
	})
	if least := map[bool]int{false: 15, true: 100}[whole.Asked()]; m.did["kills"] < least {
		t.Errorf("%d kills, want %d", m.did["kills"], least)
	}
}

// halfDone runs the program, and kills it at some moment.
func (m *month) halfDone(t *testing.T, args ...string) {
	t.Helper()
	c := launched(t, m.command(args...))
	spin(time.Duration(m.random.Int64N(int64(150 * time.Millisecond))))
	c.kill()
	m.did["killed in "+args[1]]++
	m.counts()
}

func (m *month) counts() {
	m.killed++
	m.did["kills"]++
}

// finally runs the program to its end. There may be nothing left to do, and somebody whom the
// relay does not know.
func (m *month) finally(t *testing.T, args ...string) {
	t.Helper()
	c := m.command(args...)
	out, err := c.CombinedOutput()
	if status := c.ProcessState.ExitCode(); err != nil && status != exitNothing && status != exitPartly {
		t.Errorf("vesper %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// killsBefore kills what is done to the edition before its time.
func (m *month) killsBefore(t *testing.T) {
	t.Helper()
	if m.slot() == "weekend" {
		m.proved(t, killedAgain)
		return
	}
	hold := []string{"edition", "hold", m.id(), "--by", "maria", "--reason", "the court rules at six"}
	m.halfDone(t, hold...)
	m.finally(t, hold...)
}

// killsAfter kills what is done from its time on.
func (m *month) killsAfter(t *testing.T, readers int) {
	t.Helper()
	if m.slot() == "weekend" {
		m.crashes(t, readers/2)
		m.crashes(t, readers/2)
		return
	}
	m.until(t, "it serves", func() bool { return strings.Contains(m.service.logged(), "msg=serving") })
	release := []string{"edition", "release", m.id(), "--by", "maria"}
	m.halfDone(t, release...)
	m.finally(t, release...)
	m.killsService(t, time.Minute)
	m.crashes(t, readers)
	m.story(t, m.day.Format("0102")+".txt", m.day.Format("Monday, 2 January")+": a Ferry Sails", m.clock())
	correct := []string{"edition", "correct", m.id(), "--yes", "--note", "It is a ferry."}
	m.halfDone(t, correct...)
	m.killsService(t, time.Minute)
	m.halfDone(t, correct...)
	m.finally(t, correct...)
}

// killsService kills the service, and starts it so much later.
func (m *month) killsService(t *testing.T, later time.Duration) {
	t.Helper()
	m.service.kill()
	m.counts()
	m.later(t, later)
}

// killsOfAWave kills the service as it waits for the next wave, and again in that wave.
func (m *month) killsOfAWave(t *testing.T, wait time.Duration) {
	t.Helper()
	m.killsService(t, wait)
	spin(time.Duration(m.random.Int64N(int64(300 * time.Millisecond))))
	m.killsService(t, time.Second)
}
