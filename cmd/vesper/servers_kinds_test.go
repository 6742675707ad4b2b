package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const eximConf = `primary_hostname = mx.relay.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[2]d
spool_directory = %[1]s
log_file_path = %[1]s/%%slog
pid_file_path = %[1]s/pid
queue_only
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
keep_environment =
log_selector = +smtp_connection
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny message = 5.1.1 no such mailbox
       local_parts = ^unknown
  accept
begin routers
begin transports
`

// eximServer is an Exim that keeps what it takes in its queue.
func eximServer(t *testing.T, _, _ []string) *server {
	s := newServer(t, "exim4")
	its, err := user.Lookup("Debian-exim")
	if err != nil {
		t.Skip("exim4 has no user Debian-exim")
	}
	uid, _ := strconv.Atoi(its.Uid)
	if err := os.Chown(s.dir, uid, -1); err != nil {
		t.Fatal(err)
	}
	s.begun = regexp.MustCompile(`SMTP connection from \[.*\] \(TCP/IP connection count`)
	s.ended = regexp.MustCompile(`closed by QUIT|dropped: |disconnection while|connection lost|timeout`)
	s.cut = regexp.MustCompile(`.*(dropped: |disconnection while .* from \(|connection lost|timeout).*`)
	s.write(t, "exim.conf", fmt.Sprintf(eximConf, s.dir, s.port))
	s.run(t, "exim4", "-C", filepath.Join(s.dir, "exim.conf"), "-bdf")
	return s
}

const chasquidConf = `hostname: "mx.relay.example"
smtp_address: "127.0.0.1:%[2]d"
mail_delivery_agent_bin: "/bin/true"
data_dir: "%[1]s/data"
mail_log_path: "<stderr>"
`

// chasquidServer is a chasquid that throws away what it takes for the living. It
// asks the DNS about senders, for which there is none where it runs.
func chasquidServer(t *testing.T, living, _ []string) *server {
	s := newServer(t, "chasquid")
	if err := exec.Command("unshare", "--mount", "true").Run(); err != nil {
		t.Skipf("chasquid can't be kept from the DNS: unshare --mount: %v", err)
	}
	s.begun = regexp.MustCompile(`Connected, mode: SMTP`)
	s.ended = regexp.MustCompile(`-> QUIT|too many errors|client closed the connection|exiting with error`)
	s.cut = regexp.MustCompile(`.*(too many errors|client closed the connection|exiting with error).*`)
	var aliases strings.Builder
	for _, address := range living {
		name, _, _ := strings.Cut(address, "@")
		fmt.Fprintf(&aliases, "%s: box\n", name)
	}
	s.write(t, "conf/chasquid.conf", fmt.Sprintf(chasquidConf, s.dir, s.port))
	s.write(t, "conf/domains/reader.example/aliases", aliases.String())
	s.write(t, "resolv.conf", "nameserver 127.0.0.1\noptions attempts:1 timeout:1\n")
	certificate, key := selfSigned(t, "mx.relay.example")
	s.write(t, "conf/certs/mx.relay.example/fullchain.pem", certificate)
	s.write(t, "conf/certs/mx.relay.example/privkey.pem", key)
	s.run(t, "unshare", "--mount", "sh", "-c",
		`mount --bind "$0/resolv.conf" /etc/resolv.conf && exec chasquid -config_dir "$0/conf" -v 3`, s.dir)
	return s
}

// selfSigned gives a certificate and its key.
func selfSigned(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// postfixServer is a Postfix that throws away what it takes.
func postfixServer(t *testing.T, _, unknown []string) *server {
	table := make([]string, len(unknown))
	for i, address := range unknown {
		table[i] = "{" + address + " = 550 5.1.1 no such mailbox}"
	}
	p := startPostfix(t, "smtpd_recipient_restrictions = check_recipient_access inline:{"+strings.Join(table, ", ")+"}")
	return &server{
		port: p.port, said: p.dialogues,
		begun: regexp.MustCompile(`: connect from`),
		ended: regexp.MustCompile(`: disconnect from`),
		cut:   regexp.MustCompile(`.*((timeout|too many errors) after|lost connection after [^C]).*`),
	}
}
