package imap

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/emersion/go-imap/client"

	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// The bounds of a look into the mailbox.
const (
	// MaxMessages is how many messages a look takes; those behind wait for the next one.
	MaxMessages = 500
	// MaxSize is how many octets are fetched of a message: what is longer was written by
	// nobody who had to say something.
	MaxSize = bounce.MaxSize
	every   = time.Minute
	// longest is how long it waits at most after failures.
	longest = 30 * time.Minute
	// patience is how long the server may take for a command.
	patience = time.Minute
)

// Taker takes a message that came back. That it gives no error says that what the message
// says is durable: [returns.Desk] does.
type Taker interface {
	Take(ctx context.Context, c returns.Came) (returns.Taken, error)
}

// Places remember how far a mailbox was read.
type Places interface {
	// Place gives up to which UID the mailbox of this name was read as long as it has this
	// UIDVALIDITY; 0 is not at all.
	Place(ctx context.Context, mailbox string, validity uint32) (uid uint32, err error)
	// KeepPlace remembers it.
	KeepPlace(ctx context.Context, mailbox string, validity, uid uint32) error
}

// Mailbox is looked into every minute.
type Mailbox struct {
	Host string
	Port int
	// TLS is "implicit" (TLS from the first byte), "required" (STARTTLS) or "none".
	TLS                string
	Username, Password string
	// Folder is where what comes back lies, Done where what was taken is moved to.
	Folder, Done string
	Desk         Taker
	Places       Places
	Log          *slog.Logger
	// Config is how TLS is spoken; nil is Go's own way. Every takes the place of a minute,
	// for tests; 0 leaves it.
	Config *tls.Config
	Every  time.Duration
}

// name is how its place is remembered.
func (m *Mailbox) name() string { return m.Username + "@" + m.Host + "/" + m.Folder }

// Serve looks into the mailbox until ctx ends. It says once that it can't, and once that it
// can again; it comes more and more seldom meanwhile.
func (m *Mailbox) Serve(ctx context.Context) {
	wait, failing := cmp.Or(m.Every, every), false
	for pause := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		looked, err := m.Look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				m.Log.Warn("the mailbox for what comes back can't be read; it is tried again", "host", m.Host, "err", err)
			}
			failing, pause = true, min(max(2*pause, wait), max(longest, wait))
			continue
		case failing:
			m.Log.Info("the mailbox for what comes back can be read again", "host", m.Host)
		}
		if failing, pause = false, wait; looked.More {
			pause = 0
		}
		if looked.Taken > 0 {
			m.Log.Info("what came back was taken out of the mailbox", "messages", looked.Taken, "left", looked.Left)
		}
	}
}

// connect opens a connection that ends with ctx, and logs in. The password goes over TLS, or
// over loopback.
func (m *Mailbox) connect(ctx context.Context) (*client.Client, func(), error) {
	dialer := net.Dialer{Timeout: patience}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
	if err != nil {
		return nil, nil, err
	}
	raw := conn
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	end := func() { stop(); raw.Close() }
	config := m.Config.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	config.ServerName = cmp.Or(config.ServerName, m.Host)
	conn.SetDeadline(time.Now().Add(patience))
	if m.TLS == "implicit" {
		over := tls.Client(conn, config)
		if err := over.HandshakeContext(ctx); err != nil {
			end()
			return nil, nil, fmt.Errorf("TLS: %w", err)
		}
		conn = over
	}
	c, err := client.New(conn)
	if err != nil {
		end()
		return nil, nil, err
	}
	conn.SetDeadline(time.Time{})
	c.Timeout = patience
	c.ErrorLog = slog.NewLogLogger(m.Log.Handler(), slog.LevelDebug)
	if m.TLS == "required" {
		if err := c.StartTLS(config); err != nil {
			end()
			return nil, nil, fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if m.TLS != "none" && !c.IsTLS() && m.TLS != "implicit" {
		end()
		return nil, nil, fmt.Errorf("the server speaks no TLS")
	}
	if err := c.Login(m.Username, m.Password); err != nil {
		end()
		return nil, nil, fmt.Errorf("log in: %w", err)
	}
	return c, func() { c.Logout(); end() }, nil
}
