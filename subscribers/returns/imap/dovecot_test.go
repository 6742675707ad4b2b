package imap_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"vesper/subscribers/returns/imap"
)

const dovecotConf = `base_dir = %[1]s/run
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
first_valid_uid = 1
mail_location = maildir:~/Maildir
service imap-login {
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = %[3]d
    ssl = yes
  }
}
service anvil {
  chroot =
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=%[1]s/mail
}
namespace inbox {
  inbox = yes
}
`

// dovecot starts a real Dovecot that lasts as long as the test. It gives its Maildir, its
// ports without and with TLS, and its certificate.
func dovecot(t *testing.T) (maildir string, ports [2]int, trust *tls.Config) {
	t.Helper()
	if _, err := exec.LookPath("dovecot"); err != nil {
		t.Skip("dovecot is not installed")
	}
	if os.Getuid() != 0 {
		t.Skip("dovecot is started by root alone")
	}
	dir, err := os.MkdirTemp("", "dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port
		l.Close()
	}
	trust = certificate(t, dir)
	maildir = filepath.Join(dir, "mail", "Maildir")
	for _, folder := range []string{"cur", "new", "tmp"} {
		must(t, os.MkdirAll(filepath.Join(maildir, folder), 0o755))
	}
	must(t, os.Chmod(dir, 0o755))
	conf := filepath.Join(dir, "dovecot.conf")
	must(t, os.WriteFile(conf, fmt.Appendf(nil, dovecotConf, dir, ports[0], ports[1]), 0o644))
	c := exec.Command("dovecot", "-F", "-c", conf)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(t, c.Start())
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		c.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("%s", log)
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; {
		l, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ports[0]))
		if err == nil {
			l.Close()
			return maildir, ports, trust
		}
		if time.Now().After(deadline) {
			t.Fatal("dovecot did not start")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// certificate writes one for 127.0.0.1, and gives what trusts it.
func certificate(t *testing.T, dir string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	is := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, is, is, key.Public(), key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	pool := x509.NewCertPool()
	made, err := x509.ParseCertificate(der)
	must(t, err)
	pool.AddCert(made)
	return &tls.Config{RootCAs: pool}
}

func TestADovecotsMailboxIsTakenOverTLS(t *testing.T) {
	maildir, ports, trust := dovecot(t)
	for i, how := range []string{"required", "implicit"} {
		d := &takes{}
		m := &imap.Mailbox{
			Host: "127.0.0.1", Port: ports[i], TLS: how, Username: "bounces", Password: "secret", Folder: "INBOX",
			Done: "Vesper", Desk: d, Places: d, Log: slog.New(slog.DiscardHandler), Config: trust,
		}
		for n, text := range []string{
			fmt.Sprintf(failed, "one"), "From: ida@reader.example\r\nSubject: a letter\r\n\r\nDear editor\r\n",
			fmt.Sprintf(failed, "two"),
		} {
			name := filepath.Join(maildir, "new", fmt.Sprintf("%d.M%dP%d.mx", time.Now().Unix(), n, i))
			must(t, os.WriteFile(name, []byte(text), 0o644))
		}
		must(t, exec.Command("chown", "-R", "nobody:nogroup", filepath.Dir(maildir)).Run())
		want := imap.Looked{Taken: 2, Left: 1}
		if i == 1 {
			want.Left = 2 // the letter of before: this desk has not seen it
		}
		if looked := look(t, m); looked != want {
			t.Errorf("%s: got %+v, want %+v", how, looked, want)
		}
		if looked := look(t, m); looked != (imap.Looked{}) {
			t.Errorf("%s: the second look: %+v", how, looked)
		}
		filed, err := filepath.Glob(filepath.Join(maildir, ".Vesper", "[nc]*", "*"))
		if must(t, err); len(filed) != 2*(i+1) {
			t.Errorf("%s: %d messages are filed, want %d", how, len(filed), 2*(i+1))
		}
		left, err := filepath.Glob(filepath.Join(maildir, "[nc]*", "*"))
		if must(t, err); len(left) != i+1 {
			t.Errorf("%s: %d messages are left, want %d", how, len(left), i+1)
		}
	}
	// What can't be filed is recorded, stays, and holds up no other.
	for n := range 2 {
		name := filepath.Join(maildir, "new", fmt.Sprintf("%d.M%dP9.mx", time.Now().Unix(), n))
		must(t, os.WriteFile(name, fmt.Appendf(nil, failed, "unfiled"), 0o644))
		must(t, exec.Command("chown", "nobody:nogroup", name).Run())
	}
	d := &takes{}
	m := &imap.Mailbox{
		Host: "127.0.0.1", Port: ports[1], TLS: "implicit", Username: "bounces", Password: "secret", Folder: "INBOX",
		Done: "no//folder", Desk: d, Places: d, Log: slog.New(slog.DiscardHandler), Config: trust,
	}
	if looked, err := m.Look(t.Context()); err == nil || looked.Taken != 2 {
		t.Errorf("a folder that takes nothing: got %+v, %v", looked, err)
	}
	if looked := look(t, m); looked != (imap.Looked{}) {
		t.Errorf("the second look: %+v", looked)
	}
	wrong := &imap.Mailbox{
		Host: "127.0.0.1", Port: ports[1], TLS: "implicit", Username: "bounces", Password: "secret",
		Folder: "INBOX", Done: "Vesper", Log: slog.New(slog.DiscardHandler),
	}
	if _, err := wrong.Look(t.Context()); err == nil {
		t.Error("a certificate that nobody vouches for is trusted")
	}
}
