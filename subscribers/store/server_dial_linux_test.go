package store

import (
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vesper/subscribers/pgtest"
)

// Where a server's machine loses its power nothing says so: the kernel is to notice it soon.
func TestAConnectionNoticesThatTheServersMachineIsGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := pgx.ParseConfig("postgres://vesper@" + l.Addr().String() + "/vesper")
	if err != nil {
		t.Fatal(err)
	}
	notices(c)
	conn, err := c.DialFunc(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ option, want int }{
		"TCP_USER_TIMEOUT": {userTimeout, 30_000}, "TCP_KEEPIDLE": {syscall.TCP_KEEPIDLE, 10},
		"TCP_KEEPINTVL": {syscall.TCP_KEEPINTVL, 5}, "TCP_KEEPCNT": {syscall.TCP_KEEPCNT, 3},
	} {
		err := raw.Control(func(fd uintptr) {
			got, err := syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, test.option)
			if got != test.want || err != nil {
				t.Errorf("%s is %d, %v; want %d", name, got, err, test.want)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// swallows stands before a server, and lets all of its connections fall silent when it is told to.
// Those that come later pass.
type swallows struct {
	net.Listener
	to    string
	mu    sync.Mutex
	quiet *bool
}

// before gives the address of a server behind a proxy that may swallow.
func before(t *testing.T, address string) (*swallows, string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &swallows{Listener: l, to: filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"), quiet: new(bool)}
	go s.serve(t)
	u.Host, u.RawQuery = l.Addr().String(), ""
	return s, u.String()
}

func (s *swallows) serve(t *testing.T) {
	for {
		in, err := s.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		to := s.to
		s.mu.Unlock()
		out, err := net.Dial("unix", to)
		if err != nil {
			in.Close()
			continue
		}
		t.Cleanup(func() { in.Close(); out.Close() })
		s.mu.Lock()
		quiet := s.quiet
		s.mu.Unlock()
		go s.copies(in, out, quiet)
		go s.copies(out, in, quiet)
	}
}

func (s *swallows) copies(to io.WriteCloser, from io.Reader, quiet *bool) {
	defer to.Close()
	for b := make([]byte, 32<<10); ; {
		n, err := from.Read(b)
		s.mu.Lock()
		swallow := *quiet
		s.mu.Unlock()
		if err != nil {
			return
		}
		if swallow {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// leads has the connections that come lead to another server.
func (s *swallows) leads(address string) {
	u, _ := url.Parse(address)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")
}

// silence has all connections that there are say nothing more.
func (s *swallows) silence() {
	s.mu.Lock()
	defer s.mu.Unlock()
	*s.quiet, s.quiet = true, new(bool)
}

// A fail-over may leave idle connections that say nothing more. Whoever asks is not to wait for
// each of them as long as for a server that is away.
func TestIdleConnectionsThatFellSilentKeepNobody(t *testing.T) {
	t.Parallel()
	proxy, url := before(t, pgtest.New(t))
	s := openServerAt(t, url, Options{})
	const idle = 2
	var all sync.WaitGroup
	for range idle {
		all.Go(func() {
			if _, err := s.server.pool.Exec(t.Context(), `SELECT pg_sleep(0.2)`); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	proxy.silence()
	time.Sleep(1100 * time.Millisecond) // a connection that answered within a second is not asked
	began := time.Now()
	if _, err := s.Machines(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s", took.Round(time.Second))
	}
}
