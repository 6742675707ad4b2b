package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/cmd/vesper/config"
	"vesper/templates"
)

// none is an environment that sets nothing, but that logs are text, which tests read.
func none(name string) string {
	if name == logFormat {
		return "text"
	}
	return ""
}

const required = `[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
[[relay]]
host = "smtp.news.example"
`

func TestAPasswordIsReadFromItsFileAndNeverShown(t *testing.T) {
	dir := t.TempDir()
	text := required + "username = \"evening\"\npassword_file = \"secret\"\n"
	for name, text := range map[string]string{"secret": "hunter2\r\n", "vesper.toml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var looks *templates.Set
	c, flaws, err := config.Load(filepath.Join(dir, "vesper.toml"), none, edgeChecks(&looks)...)
	if err != nil || len(flaws) > 0 || c.Relay[0].Password != "hunter2" {
		t.Fatalf("got %+v, %v, %v", c, flaws, err)
	}
	var out, talk strings.Builder
	a := &app{stdout: &out, stderr: &talk, env: none, now: clock()}
	show := []string{"config", "show", "--config", filepath.Join(dir, "vesper.toml")}
	if code := a.execute(t.Context(), show); code != exitDone {
		t.Fatalf("exit status %d: %s", code, &talk)
	}
	if strings.Contains(out.String()+talk.String(), "hunter2") {
		t.Error("the password is shown")
	}
}

func TestWhatIsConfiguredIsWhatTheSenderDoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.toml")
	text := required + `port = 2525
tls = "implicit"
username = "evening"
password = "hunter2"
auth = "login"
connections = 3
rate = 2.5
[[relay]]
host = "second.news.example"
connections = 5
[delivery]
in_doubt = "hold"
give_up_after = "90m"
return_path = "b+{token}@bounce.news.example"
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app{stdout: io.Discard, stderr: io.Discard, env: none, now: time.Now, configFile: path}
	h, err := a.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	p := h.publisher
	if p.ReturnPath != "b+{token}@bounce.news.example" {
		t.Errorf("the publisher has %q", p.ReturnPath)
	}
	if d := p.Deliverer; !d.Hold || d.GiveUpAfter != 90*time.Minute {
		t.Errorf("the deliverer has %v, %v", d.Hold, d.GiveUpAfter)
	}
	if p.Connections != 5 {
		t.Errorf("%d connections, want those of the largest relay", p.Connections)
	}
	first, second := h.relays.Relays[0], h.relays.Relays[1]
	got := []any{
		first.Host, first.Port, first.TLS, first.Username, first.Password, first.Auth, first.Connections, first.Rate,
		second.Host, second.Connections,
	}
	want := []any{
		"smtp.news.example", 2525, "implicit", "evening", "hunter2", "login", 3, 2.5,
		"second.news.example", 5,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
