// Package mailbox is a mailbox on loopback for the demo, the bench and tests: it
// takes mail over SMTP, keeps or counts it, and shows it on a page.
//
// Mail may come from anybody: it is kept byte for byte, and shown as text or in a
// frame that can't run anything. The package knows nothing of editions or
// subscribers, and forwards no mail.
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

// MaxSize is the size of the largest message that is taken, in octets.
const MaxSize = 10 << 20

// held bounds the messages that are kept in memory if there is no folder, in octets.
// What comes after that is only counted.
const held = 64 << 20

// ErrNotHeld says that a message was counted but not kept.
var ErrNotHeld = errors.New("the message was counted only")

// Mailbox takes all mail for all addresses. Any number of goroutines may use it. Its
// fields must not be changed while it serves.
type Mailbox struct {
	// Dir is the folder for the messages, a file for each. It is made if it is not
	// there. Empty: messages are kept in memory, up to 64 MiB.
	Dir string
	// Faults lets the recipient's address choose the answer. One that begins with
	// "rcpt550." is refused for good. One that begins with "rcpt450x2." is refused
	// twice for the moment, then taken.
	Faults bool
	// Now is the clock; nil means the machine's.
	Now func() time.Time
	// Log says what goes wrong; nil means nothing is logged.
	Log *slog.Logger

	mu sync.Mutex
	// dir is Dir as an absolute path, once Serve has made it.
	dir      string
	number   int
	inMemory int
	messages []Message
	refused  map[string]int
	// arrived is closed when a message comes, and made anew by whoever waits.
	arrived chan struct{}
	// closed is true when Serve ends: nothing is taken any more. keeping are the
	// messages that are still being written then.
	closed  bool
	keeping sync.WaitGroup
}

// Message is one message for one recipient.
type Message struct {
	// Number counts from 1, or goes on after the files that were there before.
	Number int
	// From and To are the envelope's (RFC 5321 2.3.1).
	From, To string
	Received time.Time
	// Subject is decoded. Size is in octets.
	Subject string
	Size    int
	// Path is the absolute path of the file, empty without a folder.
	Path string

	source []byte
}

// Source gives the message as it was received, or [ErrNotHeld].
func (m Message) Source() ([]byte, error) {
	switch {
	case m.Path != "":
		return os.ReadFile(m.Path)
	case m.source == nil:
		return nil, ErrNotHeld
	}
	return m.source, nil
}

// Listen opens a port on loopback, such as 127.0.0.1:0. Any other address is refused,
// since the mailbox takes mail from everybody.
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

// Serve takes mail from l until ctx ends. Then it closes l and all connections, waits
// until what was taken is written, and returns nil. A listener that is not on loopback
// is refused. Serve may be called a second time when the first has returned.
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

// Messages gives all messages that came, in the order of their numbers.
func (m *Mailbox) Messages() []Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	byNumber := func(a, b Message) int { return cmp.Compare(a.Number, b.Number) }
	return slices.SortedFunc(slices.Values(m.messages), byNumber)
}

// Count is how many messages came.
func (m *Mailbox) Count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.messages)
}

// Wait waits until n messages have come. The error says why ctx ended before.
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

// message gives the message of this number.
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
