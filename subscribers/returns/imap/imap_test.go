package imap_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/backend/memory"
	"github.com/emersion/go-imap/server"

	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
	"vesper/subscribers/returns/imap"
)

// takes is a desk that takes what speaks of a delivery, and remembers places.
type takes struct {
	mu     sync.Mutex
	taken  []string
	err    error
	places map[string][2]uint32
}

func (d *takes) Take(_ context.Context, c returns.Came) (returns.Taken, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return returns.Taken{}, d.err
	}
	mail, err := bounce.Read(bytes.NewReader(c.Raw))
	d.taken = append(d.taken, string(c.Raw))
	return returns.Taken{Mail: mail, NotOurs: mail.Kind == bounce.Reply}, err
}

func (d *takes) Place(_ context.Context, mailbox string, validity uint32) (uint32, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if is, ok := d.places[mailbox]; ok && is[0] == validity {
		return is[1], nil
	}
	return 0, nil
}

func (d *takes) KeepPlace(_ context.Context, mailbox string, validity, uid uint32) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.places == nil {
		d.places = map[string][2]uint32{}
	}
	d.places[mailbox] = [2]uint32{validity, uid}
	return nil
}

// subjects gives what was taken so far, and forgets it.
func (d *takes) subjects() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []string
	for _, raw := range d.taken {
		_, rest, _ := strings.Cut(raw, "Subject: ")
		subject, _, _ := strings.Cut(rest, "\r\n")
		all = append(all, subject)
	}
	d.taken = nil
	return strings.Join(all, ", ")
}

const failed = "From: MAILER-DAEMON@mx.example\r\nSubject: %s\r\n\r\n<ida@reader.example>: 550 5.1.1 no such user\r\n"

// box is a mailbox on a server in this process, which can't move messages.
func box(t *testing.T, d *takes) (*imap.Mailbox, *memory.Mailbox, *memory.User) {
	t.Helper()
	be := memory.New()
	s := server.New(be)
	s.AllowInsecureAuth = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	login, err := be.Login(nil, "username", "password")
	if err != nil {
		t.Fatal(err)
	}
	user := login.(*memory.User)
	inbox, err := user.GetMailbox("INBOX")
	if err != nil {
		t.Fatal(err)
	}
	return &imap.Mailbox{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: "none", Username: "username", Password: "password",
		Folder: "INBOX", Done: "Vesper", Desk: d, Places: d, Log: slog.New(slog.DiscardHandler),
	}, inbox.(*memory.Mailbox), user
}

func put(t *testing.T, m *memory.Mailbox, text string) {
	t.Helper()
	if err := m.CreateMessage(nil, time.Now(), bytes.NewBufferString(text)); err != nil {
		t.Fatal(err)
	}
}

func look(t *testing.T, m *imap.Mailbox) imap.Looked {
	t.Helper()
	looked, err := m.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return looked
}

func TestAMailboxIsReadOnceAndNothingInItIsDeleted(t *testing.T) {
	d := &takes{}
	m, inbox, user := box(t, d)
	// Somebody else has marked theirs to be deleted, and may think better of it.
	inbox.Messages[0].Flags = []string{`\Deleted`}
	put(t, inbox, fmt.Sprintf(failed, "one"))
	put(t, inbox, "From: ida@reader.example\r\nSubject: a letter\r\n\r\nDear editor\r\n")
	put(t, inbox, fmt.Sprintf(failed, "two"))
	if looked := look(t, m); looked != (imap.Looked{Taken: 2, Left: 2}) {
		t.Errorf("got %+v", looked)
	}
	if got := d.subjects(); got != "A little message, just for you, one, a letter, two" {
		t.Errorf("taken: %s", got)
	}
	done, err := user.GetMailbox("Vesper")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(done.(*memory.Mailbox).Messages); n != 2 {
		t.Errorf("%d messages are filed, want 2", n)
	}
	if n := len(inbox.Messages); n != 4 {
		t.Errorf("%d messages are left, want all 4", n)
	}
	for i, seen := range []bool{false, true, false, true} {
		if slices.Contains(inbox.Messages[i].Flags, `\Seen`) != seen {
			t.Errorf("message %d: %v", i, inbox.Messages[i].Flags)
		}
	}
	if looked := look(t, m); looked != (imap.Looked{}) {
		t.Errorf("the second look: %+v", looked)
	}
	put(t, inbox, fmt.Sprintf(failed, "three"))
	if look(t, m); d.subjects() != "three" {
		t.Error("what came later is not taken, or more than that")
	}
}

func TestWhatCouldNotBeRecordedIsTakenAtTheNextLook(t *testing.T) {
	d := &takes{err: errors.New("the disk is full")}
	m, inbox, _ := box(t, d)
	put(t, inbox, fmt.Sprintf(failed, "one"))
	if _, err := m.Look(t.Context()); err == nil {
		t.Fatal("no error")
	}
	d.err = nil
	if looked := look(t, m); looked.Taken != 1 {
		t.Errorf("got %+v", looked)
	}
}

func TestALookHasBounds(t *testing.T) {
	d := &takes{}
	m, inbox, _ := box(t, d)
	for range imap.MaxMessages {
		put(t, inbox, fmt.Sprintf(failed, "one"))
	}
	put(t, inbox, fmt.Sprintf(failed, "large")+strings.Repeat("x", imap.MaxSize))
	if looked := look(t, m); !looked.More {
		t.Errorf("got %+v", looked)
	}
	d.subjects()
	looked := look(t, m)
	if looked.More || looked.Taken != 2 && looked.Taken != 1 {
		t.Errorf("got %+v", looked)
	}
	if last := d.taken[len(d.taken)-1]; len(last) != imap.MaxSize {
		t.Errorf("%d octets of a large message", len(last))
	}
}

// heard counts what is logged.
type heard struct {
	slog.Handler
	told chan string
}

func (h *heard) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

func (h *heard) Handle(_ context.Context, r slog.Record) error {
	h.told <- r.Message
	return nil
}

func TestTroubleIsToldOnce(t *testing.T) {
	d := &takes{}
	m, inbox, _ := box(t, d)
	h := &heard{told: make(chan string, 100)}
	m.Log, m.Every, m.Password = slog.New(h), time.Millisecond, "wrong"
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	m.Serve(ctx)
	if n := len(h.told); n != 1 {
		t.Errorf("%d lines, want one", n)
	}
	for len(h.told) > 0 {
		if line := <-h.told; strings.Contains(line, "wrong") {
			t.Errorf("the password is logged: %s", line)
		}
	}
	m.Password = "password"
	put(t, inbox, fmt.Sprintf(failed, "one"))
	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	ended := make(chan struct{})
	go func() { m.Serve(ctx); close(ended) }()
	if line := <-h.told; !strings.Contains(line, "was taken out of the mailbox") {
		t.Errorf("got %q", line)
	}
	stop()
	<-ended
}

func TestAPasswordGoesOverTLS(t *testing.T) {
	m, _, _ := box(t, &takes{})
	for _, how := range []string{"required", "implicit"} {
		m.TLS = how
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		if _, err := m.Look(ctx); err == nil {
			t.Errorf("%s: it logged in without TLS", how)
		}
		stop()
	}
}
