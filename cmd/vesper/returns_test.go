package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest/mailbox"
	"vesper/subscribers"
	"vesper/subscribers/store"
)

// says adds lines to the newsroom's configuration.
func (n *newsroom) says(t *testing.T, lines string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(n.dir, "vesper.toml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(lines); err != nil {
		t.Fatal(err)
	}
}

// reports gives what came back, the newest first.
func (n *newsroom) reports(t *testing.T) []subscribers.Report {
	t.Helper()
	file, err := store.Open(t.Context(), filepath.Join(n.dir, "vesper.db"), store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := file.List().Reports(t.Context(), subscribers.ReportFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// dsn is what a server says of a message that it could not deliver (RFC 3464).
func dsn(to, status, said string) string {
	return fmt.Sprintf(`From: MAILER-DAEMON@mx.there.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at mx.there.example. <%[1]s>: %[3]s

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.there.example

Final-Recipient: rfc822; %[1]s
Action: failed
Status: %[2]s
Diagnostic-Code: smtp; %[3]s

--b--
`, to, status, said)
}

// brings is a mail server that speaks LMTP to an address.
func brings(network, address string, from, to, message string) error {
	c, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for _, step := range []struct{ line, want string }{
		{"", "220"},
		{"LHLO mx.there.example", "250"},
		{"MAIL FROM:<" + from + ">", "250"},
		{"RCPT TO:<" + to + ">", "250"},
		{"DATA", "354"},
		{strings.ReplaceAll(message, "\n", "\r\n") + "\r\n.", "250"},
		{"QUIT", "221"},
	} {
		if step.line != "" {
			fmt.Fprintf(c, "%s\r\n", step.line)
		}
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return err
			}
			if len(line) > 3 && line[3] == '-' {
				continue
			}
			if !strings.HasPrefix(line, step.want) {
				return fmt.Errorf("to %.60q: %s", step.line, line)
			}
			break
		}
	}
	return nil
}

// returnPaths gives the envelope senders of what each reader got.
func returnPaths(all []mailbox.Message) map[string]string {
	paths := map[string]string{}
	for _, m := range all {
		paths[m.To] = m.From
	}
	return paths
}

func TestServeTakesWhatAMailServerBrings(t *testing.T) {
	n := newNewsroom(t, 3)
	n.run(t, "edition", "send", "--yes")
	socket := filepath.Join(n.dir, "bounces.sock")
	n.says(t, "[bounces]\nlisten = \"unix:bounces.sock\"\n")
	// A process that was killed leaves its socket behind.
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	old.Close()

	s := n.service(t, time.Now)
	s.heard.says(t, "what comes back is taken")
	is, err := os.Stat(socket)
	if err != nil || is.Mode().Perm() != 0o660 {
		t.Errorf("the socket: %v, %v", is, err)
	}
	for to, from := range returnPaths(n.box.Messages()) {
		if err := brings("unix", socket, "", from, dsn(to, "5.2.2", "552 5.2.2 mailbox full")); err != nil {
			t.Error(err)
		}
	}
	s.ends(t)
	if _, err := os.Stat(socket); err == nil {
		t.Error("the socket is still there")
	}
	all := n.reports(t)
	if len(all) != 3 {
		t.Fatalf("%d reports, want 3", len(all))
	}
	for _, r := range all {
		if r.Proof != subscribers.ByReturnPath || r.Edition != 1 || r.Subscriber == 0 || r.Cause != subscribers.MailboxFull {
			t.Errorf("got %+v", r)
		}
	}
}
