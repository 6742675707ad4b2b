package lmtp_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vesper/subscribers"
	"vesper/subscribers/returns"
	"vesper/subscribers/returns/lmtp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	key  = subscribers.Key{ID: 1, Secret: bytes.Repeat([]byte{1}, 32)}
	ring = subscribers.Keyring{1: key}
)

// records is a store in memory, which may be slow or broken.
type records struct {
	mu      sync.Mutex
	reports []subscribers.Report
	clues   []subscribers.Clues
	err     error
	// hold keeps each recording until it is closed; begun hears of each.
	hold, begun chan struct{}
}

func (r *records) Keyring(context.Context) (subscribers.Keyring, error) { return ring, nil }

func (r *records) Trace(_ context.Context, c subscribers.Clues) (subscribers.Found, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clues = append(r.clues, c)
	for _, token := range c.Tokens {
		if id, edition, err := ring.ReturnPath(token); err == nil {
			return subscribers.Found{Proof: subscribers.ByReturnPath, Subscriber: int64(id), Edition: edition}, nil
		}
	}
	return subscribers.Found{}, nil
}

func (r *records) Record(ctx context.Context, all []subscribers.Report) (int, error) {
	if r.begun != nil {
		r.begun <- struct{}{}
	}
	if r.hold != nil {
		select {
		case <-r.hold:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return 0, r.err
	}
	r.reports = append(r.reports, all...)
	return len(all), nil
}

// all gives what was recorded.
func (r *records) all() []subscribers.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.reports)
}

// leavers counts who left.
type leavers struct {
	mu   sync.Mutex
	left []uint64
}

func (l *leavers) Leave(_ context.Context, publicID uint64, _ time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if slices.Contains(l.left, publicID) {
		return false, nil
	}
	l.left = append(l.left, publicID)
	return true, nil
}

// door is a server that runs as long as its test.
type door struct {
	*records
	leavers
	network, address string
	stop             func()
	ended            chan error
}

func open(t *testing.T, r *records, network string, change ...func(*lmtp.Server)) *door {
	t.Helper()
	d := &door{records: r, network: network, ended: make(chan error, 1)}
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "bounces.sock")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	d.address = l.Addr().String()
	log := slog.New(slog.DiscardHandler)
	s := &lmtp.Server{
		Desk: &returns.Desk{
			Store: r, Now: time.Now, Log: log, Post: returns.Post{Keys: r, Leaver: &d.leavers},
		},
		Keys: r, Domains: []string{"bounce.news.example", "news.example"}, Log: log,
	}
	for _, f := range change {
		f(s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	d.stop = cancel
	go func() { d.ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if d.ended != nil {
			if err := <-d.ended; err != nil {
				t.Error(err)
			}
		}
	})
	return d
}

// client speaks to a door line by line.
type client struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func (d *door) dial(t *testing.T) *client {
	t.Helper()
	c, err := net.Dial(d.network, d.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &client{t, c, bufio.NewReader(c)}
}

// reply reads a reply, all of its lines.
func (c *client) reply() string {
	c.t.Helper()
	all := ""
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return all + err.Error()
		}
		if all += line; len(line) < 4 || line[3] != '-' {
			return strings.TrimRight(all, "\r\n")
		}
	}
}

// says sends lines, and wants a reply that begins with these words to each.
func (c *client) says(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] != "" {
			fmt.Fprintf(c, "%s\r\n", pairs[i])
		}
		if got := c.reply(); !strings.HasPrefix(got, pairs[i+1]) {
			c.t.Fatalf("to %q: got %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

func bounce(n int) string {
	return fmt.Sprintf("From: <>\r\nSubject: failure %d\r\n\r\n<reader%d@there.example>: 550 5.1.1 no such user\r\n.", n, n)
}

func path(reader uint64) string {
	return "RCPT TO:<bounces+" + key.ReturnPath(reader, 7) + "@bounce.news.example>"
}

func TestServersBringWhatComesBackInEitherProtocol(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		for _, hello := range []string{"EHLO", "HELO", "LHLO", "lhlo"} {
			t.Run(network+" "+hello, func(t *testing.T) {
				d := open(t, &records{}, network)
				d.dial(t).says("", "220 bounce.news.example", hello+" mx.example", "250", "MAIL FROM:<>", "250",
					path(12), "250", "DATA", "354", bounce(1), "250",
					"MAIL FROM:<>", "250", path(13), "250", "DATA", "354", bounce(2), "250", "QUIT", "221")
				all := d.all()
				if len(all) != 2 || all[0].Subscriber != 12 || all[1].Subscriber != 13 || all[0].Edition != 7 {
					t.Errorf("got %+v", all)
				}
			})
		}
	}
}

func TestOnlyOurOwnTokensAndTheOfficesAreTaken(t *testing.T) {
	d := open(t, &records{}, "tcp")
	token := key.ReturnPath(12, 7)
	forged := subscribers.Key{ID: 1, Secret: []byte("another")}
	c := d.dial(t)
	c.says("", "220", "LHLO mx.example", "250", "MAIL FROM:<>", "250")
	for to, want := range map[string]string{
		"bounces+" + token + "@bounce.news.example":                        "250",
		"BOUNCES+" + strings.ToUpper(token) + "@BOUNCE.News.Example":       "250",
		"leave+" + strings.ToUpper(key.Leave(12)) + "@bounce.news.example": "250",
		"bounces+" + key.Test(4) + "@bounce.news.example":                  "250",
		"Postmaster@bounce.news.example":                                   "250",
		"abuse@news.example":                                               "250",
		"bounces+" + forged.ReturnPath(12, 7) + "@bounce.news.example":     "550 5.1.1",
		"leave+" + forged.Leave(12) + "@bounce.news.example":               "550 5.1.1",
		"bounces+" + token[:35] + "x@bounce.news.example":                  "550 5.1.1",
		"bounces+" + token + "@elsewhere.example":                          "550 5.1.1",
		"postmaster@elsewhere.example":                                     "550 5.1.1",
		"evening@news.example":                                             "550 5.1.1",
		"bounces@bounce.news.example":                                      "550 5.1.1",
		"\"postmaster\\@bounce.news.example\"@elsewhere.example":           "550 5.1.1",
		"bounces+" + token + "@bounce.news.example.elsewhere.example":      "550 5.1.1",
		strings.Repeat("a", 300) + "@bounce.news.example":                  "550 5.1.1",
		"bounces+" + token + "@bounce.news.example@elsewhere.example":      "550 5.1.1",
	} {
		c.says("RCPT TO:<"+to+">", want)
	}
}

func TestA250SaysThatItIsRecorded(t *testing.T) {
	r := &records{err: errors.New("the disk is full")}
	d := open(t, r, "tcp")
	c := d.dial(t)
	c.says("", "220", "LHLO mx.example", "250", "MAIL FROM:<>", "250", path(12), "250",
		"DATA", "354", bounce(1), "451 4.3.0")
	r.mu.Lock()
	r.err = nil
	r.mu.Unlock()
	c.says("MAIL FROM:<>", "250", path(12), "250", "DATA", "354", bounce(1), "250")
	if n := len(d.all()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
}

func TestABusyStoreIsNotWaitedFor(t *testing.T) {
	d := open(t, &records{hold: make(chan struct{})}, "tcp", func(s *lmtp.Server) { s.Within = time.Millisecond })
	d.dial(t).says("", "220", "EHLO mx.example", "250", "MAIL FROM:<>", "250", path(12), "250",
		"DATA", "354", bounce(1), "451 4.3.0", "QUIT", "221")
}

func TestWhatIsTooMuchIsRefusedByItsOwnCode(t *testing.T) {
	d := open(t, &records{}, "tcp")
	c := d.dial(t)
	c.says("", "220", "EHLO mx.example", "250", fmt.Sprintf("MAIL FROM:<> SIZE=%d", lmtp.MaxSize+1), "552 5.3.4",
		"MAIL FROM:<>", "250", path(12), "250", "DATA", "354")
	io.WriteString(c, strings.Repeat(strings.Repeat("x", 998)+"\r\n", lmtp.MaxSize/1000+2))
	c.says(".", "552 5.3.4", "MAIL FROM:<>", "250")
	for range lmtp.MaxRecipients {
		c.says(path(12), "250")
	}
	c.says(path(12), "452 4.5.3")
	if n := len(d.all()); n != 0 {
		t.Errorf("%d reports of a message that is too big", n)
	}
}

func TestTwentyClientsAreServedAtOnce(t *testing.T) {
	d := open(t, &records{}, "tcp")
	var clients []*client
	for range lmtp.MaxConnections {
		c := d.dial(t)
		c.says("", "220")
		clients = append(clients, c)
	}
	d.dial(t).says("", "421 4.3.2")
	clients[3].says("QUIT", "221")
	// The seat is free once the connection is closed, which its client sees.
	if got := clients[3].reply(); got != "EOF" {
		t.Errorf("got %q", got)
	}
	for {
		c := d.dial(t)
		if got := c.reply(); strings.HasPrefix(got, "220") {
			c.says("LHLO mx.example", "250")
			return
		}
	}
}

func TestASilentClientIsSentAway(t *testing.T) {
	d := open(t, &records{}, "tcp", func(s *lmtp.Server) { s.Idle = 20 * time.Millisecond })
	c := d.dial(t)
	c.says("", "220")
	if got := c.reply(); got != "EOF" {
		t.Errorf("before a word: got %q", got)
	}
	c = d.dial(t)
	c.says("", "220", "LHLO mx.example", "250", "", "421 4.4.2")
}

func TestWhatWasTakenIsRecordedWhenTheServiceStops(t *testing.T) {
	r := &records{hold: make(chan struct{}), begun: make(chan struct{}, 1)}
	d := open(t, r, "tcp")
	idle, c := d.dial(t), d.dial(t)
	idle.says("", "220", "LHLO mx.example", "250")
	c.says("", "220", "LHLO mx.example", "250", "MAIL FROM:<>", "250", path(12), "250", "DATA", "354")
	fmt.Fprintf(c, "%s\r\n", bounce(1))
	<-r.begun
	d.stop()
	if got := idle.reply(); got != "EOF" {
		t.Errorf("an idle client: got %q", got)
	}
	close(r.hold)
	c.says("", "250")
	if err := <-d.ended; err != nil {
		t.Error(err)
	}
	d.ended = nil
	if n := len(d.all()); n != 1 {
		t.Errorf("%d reports, want 1", n)
	}
}

func TestReadersLeaveByMail(t *testing.T) {
	leave := "RCPT TO:<leave+" + strings.ToUpper(key.Leave(12)) + "@bounce.news.example>"
	for name, c := range map[string]struct {
		from, header string
		left         int
	}{
		"a person's word":       {"reader@there.example", "", 1},
		"a word that is no":     {"reader@there.example", "Auto-Submitted: no\r\n", 1},
		"an empty reverse path": {"", "", 0},
		"a vacation note":       {"reader@there.example", "Auto-Submitted: auto-replied\r\n", 0},
		"a machine's mail":      {"reader@there.example", "auto-submitted: Auto-Generated; x=y\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, &records{}, "tcp")
			for range 2 {
				d.dial(t).says("", "220", "LHLO mx.example", "250", "MAIL FROM:<"+c.from+">", "250", leave, "250",
					"DATA", "354", c.header+"Subject: unsubscribe\r\n\r\nbye\r\n.", "250", "QUIT", "221")
			}
			if len(d.left) != c.left {
				t.Errorf("%d readers left, want %d", len(d.left), c.left)
			}
		})
	}
}

// The message that comes back has the reader's address to leave by in its header.
func TestABounceWithALeaveAddressInItMakesNobodyLeave(t *testing.T) {
	d := open(t, &records{}, "tcp")
	d.dial(t).says("", "220", "LHLO mx.example", "250", "MAIL FROM:<mailer@there.example>", "250", path(12), "250",
		"DATA", "354", "To: <leave+"+key.Leave(12)+"@bounce.news.example>\r\nSubject: failure\r\n\r\n"+
			"List-Unsubscribe: <mailto:leave+"+key.Leave(12)+"@bounce.news.example>\r\n.", "250")
	if len(d.left) != 0 || len(d.all()) != 1 {
		t.Errorf("%d left, %d reports", len(d.left), len(d.all()))
	}
}

func TestEachReturnPathOfOneMessageIsAReport(t *testing.T) {
	d := open(t, &records{}, "tcp")
	d.dial(t).says("", "220", "LHLO mx.example", "250", "MAIL FROM:<>", "250", path(12), "250", path(13), "250",
		"RCPT TO:<abuse@news.example>", "250", "DATA", "354", bounce(1), "250", "", "250", "", "250")
	seen := map[int64]bool{}
	for _, r := range d.all() {
		seen[r.Subscriber] = true
	}
	if len(seen) != 3 {
		t.Errorf("got %v, want both readers and the office's", seen)
	}
}
