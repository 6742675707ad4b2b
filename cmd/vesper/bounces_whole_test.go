package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// complaint is a provider's report that a reader called a message spam, without the
// reader's address (RFC 5965).
func (n *newsroom) complaint(t *testing.T, reader string) []byte {
	t.Helper()
	source, err := n.mailTo(t, reader).Source()
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := bytes.Cut(source, []byte("\r\n\r\n"))
	header = bytes.ReplaceAll(header, []byte(reader), []byte("redacted"))
	return []byte("From: fbl@provider.example\r\nTo: abuse@news.example\r\nSubject: abuse report\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary=f\r\n\r\n" +
		"--f\r\n\r\nan abuse report\r\n--f\r\nContent-Type: message/feedback-report\r\n\r\n" +
		"Feedback-Type: abuse\r\nVersion: 1\r\nUser-Agent: fbl/1\r\n\r\n" +
		"--f\r\nContent-Type: text/rfc822-headers\r\n\r\n" + string(header) + "\r\n\r\n--f--\r\n")
}

// mbox writes messages into a file as mail programs keep them.
func (n *newsroom) mbox(t *testing.T, name string, all ...[]byte) string {
	t.Helper()
	var b bytes.Buffer
	for _, raw := range all {
		b.WriteString("From MAILER-DAEMON Sat Nov 28 18:00:00 2026\n")
		b.Write(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")))
		b.WriteString("\n")
	}
	path := filepath.Join(n.dir, name)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sums gives an edition as "edition show" has it for scripts.
func (n *newsroom) sums(t *testing.T, id string) (e editionJSON) {
	t.Helper()
	if err := json.Unmarshal([]byte(n.output(t, "edition", "show", id, "-o", "json")), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestWhatComesBackTakesTheRightReadersOffTheList sends an edition through a relay that
// takes all of it. Reports come, true ones and others, and the next edition goes to those
// who are left.
func TestWhatComesBackTakesTheRightReadersOffTheList(t *testing.T) {
	t.Parallel()
	const (
		gone, dead, full     = "reader0000@reader.example", "reader0001@reader.example", "reader0002@reader.example"
		spam, victim, erased = "reader0003@reader.example", "reader0004@reader.example", "reader0005@reader.example"
	)
	n := newNewsroom(t, 12)
	n.says(t, returnPath)
	day := time.Now().UTC()
	n.run(t, "edition", "send", "--date", day.Format(time.DateOnly), "--yes")
	first := day.Format(time.DateOnly) + "-evening"

	all := [][]byte{
		n.unknown(t, gone), n.unknown(t, dead), returned(t, n.mailTo(t, full), full, "5.2.2", "552 5.2.2 over quota"),
		n.complaint(t, spam), forged(victim), n.unknown(t, erased),
	}
	// The word of a stranger with a token that is another's is about that other.
	stolen := bytes.ReplaceAll(n.unknown(t, gone), []byte(gone), []byte(victim))
	n.run(t, "subscribers", "erase", erased)
	box := n.mbox(t, "returned.mbox", append(all, stolen)...)
	n.run(t, "bounces", "read", box, "--dry-run")
	if e := n.sums(t, first); e.Bounced != 0 {
		t.Errorf("a dry run recorded %d", e.Bounced)
	}
	n.run(t, "bounces", "read", box)
	n.run(t, "bounces", "read", box) // once more, which is nothing new

	for reader, want := range map[string]string{
		gone: "suppressed", dead: "suppressed", full: "active", spam: "suppressed", victim: "active",
	} {
		if line := n.listed(t, reader); !strings.Contains(line, `"status":"`+want+`"`) {
			t.Errorf("%s: want %s, got %s", reader, want, line)
		}
	}
	e := n.sums(t, first)
	if e.Accepted != 12 || e.Sent != 12 || e.Bounced != 4 || e.Complained != 1 || e.Removed != 2 || e.Held != 0 {
		t.Errorf("the first edition: %d accepted, %d bounced, %d complained, %d removed, %d held", e.Accepted, e.Bounced,
			e.Complained, e.Removed, e.Held)
	}
	has(t, n.output(t, "edition", "verify", first), "12 recipients = 12 sent + 0 failed")
	has(t, n.output(t, "subscribers", "explain", spam, "--edition", first), "got "+first)
	has(t, n.output(t, "subscribers", "explain", spam, "--edition", "2031-01-01-evening"),
		"suppressed: complaint since ", ": complaint, complaint of "+first+", proven by the ")
	// A reader's own word is undone by the reader alone.
	n.ends(t, exitUsage, "subscribers", "unsuppress", spam)

	// The next edition.
	article, err := samples.ReadFile("samples/marrowdale-votes-to-keep-its-last-night-train.txt")
	if err == nil {
		err = os.WriteFile(filepath.Join(n.dir, "desk", "train.txt"), article, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := len(n.box.Messages())
	next := day.AddDate(0, 0, 1).Format(time.DateOnly)
	n.run(t, "edition", "send", "--date", next, "--yes")
	to := map[string]int{}
	for _, m := range n.box.Messages()[before:] {
		to[m.To]++
	}
	if to[gone]+to[dead]+to[spam]+to[erased] != 0 || to[full] != 1 || to[victim] != 1 || len(to) != 8 {
		t.Errorf("the next edition went to %v", to)
	}
	if e := n.sums(t, next+"-evening"); e.Recipients != 8 || e.Accepted != 8 || e.Bounced != 0 {
		t.Errorf("the next edition: %+v", e)
	}
	n.run(t, "edition", "verify", next+"-evening")

	// Of whom was erased the edition keeps the number, and nothing the address.
	list := n.output(t, "bounces", "list")
	if n := len(regexp.MustCompile(`\(gone\) +\S+-evening +delivery report +remove`).FindAllString(list, -1)); n != 1 {
		t.Errorf("%d reports of a reader who was erased:\n%s", n, list)
	}
	os.Remove(box)
	for _, path := range n.files(t, "vesper.db*") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(erased)) {
			t.Errorf("%s still has the address that was erased", filepath.Base(path))
		}
	}
}
