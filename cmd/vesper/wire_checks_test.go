package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/templates"
)

// checkedText loads a configuration of this text with the checks of all parts.
func checkedText(t *testing.T, text string) (*config.Config, []*digest.Flaw, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vesper.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var looks *templates.Set
	c, flaws, err := config.Load(path, none, edgeChecks(&looks)...)
	if err != nil {
		t.Fatal(err)
	}
	return c, flaws, path
}

// TestWhatAPartRefusesIsAFlawOfItsKey: what rendering, sending or signing would
// refuse is said before, with the line of the key.
func TestWhatAPartRefusesIsAFlawOfItsKey(t *testing.T) {
	const mechanisms = `"kerberos" is not an AUTH mechanism that is known here: `
	for _, c := range []struct {
		text string // added from line 7 on, where the table of the relay goes on
		line int
		want string
	}{
		{"port = 0", 7, "0 is not a port: 1 to 65535"},
		{"rate = -1.0", 7, "a rate of -1 messages a second is negative"},
		{"username = \"\"\npassword = \"x\"", 8, "the relay has a password but no user name"},
		{"auth = \"kerberos\"\nusername = \"x\"", 7, mechanisms},
		{"port = 25\nauth = \"plain\"", 8, "the relay has an AUTH mechanism but no user name"},
		{"port = 25\ntls = \"none\"", 8, `tls = "none" is for this machine only, and smtp.news.example is another`},
		{"tls = \"starttls\"", 7, `tls is required, implicit or none, not "starttls"`},
		{"[[relay]]\nhost = \"a:25\"", 8, `"a:25" is not the name or IP address of a relay`},
		{"[[edition]]\nschedule = \"* * * * *\"", 8, `schedule "* * * * *" happens more than once a day`},
		{"[layout]\naccent = \"#ffffff\"", 8, "accent"},
		{"[layout]\naccent_dark = \"#000000\"", 8, "accent_dark"},
		{"[layout]\nlook = \"tabloid\"", 8, `there is no look "tabloid"`},
		{"[web]\nbase_url = \"http://mail.news.example\"", 8, "base URL"},
		{"[dkim]\nselector = \"v 1\"", 8, `selector "v 1" is not valid`},
		{"[dkim]\nkey_file = \"keys/v1.pem\"", 7, "domain is missing from [dkim]"},
		{"[dkim]\ndomain = \"News.example\"", 8, `domain "News.example" is not a domain name`},
		{"[dkim]\ndomain = \"ews.example\"", 8, `domain "ews.example" is neither the domain of from, news.example,`},
	} {
		_, flaws, path := checkedText(t, required+c.text)
		if len(flaws) != 1 || !strings.Contains(flaws[0].Problem, c.want) {
			t.Errorf("%q: got %v, want %q", c.text, flaws, c.want)
			continue
		}
		if prefix := fmt.Sprintf("%s:%d: ", path, c.line); !strings.HasPrefix(flaws[0].Error(), prefix) {
			t.Errorf("%q: got %q, want it to begin with %q", c.text, flaws[0], prefix)
		}
	}
}

func TestAPasswordThatMayNotBeIsAFlawOfItsFile(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, flaws, path := checkedText(t, fmt.Sprintf("%s\npassword_file = %q", required, secret))
	want := path + ":8: the relay has a password but no user name"
	if len(flaws) != 1 || flaws[0].Error() != want {
		t.Errorf("got %v, want %q", flaws, want)
	}
}

// FuzzConfigOfAllParts: whatever an admin writes, every check ends with a flaw or
// a configuration.
func FuzzConfigOfAllParts(f *testing.F) {
	f.Add(required)
	f.Add(string(config.Commented()))
	f.Add(required + "[templates]\ndir = \".\"\n[dkim]\ndomain = \"\\u00fc\"\n[[relay]]\nhost = \"[::1]\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, flaws, _ := checkedText(t, text)
		if c == nil && len(flaws) == 0 {
			t.Fatal("neither a configuration nor a flaw")
		}
		for _, flaw := range flaws {
			if strings.ContainsAny(flaw.Error(), "\n") {
				t.Fatalf("a flaw of more than one line: %q", flaw)
			}
		}
	})
}
