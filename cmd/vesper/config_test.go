package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vesper/digest/deliver"
)

func none(string) string { return "" }

func load(t *testing.T, text string, env func(string) string) *config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vesper.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, flaws, err := loadConfig(path, env)
	if err != nil || len(flaws) > 0 {
		t.Fatalf("got %v, %v", flaws, err)
	}
	return c
}

const required = `[publication]
name = "Newslooks"
from = "Newslooks Evening Edition <evening@news.example>"
postal_address = "1200 Example Street NW, Washington, DC 20005, USA"
[[relay]]
host = "smtp.news.example"
`

func TestWhatIsLeftOutHasTheValueThatInitShows(t *testing.T) {
	shown, left := load(t, string(commentedConfig), none), load(t, required, none)
	if diff := cmp.Diff(shown, left, cmpopts.IgnoreUnexported(config{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("shown and left out differ (-shown +left out):\n%s", diff)
	}
}

func TestAddressesLeftOutFollowTheSendersDomain(t *testing.T) {
	c := load(t, strings.ReplaceAll(required, "evening@news.example", "post@courier.example"), none)
	got := []string{c.Publication.URL, c.Web.BaseURL, c.Delivery.ReturnPath}
	want := []string{"https://www.courier.example/", "https://mail.courier.example", "bounces+{token}@bounce.courier.example"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheEnvironmentSetsEveryKindOfKey(t *testing.T) {
	set := map[string]string{
		"VESPER_PUBLICATION_NAME": "Nightlooks", "VESPER_EDITION_GRACE": "90m", "VESPER_EDITION_2_SLOT": "morning",
		"VESPER_EDITION_2_SCHEDULE": "0 6 * * *", "VESPER_LAYOUT_QUICK_LOOKS": "all", "VESPER_RELAY_PORT": "2525",
		"VESPER_RELAY_RATE": "2.5", "VESPER_WEB_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
	}
	c := load(t, required, func(name string) string { return set[name] })
	if c.Publication.Name != "Nightlooks" || c.Layout.QuickLooks != allQuickLooks || c.Relay[0].Port != 2525 || c.Relay[0].Rate != 2.5 {
		t.Errorf("got %+v", c)
	}
	if len(c.Edition) != 2 || time.Duration(c.Edition[0].Grace).String() != "1h30m0s" || c.Edition[1].Slot != "morning" || c.Edition[1].MaxArticles != 30 {
		t.Errorf("got %+v", c.Edition)
	}
	if diff := cmp.Diff([]string{"10.0.0.1", "10.0.0.2"}, c.Web.TrustedProxies); diff != "" {
		t.Error(diff)
	}
}

func TestAPasswordIsReadFromItsFileAndNeverShown(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"secret": "hunter2\r\n", "vesper.toml": required + "username = \"evening\"\npassword_file = \"secret\"\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, flaws, err := loadConfig(filepath.Join(dir, "vesper.toml"), none)
	if err != nil || len(flaws) > 0 || c.Relay[0].Password != "hunter2" {
		t.Fatalf("got %+v, %v, %v", c, flaws, err)
	}
	var out, talk strings.Builder
	a := &app{stdout: &out, stderr: &talk, env: none, now: clock()}
	if code := a.execute(t.Context(), []string{"config", "show", "--config", filepath.Join(dir, "vesper.toml")}); code != exitDone {
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
	if !p.Hold || p.ReturnPath != "b+{token}@bounce.news.example" {
		t.Errorf("the publisher has %v, %q", p.Hold, p.ReturnPath)
	}
	for _, d := range []*deliver.Deliverer{p.Deliverer, p.Letters} {
		if !d.Hold || d.GiveUpAfter != 90*time.Minute {
			t.Errorf("a deliverer has %v, %v", d.Hold, d.GiveUpAfter)
		}
	}
	if p.Deliverer.Connections != 5 {
		t.Errorf("%d connections, want those of the largest relay", p.Deliverer.Connections)
	}
	first, second := h.relays.Relays[0], h.relays.Relays[1]
	got := []any{first.Host, first.Port, first.TLS, first.Username, first.Password, first.Auth, first.Connections, first.Rate, second.Host, second.Connections}
	want := []any{"smtp.news.example", 2525, "implicit", "evening", "hunter2", "login", 3, 2.5, "second.news.example", 5}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAMistypedKeyNamesTheNearestOne(t *testing.T) {
	for typed, want := range map[string]string{
		"[publication]\nnmae = 1":            `did you mean "name"?`,
		"[publication]\npostal_adress = 1":   `did you mean "postal_address"?`,
		"[publication]\nschedule = 1":        `"schedule" stands in [edition]`,
		"[publicaton]\nname = 1":             "did you mean [publication]?",
		"[layout]\nquicklooks = 1":           `did you mean "quick_looks"?`,
		"[layout]\nxxxxxxxxxxxxxxxxxxxx = 1": "",
	} {
		path := filepath.Join(t.TempDir(), "vesper.toml")
		if err := os.WriteFile(path, []byte(typed), 0o600); err != nil {
			t.Fatal(err)
		}
		_, flaws, err := loadConfig(path, none)
		if err != nil || len(flaws) != 1 || flaws[0].Hint != want || flaws[0].Line == 0 {
			t.Errorf("%q: got %+v, %v, want the hint %q", typed, flaws, err, want)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(required)
	f.Add(string(commentedConfig))
	f.Add("[publication]\nname = '''\na = 1\n'''\n[[relay]]\n[relay.x]\n")
	f.Add("edition = [{slot = \"a\"}]\nrelay = 5")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "vesper.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, flaws, err := loadConfig(path, none)
		if err != nil {
			t.Fatal(err)
		}
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
