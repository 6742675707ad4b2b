package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/subscribers/web"
)

// TestTheUnitPermitsWhatTheConfigurationAsksFor: folders to write to, a socket's too, and a
// port that not everybody may listen on. doctor reads the same out of it.
func TestTheUnitPermitsWhatTheConfigurationAsksFor(t *testing.T) {
	n := newNewsroom(t, 0)
	spool := filepath.Join(n.dir, "spool 50%")
	for listen, want := range map[string]struct {
		lines  []string
		writes string
	}{
		"127.0.0.1:2525":                {[]string{"CapabilityBoundingSet=", "PrivateUsers=yes"}, n.dir},
		"127.0.0.1:25":                  {[]string{"AmbientCapabilities=CAP_NET_BIND_SERVICE"}, n.dir},
		"unix:/run/vesper/bounces.sock": {[]string{"RuntimeDirectory=vesper", "ReadWritePaths=" + n.dir}, "/run/vesper"},
		"unix:" + spool + "/bounces":    {nil, spool},
		"unix:/var/spool/post box/private/x": {
			[]string{"ReadWritePaths=" + n.dir + ` "/var/spool/post box/private"`}, "/var/spool/post box/private",
		},
	} {
		more := "[bounces]\nlisten = \"" + listen + "\"\n"
		n.changes(t, "[publication]", more+"[publication]")
		text := n.output(t, "install-service", "-n", "--binary", "/usr/bin/vesper")
		n.changes(t, more, "")
		for _, line := range want.lines {
			if !strings.Contains("\n"+text, "\n"+line+"\n") {
				t.Errorf("%s: the unit has no line %s:\n%s", listen, line, text)
			}
		}
		if strings.Contains(text, "PrivateUsers") && strings.Contains(text, "CAP_NET_BIND") {
			t.Errorf("%s: a right in a user namespace is none", listen)
		}
		file := filepath.Join(t.TempDir(), "vesper.service")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if !readUnit(file).permits(want.writes) || readUnit(file).permits("/var/elsewhere") {
			t.Errorf("%s: doctor does not read it as it is written:\n%s", listen, text)
		}
	}
}

// TestTheUnitPermitsBackups: also into a folder whose disk is not mounted, which is no
// reason not to start.
func TestTheUnitPermitsBackups(t *testing.T) {
	n := newNewsroom(t, 0)
	text := n.config(t)
	for dir, want := range map[string]string{
		"/mnt/vesper":       "-/mnt/vesper",
		"/mnt/back up":      `"-/mnt/back up"`,
		n.dir + "/backups/": "ReadWritePaths=" + n.dir + "\n",
	} {
		n.write(t, "vesper.toml", text+"[backup]\ndir = \""+dir+"\"\n")
		unit := n.output(t, "install-service", "-n", "--binary", "/usr/bin/vesper")
		if !strings.Contains(unit, want) {
			t.Errorf("%s: the unit has no %s:\n%s", dir, want, unit)
		}
		file := filepath.Join(t.TempDir(), "vesper.service")
		writeFile(t, file, unit)
		if !readUnit(file).permits(dir) {
			t.Errorf("%s: doctor does not read it as it is written:\n%s", dir, unit)
		}
	}
}

func TestTheProxyCheckSaysWhatItSees(t *testing.T) {
	direct := web.Seen{Peer: "127.0.0.1", Client: "127.0.0.1"}
	behind := web.Seen{Peer: "127.0.0.1", Client: "198.51.100.7", Trusted: true, Forwarded: true}
	unknown := web.Seen{Peer: "127.0.0.1", Client: "127.0.0.1", Forwarded: true}
	for name, one := range map[string]struct {
		https bool
		is    web.Seen
		want  string
	}{
		"alone":                            {false, direct, "ok none is needed"},
		"a server in front, without https": {false, behind, "ok the web server in front says who asks, and is believed: it comes from 127.0.0.1"},
		"an unknown one, without https":    {false, unknown, "fail the web server in front comes from 127.0.0.1"},
		"a server in front":                {true, behind, "ok the web server in front says who asks"},
		"one that does not say that it is": {true, direct, "fail the web server in front comes from 127.0.0.1"},
	} {
		f := judged(one.https, one.is, one.is)
		if got := string(f.Result) + " " + f.Message; !strings.HasPrefix(got, one.want) {
			t.Errorf("%s: got %q, want %q", name, got, one.want)
		}
	}
}
