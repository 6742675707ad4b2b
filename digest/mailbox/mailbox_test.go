package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest/mailbox"
)

// serve starts m on a free port until the test ends and gives its address.
func serve(t *testing.T, m *mailbox.Mailbox) string {
	t.Helper()
	l, err := mailbox.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Serve gives %v, want nil", err)
		}
	})
	return l.Addr().String()
}

// send takes one message to addr over a connection of its own.
func send(addr, to, body string) error {
	return smtp.SendMail(addr, nil, "desk@paper.example", []string{to}, []byte(body))
}

func TestMailIsKeptByteForByte(t *testing.T) {
	at := time.Date(2026, 11, 22, 18, 0, 3, 0, time.UTC)
	m := &mailbox.Mailbox{Dir: filepath.Join(t.TempDir(), "mail"), Now: func() time.Time { return at }}
	addr := serve(t, m)
	body := "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nFrom: desk@paper.example\r\n\r\n.\r\n..two\r\n.\r\nend\r\n\r\n"
	if err := send(addr, "ada@reader.example", body); err != nil {
		t.Fatal(err)
	}
	// The answer has come, so the file is there.
	path := filepath.Join(m.Dir, "0001-ada@reader.example.eml")
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(body, string(got)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v, want 0600", info.Mode(), err)
	}
	want := mailbox.Message{
		Number: 1, From: "desk@paper.example", To: "ada@reader.example", Received: at,
		Subject: "Grüße", Size: len(body), Path: path,
	}
	if diff := cmp.Diff([]mailbox.Message{want}, m.Messages(), cmp.AllowUnexported(mailbox.Message{})); diff != "" {
		t.Error(diff)
	}
	if entries, _ := os.ReadDir(m.Dir); len(entries) != 1 {
		t.Errorf("%d files, want the message alone", len(entries))
	}
}

func TestAFolderThatIsInUseIsGoneOnWith(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "0041-ada@reader.example.eml"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := &mailbox.Mailbox{Dir: dir}
	if err := send(serve(t, m), "ada@reader.example", "Subject: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if got := m.Messages()[0].Number; got != 42 {
		t.Errorf("got number %d, want 42", got)
	}
}

func TestNoAddressLeadsOutOfTheFolder(t *testing.T) {
	m := &mailbox.Mailbox{Dir: filepath.Join(t.TempDir(), "mail")}
	addr := serve(t, m)
	for _, to := range []string{
		"../../etc/x@reader.example", `a/b\c@reader.example`, strings.Repeat("x", 300) + "@reader.example", "..@..",
	} {
		if err := send(addr, to, "Subject: x\r\n\r\n"); err != nil {
			var refused *textproto.Error
			if !errors.As(err, &refused) {
				t.Errorf("%.30s: %v", to, err)
			}
		}
	}
	if m.Count() == 0 {
		t.Fatal("none was taken")
	}
	for _, msg := range m.Messages() {
		if filepath.Dir(msg.Path) != m.Dir || len(filepath.Base(msg.Path)) > 120 {
			t.Errorf("%q was written to %s", msg.To, msg.Path)
		}
	}
}

func TestManyConnectionsLoseNothing(t *testing.T) {
	const connections, each = 8, 25
	m := &mailbox.Mailbox{Dir: t.TempDir()}
	addr := serve(t, m)
	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			client, err := smtp.Dial(addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = client.Quit() }()
			for i := range each {
				to := fmt.Sprintf("reader%d@reader.example", c*each+i)
				if err := transact(client, to); err != nil {
					t.Errorf("%s: %v", to, err)
				}
			}
		})
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	if err := m.Wait(ctx, connections*each); err != nil {
		t.Fatal(err)
	}
	all.Wait()
	seen := map[string]bool{}
	for i, msg := range m.Messages() {
		source, err := msg.Source()
		if err != nil || string(source) != "To: "+msg.To+"\r\n\r\nx\r\n" || msg.Number != i+1 || seen[msg.To] {
			t.Errorf("message %d to %s: %q, %v", msg.Number, msg.To, source, err)
		}
		seen[msg.To] = true
	}
	if m.Count() != connections*each {
		t.Errorf("got %d, want %d", m.Count(), connections*each)
	}
}

func transact(c *smtp.Client, to string) error {
	if err := errors.Join(c.Mail("desk@paper.example"), c.Rcpt(to)); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "To: %s\r\n\r\nx\r\n", to)
	return errors.Join(err, w.Close())
}

func TestEachRecipientGetsACopy(t *testing.T) {
	m := &mailbox.Mailbox{}
	to := []string{"ada@reader.example", "ben@reader.example"}
	if err := smtp.SendMail(serve(t, m), nil, "", to, []byte("x\r\n")); err != nil {
		t.Fatal(err)
	}
	got := m.Messages()
	if len(got) != 2 || got[0].To != to[0] || got[1].To != to[1] {
		t.Errorf("got %+v", got)
	}
	if source, err := got[1].Source(); err != nil || string(source) != "x\r\n" {
		t.Errorf("held %q, %v", source, err)
	}
}

func TestAnAddressCanAskForAFault(t *testing.T) {
	for _, row := range []struct {
		faults bool
		to     string
		codes  []int
	}{
		{true, "rcpt550.7@reader.example", []int{550, 550, 550, 550}},
		{true, "rcpt450x2.7@reader.example", []int{450, 450, 0, 0}},
		{true, "ada@reader.example", []int{0, 0}},
		{false, "rcpt550.7@reader.example", []int{0, 0}},
		{false, "rcpt450x2.7@reader.example", []int{0, 0}},
	} {
		m := &mailbox.Mailbox{Faults: row.faults}
		addr := serve(t, m)
		for i, want := range row.codes {
			err := send(addr, row.to, "x\r\n")
			var refused *textproto.Error
			got := 0
			if errors.As(err, &refused) {
				got = refused.Code
			}
			if got != want || got == 0 && err != nil {
				t.Errorf("%s, attempt %d: got %v, want %d", row.to, i+1, err, want)
			}
		}
	}
}

func TestTooLargeAMessageIsRefusedWhole(t *testing.T) {
	m := &mailbox.Mailbox{}
	addr := serve(t, m)
	err := send(addr, "ada@reader.example", strings.Repeat(strings.Repeat("x", 998)+"\r\n", mailbox.MaxSize/1000+1))
	var refused *textproto.Error
	if !errors.As(err, &refused) || refused.Code != 552 || m.Count() != 0 {
		t.Errorf("got %v and %d messages, want 552 and none", err, m.Count())
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "mail.example:25", "nonsense"} {
		if l, err := mailbox.Listen(addr); err == nil {
			_ = l.Close()
			t.Errorf("%s is listened on", addr)
		}
	}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Skip(err)
	}
	if err := (&mailbox.Mailbox{}).Serve(t.Context(), l); err == nil {
		t.Error("a public listener is served")
	}
}

func TestWaitSaysHowFarItCame(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := (&mailbox.Mailbox{}).Wait(ctx, 1); !errors.Is(err, context.Canceled) ||
		!strings.Contains(err.Error(), "0 of 1") {
		t.Errorf("got %v", err)
	}
}
