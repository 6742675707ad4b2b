package main

import (
	"fmt"
	"net/mail"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vesper/digest/mailbox"
	"vesper/subscribers"
	"vesper/subscribers/store"
)

// tested runs "vesper bounces test" with a mail server that does something with each of its
// messages. It gives what the program said, and its status.
func (n *newsroom) tested(t *testing.T, within string, deliver func(mailbox.Message) error) (string, int) {
	t.Helper()
	before := len(n.box.Messages())
	c := n.command("bounces", "test", "--within", within)
	ended := make(chan struct{})
	var out []byte
	go func() {
		defer close(ended)
		out, _ = c.CombinedOutput()
	}()
	for given := 0; given < 2; {
		all := n.box.Messages()
		if len(all) <= before+given {
			select {
			case <-ended:
				return string(out), c.ProcessState.ExitCode()
			case <-time.After(10 * time.Millisecond):
			}
			continue
		}
		if err := deliver(all[before+given]); err != nil {
			t.Error(err)
		}
		given++
	}
	<-ended
	return string(out), c.ProcessState.ExitCode()
}

// offered gives what the last message to a reader has in List-Unsubscribe.
func (n *newsroom) offered(t *testing.T, to string) string {
	t.Helper()
	copies := n.copies(t)[to]
	m, err := mail.ReadMessage(strings.NewReader(string(copies[len(copies)-1])))
	if err != nil {
		t.Fatal(err)
	}
	return m.Header.Get("List-Unsubscribe")
}

var leaveAddress = regexp.MustCompile(`^<http://127\.0\.0\.1:8025/u/[\w-]{36}>, ` +
	`<mailto:(leave\+[a-z2-7]{42}@bounce\.news\.example)\?subject=unsubscribe>$`)

func TestReadersLeaveByMailOnceATestHasComeBack(t *testing.T) {
	n := newNewsroom(t, 2)
	const reader = "reader0000@reader.example"
	n.says(t, "[bounces]\nlisten = \"unix:bounces.sock\"\n")
	socket := filepath.Join(n.dir, "bounces.sock")
	s := n.service(t, time.Now)
	s.heard.says(t, "what comes back is taken")
	out, status := n.tested(t, "1m", func(m mailbox.Message) error {
		source, err := m.Source()
		if err != nil {
			return err
		}
		return brings("unix", socket, m.From, m.To, strings.ReplaceAll(string(source), "\r\n", "\n"))
	})
	if status != exitDone || strings.Count(out, "came back after") != 2 || !strings.Contains(out, "s by LMTP") {
		t.Fatalf("status %d: %s", status, out)
	}
	s.ends(t)
	n.run(t, "edition", "send", "--yes")
	s = n.service(t, time.Now)
	s.heard.says(t, "what comes back is taken")
	offer := leaveAddress.FindStringSubmatch(n.offered(t, reader))
	if offer == nil {
		t.Fatalf("offered %s", n.offered(t, reader))
	}
	sent := len(n.copies(t)[reader])
	for range 2 {
		// Servers on the way fold the case of addresses.
		if err := brings("unix", socket, "Reader@elsewhere.example", strings.ToUpper(offer[1]),
			"Subject: unsubscribe\n\nplease"); err != nil {
			t.Fatal(err)
		}
	}
	s.heard.says(t, "a reader unsubscribed")
	for deadline := time.Now().Add(time.Minute); len(n.copies(t)[reader]) == sent; {
		if time.Now().After(deadline) {
			t.Fatal("no goodbye came")
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.ends(t)
	if got := len(n.copies(t)[reader]); got != sent+1 {
		t.Errorf("%d letters, want one goodbye", got-sent)
	}
	if shown := n.run(t, "subscribers", "show", reader); !strings.Contains(shown, "unsubscribed") {
		t.Errorf("got %s", shown)
	}
	if all := n.reports(t); len(all) != 0 {
		t.Errorf("%d reports of tests and of words to leave", len(all))
	}
}

func TestATestThatStuckSaysWhere(t *testing.T) {
	n := newNewsroom(t, 1)
	out, status := n.tested(t, "1s", func(mailbox.Message) error { return nil })
	if status != exitFailed || strings.Count(out, "accepted by the relay (2.0.0 OK: queued)") != 2 ||
		strings.Count(out, "but it came to no door that knows its token") != 2 || !strings.Contains(out, "hint: ") {
		t.Errorf("status %d: %s", status, out)
	}
	// Its own server does not know the address, and says so to the return path.
	read := func(message string) error {
		c := n.command("bounces", "read")
		c.Stdin = strings.NewReader(message)
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	out, status = n.tested(t, "1m", func(m mailbox.Message) error {
		failed := dsn(m.To, "5.1.1", "550 5.1.1 no such user here")
		return read(strings.Replace(failed, "Subject:", "To: "+m.From+"\nSubject:", 1))
	})
	const said = "did not come, but by pipe a report that it failed: 550 5.1.1 no such user here"
	if status != exitFailed || strings.Count(out, said) != 2 {
		t.Errorf("status %d: %s", status, out)
	}
	n.run(t, "edition", "send", "--yes")
	if offer := n.offered(t, "reader0000@reader.example"); strings.Contains(offer, "mailto:") {
		t.Errorf("offered after a test that failed: %s", offer)
	}
}

// A test counts only while the last one came back.
func TestTheLastTestDecides(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	file, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "vesper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tests, address := file.Tests(), "leave+{token}@bounce.news.example"
	passed := func(at time.Time) bool {
		last, err := tests.Last(t.Context(), address, at)
		return err == nil && last.Passed()
	}
	step := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	step(tests.Sent(t.Context(), 1, address, now))
	step(tests.Sent(t.Context(), 9, "leave+{token}@elsewhere.example", now))
	step(tests.CameBack(t.Context(), 9, "LMTP", "", now))
	if passed(now) {
		t.Error("another domain's test passes")
	}
	step(tests.CameBack(t.Context(), 1, "LMTP", "", now.Add(time.Second)))
	step(tests.CameBack(t.Context(), 1, "IMAP", "refused", now.Add(2*time.Second)))
	if !passed(now.Add(time.Hour)) {
		t.Error("it came back")
	}
	step(tests.Sent(t.Context(), 2, address, now.Add(time.Hour)))
	if !passed(now.Add(time.Hour)) {
		t.Error("while a test is on its way the former one counts")
	}
	step(tests.CameBack(t.Context(), 2, "LMTP", "", now.Add(time.Hour+subscribers.TestWithin+time.Second)))
	if passed(now.Add(2 * time.Hour)) {
		t.Error("one that came too late passes")
	}
}
