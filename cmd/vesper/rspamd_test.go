package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// rspamd is a real one in a folder of its own.
type rspamd struct{ address string }

// verdict is what rspamd says of a message.
type verdict struct {
	Score   float64
	Symbols map[string]struct{ Score float64 }
}

// String names the symbols with their scores, and those without one behind them.
func (v verdict) String() string {
	var counted, others []string
	for _, name := range slices.Sorted(maps.Keys(v.Symbols)) {
		if s := v.Symbols[name]; s.Score != 0 {
			counted = append(counted, fmt.Sprintf("%s %.2f", name, s.Score))
		} else {
			others = append(others, name)
		}
	}
	return fmt.Sprintf("%.2f: %s; for nothing: %s", v.Score, strings.Join(counted, ", "), strings.Join(others, ", "))
}

// rspamdFiles gives by name what differs from Debian's configuration: the port,
// where to ask the DNS, that nobody else is asked, and the list of domains.
func rspamdFiles(port, dns int, domains string) map[string]string {
	files := map[string]string{
		"options.inc":           fmt.Sprintf("dns { nameserver = [\"127.0.0.1:%d\"]; }\nurl_tld = %q;\n", dns, domains),
		"logging.inc":           "type = \"console\";\nlevel = \"notice\";\n",
		"worker-normal.inc":     fmt.Sprintf("bind_socket = \"127.0.0.1:%d\";\ncount = 1;\n", port),
		"worker-controller.inc": "enabled = false;\n",
		"worker-proxy.inc":      "enabled = false;\n",
	}
	for _, module := range []string{"asn", "fuzzy_check", "rbl", "rspamd_update", "url_redirector"} {
		files[module+".conf"] = "enabled = false;\n"
	}
	return files
}

// startRspamd starts an rspamd that lasts as long as the test and asks the DNS at
// a port on loopback.
func startRspamd(t *testing.T, dns int) *rspamd {
	t.Helper()
	if _, err := exec.LookPath("rspamd"); err != nil {
		t.Skip("rspamd is not installed")
	}
	port := freePort(t)
	dir := t.TempDir()
	local := filepath.Join(dir, "local.d")
	if err := os.Mkdir(local, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range rspamdFiles(port, dns, topLevel(t, dir)) {
		if err := os.WriteFile(filepath.Join(local, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := &rspamd{address: fmt.Sprintf("http://127.0.0.1:%d", port)}
	r.start(t, dir)
	return r
}

// topLevel writes a list of the top-level domains that Debian's rspamd knows, and gives its
// name. The whole list has ten thousand more below them, such as co.uk, where no mail of
// the tests comes from: rspamd makes patterns of each, which takes 20 of its 24 seconds.
func topLevel(t *testing.T, dir string) string {
	t.Helper()
	whole, err := os.ReadFile("/usr/share/rspamd/effective_tld_names.dat")
	if err != nil {
		t.Fatal(err)
	}
	var list strings.Builder
	for line := range strings.Lines(string(whole)) {
		if !strings.ContainsAny(line, "./") {
			list.WriteString(line)
		}
	}
	path := filepath.Join(dir, "top-level.dat")
	if err := os.WriteFile(path, []byte(list.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// start runs rspamd and waits until it answers.
func (r *rspamd) start(t *testing.T, dir string) {
	t.Helper()
	args := []string{"--no-fork", "--insecure", "--config", "/etc/rspamd/rspamd.conf"}
	for _, name := range []string{"LOCAL_CONFDIR", "DBDIR", "RUNDIR", "LOGDIR"} {
		args = append(args, "--var="+name+"="+dir)
	}
	c := exec.Command("rspamd", args...)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Wait()
	}()
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case <-tick.C:
			if answer, err := http.Get(r.address + "/ping"); err == nil {
				answer.Body.Close()
				return
			}
		case <-ended:
			t.Fatalf("rspamd did not start:\n%s", &said)
		}
	}
}

// check asks for a verdict as a mail server does that has the message from the
// relay.
func (r *rspamd) check(t *testing.T, a arrived) verdict {
	t.Helper()
	ask, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.address+"/checkv2",
		bytes.NewReader(a.received()))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"IP": relayAddress, "Helo": relayHost, "Hostname": relayHost, "From": a.from, "Rcpt": a.to,
	} {
		ask.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(ask)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var v verdict
	if err := json.NewDecoder(answer.Body).Decode(&v); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("rspamd answers %s: %v", answer.Status, err)
	}
	return v
}

// dns gives what a publication and its relay publish.
func (a arrived) dns(domain string) zone {
	host := &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr(relayAddress).As16()}
	mx := &dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(relayHost + ".")}
	spf := txtRecord("v=spf1 ip6:" + relayAddress + " -all")
	return zone{
		domain:             {mx, spf},
		"bounce." + domain: {mx, spf},
		"_dmarc." + domain: {txtRecord("v=DMARC1; p=reject")},
		a.key:              {txtRecord(a.keyText)},
		relayHost:          {host},
	}
}
