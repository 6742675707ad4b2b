package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vesper/digest/mailbox"
	"vesper/digest/whole"
	"vesper/subscribers/returns"
)

// returnPath lets what comes back tell by its address whose it is.
const returnPath = "\n[delivery]\nreturn_path = \"bounces+{token}@bounce.news.example\"\n"

// newReturns is a newsroom whose first edition went to some readers.
func newReturns(t *testing.T, readers int) *newsroom {
	t.Helper()
	n := newNewsroom(t, readers)
	n.says(t, returnPath)
	n.asks(t, "edition", "send", "--yes")
	return n
}

// mailTo gives the last message to a reader.
func (n *newsroom) mailTo(t *testing.T, reader string) mailbox.Message {
	t.Helper()
	var last mailbox.Message
	for _, m := range n.box.Messages() {
		if m.To == reader {
			last = m
		}
	}
	if last.To == "" {
		t.Fatalf("nothing went to %s", reader)
	}
	return last
}

var messageID = regexp.MustCompile(`(?m)^Message-ID: <(.*)>\r?$`)

// returned is the report of a mail server that could not deliver a message to an address.
func returned(t *testing.T, m mailbox.Message, address, status, said string) []byte {
	t.Helper()
	source, err := m.Source()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, "From: Mail Delivery System <MAILER-DAEMON@mx.reader.example>\r\nTo: %[1]s\r\n"+
		"Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n"+
		"<%[2]s>: %[4]s (in reply to RCPT TO command)\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"+
		"Reporting-MTA: dns; mx.reader.example\r\n\r\nFinal-Recipient: rfc822; %[2]s\r\nAction: failed\r\n"+
		"Status: %[3]s\r\nDiagnostic-Code: smtp; %[4]s\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"+
		"Message-ID: <%[5]s>\r\nTo: %[2]s\r\n\r\n--b--\r\n",
		m.From, address, status, said, messageID.FindSubmatch(source)[1])
}

// unknown is the report of an address that does not exist.
func (n *newsroom) unknown(t *testing.T, reader string) []byte {
	t.Helper()
	return returned(t, n.mailTo(t, reader), reader, "5.1.1", "550 5.1.1 no such user")
}

// forged is one that anybody could write who knows the address.
func forged(address string) []byte {
	return fmt.Appendf(nil, "From: MAILER-DAEMON@mx.reader.example\r\nTo: evening@news.example\r\n"+
		"Subject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"+
		"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; %[1]s\r\nAction: failed\r\n"+
		"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\n"+
		"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <made.up@news.example>\r\nTo: %[1]s\r\n\r\n--b--\r\n", address)
}

// comesBack takes messages and weighs them, as a door and "serve" do.
func (n *newsroom) comesBack(t *testing.T, now time.Time, all ...[]byte) {
	t.Helper()
	_, h := n.house(t, func() time.Time { return now })
	defer h.close()
	for _, raw := range all {
		if _, err := h.returns.Take(t.Context(), returns.Came{Raw: raw}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.returns.Weigh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// ends runs the program, which must end with a status, and gives what it said.
func (n *newsroom) ends(t *testing.T, status int, args ...string) (out, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, env: none, now: time.Now}
	args = append([]string{"--config", filepath.Join(n.dir, "vesper.toml")}, args...)
	if got := a.execute(t.Context(), args); got != status {
		t.Errorf("vesper %s ended with %d, want %d\n%s%s", strings.Join(args[2:], " "), got, status, &stdout, &stderr)
	}
	return stdout.String(), stderr.String()
}

// has says which of some texts are missing in another.
func has(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

// TestWhatCameBackIsListed with its reader, its edition and what became of it. A
// stranger's word is marked as one.
func TestWhatCameBackIsListed(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	n := newReturns(t, 4)
	full, us := "reader0001@reader.example", "reader0002@reader.example"
	n.comesBack(t, time.Now(), n.unknown(t, "reader0000@reader.example"), forged("reader0003@reader.example"),
		returned(t, n.mailTo(t, full), full, "5.2.2", "552 5.2.2 over quota"),
		returned(t, n.mailTo(t, us), us, "5.7.26", "550 5.7.26 unauthenticated mail"))

	list := n.asks(t, "bounces", "list")
	for _, line := range []string{
		`reader0000@reader.example .*-evening +delivery report +remove +user unknown +5.1.1 +return path +acted`,
		`reader0001@reader.example .*-evening +delivery report +count +mailbox full +5.2.2 +return path +noted`,
		`reader0002@reader.example .*-evening +delivery report +sender +authentication +5.7.26 +return path +noted`,
		`names reader0003@reader.example +delivery report +remove +user unknown +5.1.1 +none +unproven`,
	} {
		if !regexp.MustCompile(line).MatchString(list) {
			t.Errorf("%q is not in:\n%s", line, list)
		}
	}
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"reader0000@reader.example"}, 1},
		{[]string{"reader0003@reader.example"}, 1},
		{[]string{"--class", "count"}, 1},
		{[]string{"--class", "reply"}, 0},
		{[]string{"--state", "unproven"}, 1},
		{[]string{"--since", "1h"}, 4},
		{[]string{"--since", "2090-01-01"}, 0},
		{[]string{"--edition", n.first(t)}, 3},
		{[]string{"1", "3"}, 2},
	} {
		out := n.asks(t, append([]string{"bounces", "list", "-o", "json"}, c.args...)...)
		if got := strings.Count(out, "\n"); got != c.want {
			t.Errorf("bounces list %q gives %d, want %d\n%s", c.args, got, c.want, out)
		}
	}
	has(t, n.asks(t, "bounces", "list", "-o", "json", "reader0000@reader.example"),
		`"address":"reader0000@reader.example"`, `"edition":"`+n.first(t)+`"`,
		`"proof":"return path","class":"remove","cause":"user unknown"`, `"state":"acted"`)
	has(t, n.asks(t, "bounces", "list", "-o", "csv"),
		"id,at,address,edition,kind,class,cause,status,proof,state,rule,why\n")

	// Who refuses us is told with what helps, and for how many.
	has(t, n.asks(t, "bounces", "list", "--class", "sender"),
		"refused us for 1 reader at reader.example: 550 5.7.26", "hint: ")
	has(t, n.asks(t, "edition", "show", n.first(t)), "4 accepted by the relay, and of these 2 bounced, 0 complained, "+
		"and for 1 reader their server refused us; 1 reader was taken off the list", "refused us for 1 reader at ", "hint: ")
	for wrong, near := range map[string]string{
		"--class=sendr": `did you mean "sender"?`, "--state=hold": `did you mean "held"?`,
		"--edition=" + strings.TrimSuffix(n.first(t), "ing"): `did you mean "` + n.first(t) + `"?`,
	} {
		_, said := n.ends(t, exitUsage, "bounces", "list", wrong)
		has(t, said, near)
	}
	for _, args := range [][]string{{"nobody"}, {"--since", "yesterday"}, {"--edition", "2020-01-01-evening"}} {
		n.ends(t, exitUsage, append([]string{"bounces", "list"}, args...)...)
	}
}

// first gives the ID of the newest edition.
func (n *newsroom) first(t *testing.T) string {
	t.Helper()
	_, rest, _ := strings.Cut(n.asks(t, "edition", "list", "-o", "csv"), "\n")
	id, _, _ := strings.Cut(rest, ",")
	return id
}

// TestAReportIsAppliedOrSetAside by an admin's word: what would be done is shown and asked
// before, and done once.
func TestAReportIsAppliedOrSetAside(t *testing.T) {
	t.Parallel()
	n := newReturns(t, 30)
	var all [][]byte
	for i := range 16 {
		all = append(all, n.unknown(t, fmt.Sprintf("reader%04d@reader.example", i)))
	}
	n.comesBack(t, time.Now(), append(all, forged("reader0020@reader.example"), forged("nobody@reader.example"))...)
	held := n.asks(t, "bounces", "list", "--state", "held", "-o", "json")
	if got := strings.Count(held, "\n"); got != 6 {
		t.Fatalf("%d are held of 16 that came at once, want 6:\n%s", got, held)
	}
	// A reader who is held gets no edition, and is told why.
	has(t, n.asks(t, "subscribers", "explain", "reader0010@reader.example", "--edition", "2031-01-01-evening"),
		"will not get 2031-01-01-evening: held since ", `until "vesper bounces apply" or "discard": 550 5.1.1 no such user`)
	has(t, n.asks(t, "edition", "show", n.first(t)),
		"30 accepted by the relay, and of these 16 bounced, 0 complained; 10 readers were taken off the list",
		"6 readers are held: too many came back at once.")

	first := n.first(t)
	if got := n.sendOn(t, 1, "marrowdale-votes-to-keep-its-last-night-train.txt"); got != 14 {
		t.Errorf("the next edition went to %d: 10 of 30 were taken off and 6 are held", got)
	}
	n.ends(t, exitUsage, "bounces", "apply")
	_, said := n.ends(t, exitUsage, "bounces", "apply", "--state", "held")
	has(t, said, "this takes 6 readers off the list, and there is no terminal to ask at")
	out, said := n.ends(t, exitDone, "bounces", "apply", "11", "-n")
	has(t, out, "11  reader0010@reader.example  acted: the address does not exist")
	has(t, said, "dry run, nothing is changed: this takes 1 reader off the list")
	if got := n.listed(t, "reader0010@reader.example"); !strings.Contains(got, `"active"`) {
		t.Errorf("a dry run changed a reader: %s", got)
	}
	n.ends(t, exitDone, "bounces", "apply", "11", "12", "--yes")
	_, said = n.ends(t, exitDone, "bounces", "apply", "11", "12", "--yes")
	has(t, said, "report 11 is acted already")
	if got := n.listed(t, "reader0010@reader.example"); !strings.Contains(got, `"suppressed"`) {
		t.Errorf("got %s", got)
	}
	_, said = n.ends(t, exitUsage, "bounces", "discard", "--state", "held")
	has(t, said, "this sets 4 reports aside, and 4 readers get editions again")
	n.ends(t, exitDone, "bounces", "discard", "--edition", first, "--yes")
	n.ends(t, exitNothing, "bounces", "discard", "--edition", first, "--yes")
	if got := n.sendOn(t, 2, "survey-finds-vast-cold-water-reef-off-tessaly.txt"); got != 18 {
		t.Errorf("the edition after that went to %d: 4 who were held get it again", got)
	}
	has(t, n.asks(t, "subscribers", "explain", "reader0015@reader.example", "--edition", "2031-01-01-evening"), "will get")

	// A stranger's word counts once an admin believes it.
	_, said = n.ends(t, exitUsage, "bounces", "apply", "reader0020@reader.example")
	has(t, said, "this takes 1 reader off the list (1 report is a stranger's word)")
	n.ends(t, exitDone, "bounces", "apply", "reader0020@reader.example", "--yes")
	has(t, n.asks(t, "subscribers", "explain", "reader0020@reader.example", "--edition", "2031-01-01-evening"),
		"suppressed: hard bounce since ", "550 5.1.1 no such user, delivery report, believed by an admin")
	out, _ = n.ends(t, exitDone, "bounces", "apply", "nobody@reader.example", "--yes")
	has(t, out, "(gone)", "noted: the reader is gone")
	n.ends(t, exitNothing, "bounces", "apply", "nobody@reader.example", "--yes")
	n.ends(t, exitUsage, "bounces", "apply", "999")
	n.ends(t, exitUsage, "bounces", "apply", "1", "reader0020@reader.example")
}

// sendOn sends an edition with one new article, some days from now, and gives to how many.
func (n *newsroom) sendOn(t *testing.T, days int, article string) int {
	t.Helper()
	text, err := samples.ReadFile("samples/" + article)
	if err == nil {
		err = os.WriteFile(filepath.Join(n.dir, "desk", article), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	before := len(n.box.Messages())
	n.asks(t, "edition", "send", "--yes", "--date", time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly))
	return len(n.box.Messages()) - before
}

// TestWhoWasPutBackStaysThoughTheReportIsReplayed: bounced, taken off, put back, and the
// same report once more, which has no effect. The next edition's has.
func TestWhoWasPutBackStaysThoughTheReportIsReplayed(t *testing.T) {
	t.Parallel()
	n := newReturns(t, 3)
	const reader = "reader0001@reader.example"
	report := n.unknown(t, reader)
	n.comesBack(t, time.Now(), report)
	why := n.asks(t, "subscribers", "explain", reader, "--edition", "2031-01-01-evening")
	has(t, why, "will not get 2031-01-01-evening: suppressed: hard bounce since ",
		": 550 5.1.1 no such user, delivery report of "+n.first(t)+", proven by the return path")
	has(t, n.asks(t, "subscribers", "explain", reader, "--edition", n.first(t)),
		"did not get "+n.first(t)+": the relay took it at ", "; it came back at ")
	has(t, n.asks(t, "subscribers", "explain", reader, "-o", "json"), `"reports":[{"id":1,`)
	has(t, n.asks(t, "subscribers", "show", reader), "1 hard bounce", "550 5.1.1 no such user")
	has(t, n.asks(t, "subscribers", "show", reader, "-o", "json"), `"came_back":"550 5.1.1 no such user"`, `"reports":[{`)
	has(t, n.asks(t, "edition", "list", "-o", "json"), `"sent":3`,
		`"accepted":3,"bounced":1,"complained":0,"removed":1,"held":0`)

	n.clock = func() time.Time { return time.Now().Add(30 * time.Second) }
	n.asks(t, "subscribers", "unsuppress", reader)
	again := append(bytes.Clone(report), "\r\n"...)
	n.comesBack(t, time.Now().Add(time.Minute), report, again)
	if got := n.listed(t, reader); !strings.Contains(got, `"active"`) {
		t.Errorf("a report of before took the reader off again: %s", got)
	}
	if got := strings.Count(n.asks(t, "bounces", "list", "-o", "json"), "\n"); got != 2 {
		t.Errorf("there are %d reports of 2 that differ", got)
	}
}

// TestOneOfSeveralMailboxesIsNotTheReader: an address may lead on to several mailboxes. That
// one of them is dead takes nobody off while another gets the paper.
func TestOneOfSeveralMailboxesIsNotTheReader(t *testing.T) {
	t.Parallel()
	n := newReturns(t, 2)
	const reader = "reader0001@reader.example"
	report := bytes.Replace(n.unknown(t, reader), []byte("\r\n\r\n--b\r\nContent-Type: text/rfc822-headers"),
		[]byte("\r\n\r\nFinal-Recipient: rfc822; other@reader.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n"+
			"\r\n--b\r\nContent-Type: text/rfc822-headers"), 1)
	n.comesBack(t, time.Now(), report)
	if got := n.listed(t, reader); !strings.Contains(got, `"active"`) {
		t.Errorf("got %s", got)
	}
	has(t, n.asks(t, "bounces", "list"), "another mailbox behind the address got it")
}

// TestWhoPassesMailOnIsNotTakenOffByAnothersMailbox at once: one behind the reader's address,
// or one of which a reader passes on a report.
func TestWhoPassesMailOnIsNotTakenOffByAnothersMailbox(t *testing.T) {
	t.Parallel()
	n := newReturns(t, 3)
	alias, forwards, passes := "reader0000@reader.example", "reader0001@reader.example", "reader0002@reader.example"
	expanded := returned(t, n.mailTo(t, alias), "carl@reader.example", "5.1.1", "550 5.1.1 no such user")
	expanded = bytes.Replace(expanded, []byte("Action:"), []byte("Original-Recipient: rfc822;"+alias+"\r\nAction:"), 1)
	passed := fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: Fwd: Undelivered\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--f--\r\n",
		passes, n.mailTo(t, passes).From, forged("pal@other.example"))
	n.comesBack(t, time.Now(), expanded, passed,
		returned(t, n.mailTo(t, forwards), "me@elsewhere.example", "5.1.1", "550 5.1.1 no such user"))
	list := n.asks(t, "bounces", "list")
	for _, reader := range []string{alias, forwards, passes} {
		counted := regexp.MustCompile(reader + ` .*delivery report +count +user unknown +5.1.1 +return path +noted`)
		if !counted.MatchString(list) {
			t.Errorf("%s is not only counted:\n%s", reader, list)
		}
	}
}
