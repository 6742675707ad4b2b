// Package mailbox is a mailbox on loopback for the demo, the bench and tests: it
// takes mail over SMTP, keeps or counts it, and shows it on a page.
//
// What it takes is foreign: it is kept byte for byte and shown as text or in a
// frame that can run nothing. It knows nothing of editions or subscribers, and
// forwards no mail.
package mailbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// MaxSize is the largest message taken, in octets.
const MaxSize = 10 << 20

// held bounds the messages that are held in memory where there is no folder, in
// octets; past it they are counted only.
const held = 64 << 20

// ErrNotHeld says that a message was counted and not kept.
var ErrNotHeld = errors.New("the message was counted only")

// Mailbox takes all mail for every address. It may be used from many
// goroutines; its fields are not to be changed once it serves.
type Mailbox struct {
	// Dir is the folder for the messages, one file each; it is made if it is not
	// there. Empty: they are held in memory, up to a bound.
	Dir string
	// Faults lets the recipient's address choose the answer: a local part that
	// starts with "rcpt550." is refused for good, one with "rcpt450x2." twice for
	// now and then taken.
	Faults bool
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Log takes what goes wrong; nil means none.
	Log *slog.Logger

	mu sync.Mutex
	// dir is Dir as an absolute path, once Serve has made it.
	dir      string
	number   int
	inMemory int
	messages []Message
	refused  map[string]int
	// arrived is closed and made anew whenever a message comes.
	arrived chan struct{}
	// closed refuses what comes when Serve ends; keeping is what it waits for.
	closed  bool
	keeping sync.WaitGroup
}

// Message is one message for one recipient.
type Message struct {
	// Number counts from 1, or from after the files that were there before.
	Number int
	// From and To are the envelope's (RFC 5321 2.3.1).
	From, To string
	Received time.Time
	// Subject is decoded; Size is in octets.
	Subject string
	Size    int
	// Path is the absolute path of the file; empty without a folder.
	Path string

	source []byte
}

// Source gives the message as it was received.
func (m Message) Source() ([]byte, error) {
	switch {
	case m.Path != "":
		return os.ReadFile(m.Path)
	case m.source == nil:
		return nil, ErrNotHeld
	}
	return m.source, nil
}

// Listen opens a port on loopback, such as 127.0.0.1:0. Another address is
// refused: this takes mail from anybody.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	if !strings.EqualFold(host, "localhost") && !net.ParseIP(host).IsLoopback() {
		return nil, fmt.Errorf("mailbox: %s is not on loopback", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	return l, nil
}

// Serve takes mail from l until ctx ends, then closes l and every connection
// and returns nil; by then nothing is written any more. A listener that is not
// on loopback is refused. It may be called again, but not twice at once.
func (m *Mailbox) Serve(ctx context.Context, l net.Listener) error {
	defer func() { _ = l.Close() }()
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() {
		return fmt.Errorf("mailbox: %s is not on loopback", l.Addr())
	}
	if err := m.prepare(); err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	server := smtp.NewServer(backend{m})
	server.Domain = "mailbox.localhost"
	server.MaxMessageBytes = MaxSize
	server.EnableSMTPUTF8 = true
	server.ErrorLog = slog.NewLogLogger(m.log().Handler(), slog.LevelDebug)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	err := server.Serve(l)
	_ = server.Close()
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.keeping.Wait()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	return nil
}

// Messages gives all that came, in the order of their numbers.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(slices.Values(m.messages), func(a, b Message) int { return cmp.Compare(a.Number, b.Number) })
}

// Count is how many messages came.
func (m *Mailbox) Count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.messages)
}

// Wait returns when n messages have come, or with the reason why ctx ended.
func (m *Mailbox) Wait(ctx context.Context, n int) error {
	for {
		m.mu.Lock()
		count := len(m.messages)
		if m.arrived == nil {
			m.arrived = make(chan struct{})
		}
		arrived := m.arrived
		m.mu.Unlock()
		if count >= n {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d messages came: %w", count, n, context.Cause(ctx))
		}
	}
}

// message gives the one of this number.
func (m *Mailbox) message(number int) (Message, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.messages, func(msg Message) bool { return msg.Number == number })
	if i < 0 {
		return Message{}, false
	}
	return m.messages[i], true
}

func (m *Mailbox) now() time.Time {
	if m.Now == nil {
		return time.Now()
	}
	return m.Now()
}

func (m *Mailbox) log() *slog.Logger {
	if m.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return m.Log
}
