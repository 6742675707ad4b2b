package lmtp

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

// The bounds of the server. What is over one of them is refused, for good or for the
// moment, with the code that the standards have for it.
const (
	// MaxSize is how many octets a message may have.
	MaxSize = bounce.MaxSize
	// MaxConnections is how many clients are served at once.
	MaxConnections = 20
	// MaxRecipients is how many recipients a message may have.
	MaxRecipients = 100
	// within is how long recording may take. After that the client is to come again: an
	// edition that is being sent needs the store more.
	within = 5 * time.Second
	// idle is how long a client may be silent, and how long a message may take.
	idle = 2 * time.Minute
)

// Taker takes a message that came back. That it gives no error says that what the message
// says is durable: [returns.Desk] does.
type Taker interface {
	Take(ctx context.Context, c returns.Came) (returns.Taken, error)
}

// Keys verify tokens.
type Keys interface {
	Keyring(ctx context.Context) (subscribers.Keyring, error)
}

// Server takes what mail servers bring. It speaks SMTP and LMTP on the same listener: the
// client's first word tells which.
type Server struct {
	Desk Taker
	Keys Keys
	// Domains are ours, in small letters: that of return paths first.
	Domains []string
	Log     *slog.Logger
	// Idle and Within take the place of the times above, for tests. 0 leaves them.
	Idle, Within time.Duration
}

// Serve takes mail until ctx ends, then lets clients finish for a moment. It closes the
// listener. What a client was told was taken is durable in any case.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	inner := &greeter{
		Listener: l, server: s, idle: cmp.Or(s.Idle, idle),
		smtp: make(chan net.Conn), lmtp: make(chan net.Conn), done: make(chan struct{}),
		seats: make(chan struct{}, MaxConnections), turn: newTurn(),
	}
	servers := []*smtp.Server{s.protocol(false, inner.turn), s.protocol(true, inner.turn)}
	ended := make(chan error, 3)
	go func() { ended <- servers[0].Serve(handed{inner, inner.smtp}) }()
	go func() { ended <- servers[1].Serve(handed{inner, inner.lmtp}) }()
	go func() { ended <- inner.run() }()
	stop := context.AfterFunc(ctx, inner.stop)
	defer stop()

	err := <-ended
	inner.stop()
	// A server that still lets somebody in must not be shut down at the same moment.
	for range 2 {
		err = errors.Join(err, <-ended)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	for _, server := range servers {
		if server.Shutdown(last) != nil {
			inner.cut()
		}
	}
	// Who is being recorded is recorded, whether or not the client still listens.
	inner.wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// lastWord is how long clients may go on once the service stops.
const lastWord = 3 * time.Second

func (s *Server) protocol(lmtp bool, t *turn) *smtp.Server {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		seat, _ := c.Conn().(*seat)
		return &session{server: s, seat: seat, turn: t, by: map[bool]string{false: "SMTP", true: "LMTP"}[lmtp]}, nil
	}))
	server.LMTP, server.Domain = lmtp, s.Domains[0]
	server.MaxMessageBytes, server.MaxRecipients = MaxSize, MaxRecipients
	server.ReadTimeout, server.WriteTimeout = cmp.Or(s.Idle, idle), cmp.Or(s.Idle, idle)
	// Reports in UTF-8 come by it (RFC 6533), and MTAs bounce what asks for DSN if it is not
	// offered. Nothing here is sent on, so nothing has to be done for either.
	server.EnableSMTPUTF8, server.EnableDSN = true, true
	server.ErrorLog = logger{s.Log}
	return server
}

// logger takes what go-smtp has to say, which is of the connection and names nobody.
type logger struct{ log *slog.Logger }
