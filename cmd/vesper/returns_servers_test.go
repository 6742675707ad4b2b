package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"vesper/digest/whole"
	"vesper/subscribers"
	"vesper/subscribers/store"
)

// there is the server of the readers. It refuses each as their name asks for.
type there struct{}

func (there) NewSession(*smtp.Conn) (smtp.Session, error) { return there{}, nil }

func (there) Reset()                               {}
func (there) Logout() error                        { return nil }
func (there) Mail(string, *smtp.MailOptions) error { return nil }
func (there) Rcpt(to string, _ *smtp.RcptOptions) error {
	for name, refusal := range refusals {
		if strings.HasPrefix(to, name) && refusal != nil {
			return refusal
		}
	}
	return nil
}

func (there) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// refusals are what readers' servers say, by how their names begin; to good ones nothing.
var refusals = map[string]*smtp.SMTPError{
	"unknown": {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here"},
	"full":    {Code: 552, EnhancedCode: smtp.EnhancedCode{5, 2, 2}, Message: "mailbox full"},
	"grey":    {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, come again"},
	"spam":    {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "message refused as spam by local policy"},
	"good":    nil,
}

// asksFor are the classes of what comes back from each.
var asksFor = map[string]subscribers.Class{
	"unknown": subscribers.ClassRemove, "full": subscribers.ClassCount, "grey": subscribers.ClassWait,
	"spam": subscribers.ClassSender,
}

func startThere(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(there{})
	s.Domain = "mx.reader.example"
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// relaying are mail servers that send on to the readers' server, and bring what comes back to
// the door of serve. Each gives its own port.
var relaying = map[string]func(t *testing.T, there, door int) (port int, said func() string){
	"Postfix": func(t *testing.T, there, door int) (int, func() string) {
		p := startPostfix(t, fmt.Sprintf(`default_transport = smtp:[127.0.0.1]:%d
transport_maps = inline:{ {bounce.news.example = lmtp:inet:127.0.0.1:%d} }
disable_dns_lookups = yes
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
maximal_queue_lifetime = 3s
bounce_queue_lifetime = 100s
`, there, door), "smtp unix - - n - - smtp", "lmtp unix - - n - - lmtp", "scache unix - - n - 1 scache", "")
		return p.port, p.dialogues
	},
	"Exim": func(t *testing.T, there, door int) (int, func() string) {
		s := newServer(t, "exim4")
		its, err := user.Lookup("Debian-exim")
		if err != nil {
			t.Skip("exim4 has no user Debian-exim")
		}
		uid, _ := strconv.Atoi(its.Uid)
		if err := os.Chown(s.dir, uid, -1); err != nil {
			t.Fatal(err)
		}
		// It runs itself for each delivery.
		program, err := exec.LookPath("exim4")
		if err != nil {
			t.Fatal(err)
		}
		s.write(t, "exim.conf", fmt.Sprintf(eximRelay, s.dir, s.port, door, there, program))
		s.run(t, "exim4", "-C", filepath.Join(s.dir, "exim.conf"), "-bdf", "-q1s")
		return s.port, s.said
	},
	"OpenSMTPD": func(t *testing.T, there, door int) (int, func() string) {
		s := newServer(t, "smtpd")
		for _, name := range []string{"opensmtpd", "opensmtpq"} {
			if _, err := user.Lookup(name); err != nil {
				t.Skip("OpenSMTPD has no user " + name)
			}
		}
		if err := exec.Command("unshare", "--mount", "true").Run(); err != nil {
			t.Skipf("OpenSMTPD can't have folders of its own: unshare --mount: %v", err)
		}
		s.write(t, "smtpd.conf", fmt.Sprintf(smtpdRelay, s.port, door, there))
		s.run(t, "unshare", "--mount", "sh", "-c", smtpdsOwn, s.dir)
		return s.port, s.said
	},
}

const smtpdRelay = `listen on 127.0.0.1 port %d hostname mx.relay.example
queue ttl 3s
action "door" relay host "lmtp://127.0.0.1:%d"
action "out" relay host "smtp+notls://127.0.0.1:%d"
match from any for domain "bounce.news.example" action "door"
match from any for any action "out"
`

// smtpdsOwn are the folders that OpenSMTPD has by name, made anew where nobody else sees
// them.
const smtpdsOwn = `mount -t tmpfs tmpfs /var/spool && mkdir -m 711 /var/spool/smtpd &&
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/lib && mkdir -p /var/lib/opensmtpd/empty &&
chmod 755 /var/lib/opensmtpd /var/lib/opensmtpd/empty && exec smtpd -d -f "$0/smtpd.conf"`

const eximRelay = `primary_hostname = mx.relay.example
local_interfaces = 127.0.0.1
daemon_smtp_ports = %[2]d
spool_directory = %[1]s
log_file_path = %[1]s/%%slog
pid_file_path = %[1]s/pid
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
keep_environment =
exim_path = %[5]s
qualify_domain = relay.example
acl_smtp_rcpt = accept
begin routers
door:
  driver = manualroute
  domains = bounce.news.example
  route_list = * 127.0.0.1
  self = send
  transport = door
out:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = out
begin transports
door:
  driver = smtp
  protocol = lmtp
  port = %[3]d
  hosts_avoid_tls = *
out:
  driver = smtp
  port = %[4]d
  hosts_avoid_tls = *
begin retry
bounce.news.example * F,2m,1s
* * F,3s,1s
`

// readers gives the addresses of readers by their rows.
func (n *newsroom) readers(t *testing.T) map[int64]string {
	t.Helper()
	file, err := store.Open(t.Context(), filepath.Join(n.dir, "vesper.db"), store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all := map[int64]string{}
	for s, err := range file.List().Subscribers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all[s.ID] = s.Address.Mailbox()
	}
	return all
}

// eachKind is how many readers there are of each kind.
const eachKind = 3

// bounced is a newsroom whose edition goes to a mail server on a port, for readers of whom
// most are refused, with more lines in its configuration.
func bounced(t *testing.T, port int, more string) *newsroom {
	t.Helper()
	n := newNewsroom(t, 0)
	config := filepath.Join(n.dir, "vesper.toml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`(?m)^port = \d+$`).ReplaceAll(text, fmt.Appendf(nil, "port = %d", port))
	if err := os.WriteFile(config, append(text, more...), 0o600); err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	for kind := range refusals {
		for i := range eachKind {
			fmt.Fprintf(&list, "%s%d@reader.example\n", kind, i)
		}
	}
	if err := os.WriteFile(filepath.Join(n.dir, "list.txt"), list.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

// heardBack waits until something has come back for each reader who was refused. Said is what
// the others have logged.
func (n *newsroom) heardBack(t *testing.T, said func() string) {
	t.Helper()
	want := eachKind * len(asksFor)
	for late := time.Now().Add(90 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		got := len(n.reports(t))
		if got >= want {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%d reports, want %d:\n%.20000s", got, want, said())
		}
	}
}

// areRight holds the reports to what each reader's server said.
func (n *newsroom) areRight(t *testing.T) {
	t.Helper()
	readers := n.readers(t)
	seen := map[int64]bool{}
	for _, r := range n.reports(t) {
		kind := strings.TrimRight(strings.Split(readers[r.Subscriber], "@")[0], "0123456789")
		if r.Proof != subscribers.ByReturnPath || r.Edition != 1 || seen[r.Subscriber] || r.Class != asksFor[kind] {
			t.Errorf("%s: %s, %s, %s, %s, edition %d, %s", readers[r.Subscriber], r.Proof, r.Class, r.Cause, r.Rule,
				r.Edition, r.Diagnostic)
		}
		seen[r.Subscriber] = true
	}
	if want := eachKind * len(asksFor); len(seen) != want {
		t.Errorf("reports of %d readers, want %d", len(seen), want)
	}
}

func TestWhatRealServersBounceIsOfTheRightReaderAndEdition(t *testing.T) {
	whole.NotRaced(t)
	t.Parallel()
	for name, start := range relaying {
		t.Run(name, func(t *testing.T) {
			door := freePort(t)
			port, said := start(t, startThere(t), door)
			n := bounced(t, port, fmt.Sprintf("[bounces]\nlisten = \"127.0.0.1:%d\"\n", door))
			n.run(t, "subscribers", "import", "list.txt", "--confirmed")
			n.run(t, "edition", "send", "--yes")
			s := n.service(t, time.Now)
			s.heard.says(t, "what comes back is taken")
			n.heardBack(t, func() string { return s.heard.String() + "\n" + said() })
			s.ends(t)
			n.areRight(t)
		})
	}
}

// TestWhatPostfixPipesIsRead has no service: Postfix runs "bounces read" for each message,
// as a user of its own.
func TestWhatPostfixPipesIsRead(t *testing.T) {
	t.Parallel()
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skip("there is no user nobody to pipe to")
	}
	uid, _ := strconv.Atoi(nobody.Uid)
	program, err := exec.LookPath("vesper")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	// It comes here as somebody else.
	for _, dir := range []string{filepath.Dir(home), filepath.Dir(program), filepath.Dir(filepath.Dir(program))} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Skipf("another user can't come to %s: %v", dir, err)
		}
	}
	p := startPostfix(t, fmt.Sprintf(`default_transport = smtp:[127.0.0.1]:%d
transport_maps = inline:{ {bounce.news.example = vesper:} }
disable_dns_lookups = yes
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
maximal_queue_lifetime = 3s
bounce_queue_lifetime = 100s
`, startThere(t)), "smtp unix - - n - - smtp", "scache unix - - n - 1 scache",
		"vesper unix - n n - 2 pipe flags=R user=nobody argv="+program+" --config "+home+"/vesper.toml bounces read", "")
	n := bounced(t, p.port, "")
	// Where the pipe finds it.
	for _, name := range []string{"vesper.toml", "list.txt", "desk"} {
		if err := os.Rename(filepath.Join(n.dir, name), filepath.Join(home, name)); err != nil {
			t.Fatal(err)
		}
	}
	n.dir = home
	for _, name := range []string{"", "vesper.toml", "desk"} {
		if err := os.Chown(filepath.Join(home, name), uid, uid); err != nil {
			t.Skipf("only root can give files away: %v", err)
		}
	}
	n.run(t, "subscribers", "import", "list.txt", "--confirmed")
	n.run(t, "edition", "send", "--yes")
	n.heardBack(t, p.routes)
	n.areRight(t)
}
