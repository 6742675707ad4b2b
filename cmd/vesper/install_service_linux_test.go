package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
