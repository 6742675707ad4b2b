//go:build unix

// Package pgtest starts a PostgreSQL for tests: in a temporary folder, on a Unix socket
// alone, as the machine's user postgres where root asks.
package pgtest

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is one PostgreSQL, with a folder of its own.
type Server struct {
	// Dir has its data, its socket and its log.
	Dir string
	bin string
	// as is what PostgreSQL's programs run under, split at spaces: they refuse to run as root.
	as string
	// leash is the input of the shell that the server runs under: see keep.
	leash io.Closer
	ended chan struct{}
}

// one is the server that the tests of one process share.
var one struct {
	sync.Once
	server *Server
	err    error
	many   int
	mu     sync.Mutex
}

// New gives the address of a new empty database of the server that all tests of this
// process share. Texts are compared there octet by octet. The test is skipped where this
// machine has no PostgreSQL.
func New(t testing.TB) string {
	t.Helper()
	return next(t, "")
}

// Copy is New, and the database has all that the one at this address has, which costs a fifth of
// making it again. Nobody may be connected to that.
func Copy(t testing.TB, of string) string {
	t.Helper()
	u, err := url.Parse(of)
	if err != nil {
		t.Fatal(err)
	}
	return next(t, strings.TrimPrefix(u.Path, "/"))
}

// next makes the shared server's next database.
func next(t testing.TB, of string) string {
	t.Helper()
	one.Do(func() {
		bin := programs(t)
		// What a test writes is to survive no power cut.
		one.server, one.err = start(bin, "fsync = off", "full_page_writes = off")
	})
	if one.err != nil {
		t.Fatal(one.err)
	}
	if one.server == nil {
		programs(t)
	}
	one.mu.Lock()
	one.many++
	name := fmt.Sprintf("vesper%d", one.many)
	one.mu.Unlock()
	return one.server.database(t, name, of)
}

// Start gives a server of the test's own, which writes to the disk as one does that is
// meant, with these settings besides. It ends with the test.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := start(programs(t), settings...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Installed says whether this machine has a PostgreSQL.
func Installed() bool { return folder() != "" }

// programs gives the folder of PostgreSQL's programs.
func programs(t testing.TB) string {
	t.Helper()
	dir := folder()
	if dir == "" {
		t.Skip("there is no PostgreSQL (initdb)")
	}
	return dir
}

// folder gives the folder of PostgreSQL's programs, of the newest if there are several; "" is
// none.
func folder() string {
	if path, err := exec.LookPath("initdb"); err == nil {
		// Of several programs one may have a link there, and the others not.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

func start(bin string, settings ...string) (*Server, error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, bin: bin}
	if err := s.own(); err != nil {
		return nil, err
	}
	line := append(strings.Fields(s.as), filepath.Join(bin, "initdb"), "-D", s.data(), "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync")
	made := s.command(line[0], line[1:]...)
	if out, err := made.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	lines := append([]string{
		"listen_addresses = ''", "unix_socket_directories = '" + dir + "'", "max_connections = 300",
		"log_min_messages = warning",
	}, settings...)
	if err := s.set(lines...); err != nil {
		return nil, err
	}
	return s, s.run()
}

// set adds lines to the server's settings.
func (s *Server) set(lines ...string) error {
	conf, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = conf.WriteString(strings.Join(lines, "\n") + "\n")
	return errors.Join(err, conf.Close())
}

// own gives the folder to the user postgres where we are root.
func (s *Server) own() error {
	if os.Geteuid() != 0 {
		return nil
	}
	s.as = "runuser -u postgres --"
	who, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return err
	}
	return os.Chown(s.Dir, uid, -1)
}
