package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/mailbox"
	"vesper/digest/whole"
)

// reportsTo has the newsroom's reports mailed to these addresses.
func (n *newsroom) reportsTo(t *testing.T, addresses ...string) {
	t.Helper()
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config = fmt.Appendf(config, "[newsroom]\nreport_to = [\"%s\"]\n", strings.Join(addresses, `", "`))
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
}

// inHouse does something in the newsroom's open house.
func (n *newsroom) inHouse(t *testing.T, do func(h *house)) {
	t.Helper()
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, env: none, now: time.Now}
	a.configFile = filepath.Join(n.dir, "vesper.toml")
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	h.logTo(slog.New(slog.DiscardHandler))
	do(h)
}

// told gives the subjects of the reports that came to an address, by their Message-IDs.
func (n *newsroom) told(t *testing.T, to string) map[string]string {
	t.Helper()
	subjects := map[string]string{}
	for _, m := range n.box.Messages() {
		if m.To == to {
			header := headerOf(t, m)
			subjects[header.Get("Message-ID")] = header.Get("Subject")
		}
	}
	return subjects
}

func headerOf(t *testing.T, m mailbox.Message) mail.Header {
	t.Helper()
	source, err := m.Source()
	if err != nil {
		t.Fatal(err)
	}
	read, err := mail.ReadMessage(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	return read.Header
}

// TestTheReportComesOnceWhateverCrashes kills the program between the end of an edition and
// its report, between the report and its letter, and after the letter.
func TestTheReportComesOnceWhateverCrashes(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 3)
	n.reportsTo(t, "desk@news.example")
	n.openOnly(t)
	// A process that ends as soon as the edition is done.
	n.inHouse(t, func(h *house) {
		id, err := digest.ParseID(theEdition)
		if err != nil {
			t.Fatal(err)
		}
		h.publisher.Reporter = nil
		r, err := h.book.Record(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.publisher.Deliver(t.Context(), r, 1); err != nil {
			t.Fatal(err)
		}
	})
	n.becomes(t, `editions WHERE state = 'done'`)
	n.becomes(t, `run_reports WHERE facts = ''`)
	s := n.startService(t)
	n.becomes(t, `letters WHERE kind = 'report'`)
	s.kill()
	for range 2 {
		s = n.startService(t)
		n.becomes(t, `letters WHERE kind = 'report' AND step = 'sent'`)
		s.kill()
	}
	n.becomes(t, `(SELECT count(*) AS n FROM letters) WHERE n = 1`)
	got := n.told(t, "desk@news.example")
	if len(got) != 1 || n.box.Count() < 4 {
		t.Errorf("%d reports among %d messages, want 1: %v", len(got), n.box.Count(), got)
	}
	for _, subject := range got {
		if want := theEdition + ": 3 sent"; subject != want {
			t.Errorf("got %q, want %q", subject, want)
		}
	}
}

// TestTheReportTellsOfDaysThatWereMissed starts the service after days on which it slept.
func TestTheReportTellsOfDaysThatWereMissed(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 2)
	n.reportsTo(t, "desk@news.example")
	first := n.service(t, clockAt(t, "2030-01-01T12:00:00Z"))
	first.says(t, "serving")
	first.ends(t)
	second := n.service(t, clockAt(t, "2030-01-04T03:00:00Z"))
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := n.box.Wait(ctx, 1); err != nil {
		t.Fatal(err)
	}
	second.ends(t)
	for _, subject := range n.told(t, "desk@news.example") {
		if subject != "2030-01-03-evening: missed" {
			t.Errorf("got %q", subject)
		}
	}
	source, err := n.box.Messages()[0].Source()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"These are all editions from 2030-01-01 to 2030-01-03.", "not running from 2030-01-01 18:00 to 2030-01-03 18:00",
	} {
		if !bytes.Contains(source, []byte(want)) {
			t.Errorf("it does not say %q", want)
		}
	}
}

// TestAReportThatIsRefusedHoldsUpNobody has the relay refuse one of two who are to have it.
func TestAReportThatIsRefusedHoldsUpNobody(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 3)
	n.reportsTo(t, "rcpt550.desk@news.example", "chief@news.example")
	n.openOnly(t)
	log := n.service(t, time.Now)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := n.box.Wait(ctx, 4); err != nil {
		t.Fatal(err)
	}
	n.becomes(t, `letters WHERE kind = 'report' AND step = 'failed'`)
	log.ends(t)
	if got := n.told(t, "chief@news.example"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if said := log.String(); !strings.Contains(said, "letter=") || !strings.Contains(said, "550") {
		t.Errorf("the log does not say that a letter was refused:\n%s", said)
	}
	if strings.Contains(log.String(), "@") {
		t.Errorf("the log has an address in it:\n%s", log)
	}
}

// TestTheReportsSumsAreTheLedgers settles deliveries in all ways at random, and adds up.
func TestTheReportsSumsAreTheLedgers(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	random := moments(t)
	for range whole.Fewer(6) {
		n := newNewsroom(t, 0)
		var list strings.Builder
		readers := 30 + random.IntN(60)
		for i := range readers {
			fmt.Fprintf(&list, "zzreader%03d@d%d.example\n", i, random.IntN(1+random.IntN(25)))
		}
		if err := os.WriteFile(filepath.Join(n.dir, "list.txt"), []byte(list.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		n.asks(t, "subscribers", "import", filepath.Join(n.dir, "list.txt"), "--confirmed")
		n.openOnly(t)
		n.inHouse(t, func(h *house) { n.settlesAtRandom(t, h, random, readers) })
	}
}

var replies = []string{
	"5.1.1 <%s>: no such user", "user %s unknown", "mailbox full", "5.7.1 blocked, see https://x.example/?for=%s",
	"denied for someone.else@other.example",
}

func (n *newsroom) settlesAtRandom(t *testing.T, h *house, random *rand.Rand, readers int) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	if _, err := h.book.Begin(ctx, 1, now); err != nil {
		t.Fatal(err)
	}
	l := h.file.Ledger(1)
	owed, err := l.Owed(ctx, digest.Whole(), now, nil, readers)
	if err != nil || len(owed) != readers {
		t.Fatalf("%d are owed, %v, want %d", len(owed), err, readers)
	}
	for _, d := range owed {
		if random.IntN(8) == 0 {
			n.asks(t, "subscribers", "remove", d.Address)
		}
		if ok, err := l.Intend(ctx, d, now, nil); err != nil || !ok {
			continue // who left is skipped
		}
		reply := replies[random.IntN(len(replies))]
		if strings.Contains(reply, "%s") {
			reply = fmt.Sprintf(reply, d.Address)
		}
		s := digest.Settlement{Step: digest.Sent, At: now, Outcome: digest.Outcome{Class: digest.Accepted, Code: 250}}
		switch random.IntN(5) {
		case 0:
			s.Step, s.Outcome = digest.Failed, digest.Outcome{
				Class: digest.Permanent, Code: 550 + random.IntN(3), Enhanced: "5.1.1", Reply: reply,
			}
		case 1:
			s.Step, s.Outcome = digest.Expired, digest.Outcome{Class: digest.Transient, Code: 451, Reply: reply}
		case 2:
			s.Step, s.Outcome = digest.Unknown, digest.Outcome{Class: digest.InDoubt, Reply: "the connection ended"}
		}
		if err := l.Settle(ctx, d, s); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := l.Sweep(ctx, digest.Sweeping{Range: digest.Whole(), Now: now}); err != nil {
		t.Fatal(err)
	}
	if err := h.book.Close(ctx, 1, now); err != nil {
		t.Fatal(err)
	}
	owing, err := h.book.OwedReports(ctx)
	if err != nil || len(owing) != 1 {
		t.Fatalf("%d reports are owed, %v", len(owing), err)
	}
	r, err := h.runReport(ctx, owing[0])
	if err != nil {
		t.Fatal(err)
	}
	n.addsUp(t, h, r, readers)
}

// addsUp holds a report to the ledger.
func (n *newsroom) addsUp(t *testing.T, h *house, r digest.RunReport, readers int) {
	t.Helper()
	tally, err := h.tallied(t.Context(), theEdition)
	if err != nil {
		t.Fatal(err)
	}
	var want digest.RunReport
	want.Count(tally.Tally)
	if r.Recipients != readers || r.Recipients != r.Sent+r.NotSent() || r.Sent != want.Sent || r.Failed != want.Failed ||
		r.Expired != want.Expired || r.Skipped != want.Skipped || r.Unknown != want.Unknown {
		t.Errorf("the report has %+v, the ledger %+v", r, tally.Tally)
	}
	reasons, domains := 0, 0
	for _, one := range r.Reasons {
		reasons += one.Readers
	}
	for _, one := range r.Domains {
		domains += one.NotSent
	}
	if reasons != r.NotSent() || domains != r.NotSent() || r.NotSent() == 0 {
		t.Errorf("%d reasons and readers of %d domains, want %d", reasons, domains, r.NotSent())
	}
	facts, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`zzreader|someone|@`).Find(facts); found != nil {
		t.Errorf("the report names somebody (%s):\n%s", found, facts)
	}
}

// TestTheReportTellsOfAnEditionThatStaysPaused: nobody gets it any more by itself, so that is
// told when its time is over, and once.
func TestTheReportTellsOfAnEditionThatStaysPaused(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 2)
	n.reportsTo(t, "desk@news.example")
	n.openOnly(t)
	n.inHouse(t, func(h *house) {
		// No probe ends it within the hour, as it would a pause by the relay.
		const reason = "it died again and again"
		if err := h.book.Pause(t.Context(), 1, digest.PausedCrashLoop, reason, time.Now()); err != nil {
			t.Fatal(err)
		}
	})
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{time.Minute, 0}, {48 * time.Hour, 1}, {49 * time.Hour, 1}} {
		s := n.service(t, func() time.Time { return time.Now().Add(c.after) })
		s.says(t, "serving")
		n.becomes(t, fmt.Sprintf(`(SELECT count(*) AS n FROM run_reports WHERE state = 'paused' AND facts <> '')
			WHERE n = %d`, c.want))
		n.becomes(t, `(SELECT count(*) AS n FROM letters WHERE step <> 'sent') WHERE n = 0`)
		s.ends(t)
		told := 0
		for _, subject := range n.told(t, "desk@news.example") {
			// The days in between were missed.
			if subject == theEdition+": paused, 0 sent" {
				told++
			}
		}
		if told != c.want {
			t.Errorf("after %s it was told %d times, want %d", c.after, told, c.want)
		}
	}
	got := n.output(t, "report", theEdition)
	for _, want := range []string{"Why: it died again and again\n", "  2  not sent yet\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("it does not say %q: %s", want, got)
		}
	}
}

// TestTheReportIsSignedAndTellsNoSecretOfAFeed: the address of a feed may have a key in it.
func TestTheReportIsSignedAndTellsNoSecretOfAFeed(t *testing.T) {
	t.Parallel()
	n := newNewsroom(t, 1)
	n.reportsTo(t, "The desk <desk@news.example>")
	path := filepath.Join(n.dir, "vesper.toml")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config = append(config, "[dkim]\ndomain = \"news.example\"\n[[feed]]\n"+
		"url = \"http://127.0.0.1:1/feed?key=s3cret\"\nallow_private = [\"127.0.0.1\"]\n"...)
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	n.sign(t)
	n.run(t, "edition", "send", "--yes", "--force", "--date", tomorrow)
	for _, m := range n.box.Messages() {
		if m.To != "desk@news.example" {
			continue
		}
		if m.From != "evening@news.example" || headerOf(t, m).Get("Dkim-Signature") == "" {
			t.Errorf("it is from %q, and its header %v", m.From, headerOf(t, m))
		}
		source, err := m.Source()
		if err != nil {
			t.Fatal(err)
		}
		text, page := arrived{message: source}.parts(t)
		for _, part := range []string{text, page} {
			if !strings.Contains(part, "127.0.0.1:1: failed 1 time in a row, never read: ") {
				t.Errorf("it does not tell of the feed: %s", part)
			}
			if strings.Contains(part, "s3cret") {
				t.Errorf("it has the feed's key in it: %s", part)
			}
		}
		if len(source) > 24<<10 {
			t.Errorf("it has %d octets", len(source))
		}
		return
	}
	t.Error("there is no report")
}
