package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"vesper/digest"
)

func none(string) string { return "" }

// write writes a configuration into a folder of its own and gives its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vesper.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, text string, env func(string) string) *Config {
	t.Helper()
	c, flaws, err := Load(write(t, text), env)
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
	shown, left := load(t, string(Commented()), none), load(t, required, none)
	if diff := cmp.Diff(shown, left, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("shown and left out differ (-shown +left out):\n%s", diff)
	}
}

func TestAddressesLeftOutFollowTheSendersDomain(t *testing.T) {
	c := load(t, strings.ReplaceAll(required, "evening@news.example", "post@courier.example"), none)
	got := []string{c.Publication.URL, c.Web.BaseURL, c.Delivery.ReturnPath}
	want := []string{
		"https://www.courier.example/", "https://mail.courier.example", "bounces+{token}@bounce.courier.example",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLinksAreWrittenAsEmailsNeedThem: in a link of an email a domain is in ASCII.
func TestLinksAreWrittenAsEmailsNeedThem(t *testing.T) {
	c := load(t, strings.Replace(required, "name =",
		"url = \"https://Bücher.example\"\nprivacy_url = \"http://www.bücher.example:8080/schütz?é\"\nname =", 1)+
		"[web]\nbase_url = \"https://mail.bücher.example/\"\n[desk]\narticle_url = \"https://bücher.example/{slug}/\"", none)
	got := []string{c.Publication.URL, c.Publication.PrivacyURL, c.Web.BaseURL, c.Desk.ArticleURL}
	want := []string{
		"https://xn--bcher-kva.example", "http://www.xn--bcher-kva.example:8080/schütz?é",
		"https://mail.xn--bcher-kva.example", "https://xn--bcher-kva.example/{slug}/",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheEnvironmentSetsEveryKindOfKey(t *testing.T) {
	set := map[string]string{
		"VESPER_PUBLICATION_NAME": "Nightlooks", "VESPER_EDITION_GRACE": "90m", "VESPER_EDITION_2_SLOT": "morning",
		"VESPER_EDITION_2_SCHEDULE": "0 6 * * *", "VESPER_LAYOUT_QUICK_LOOKS": "all", "VESPER_RELAY_PORT": "2525",
		"VESPER_RELAY_RATE": "2.5", "VESPER_WEB_TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2",
		"VESPER_EDITION_CARRY_OVER": "true", "VESPER_DESK_SECTIONS": "Local News, City",
		"VESPER_FEED_URL": "https://www.news.example/feed/", "VESPER_FEED_PAGES": "true",
		"VESPER_FEED_EXCLUDE": "headline: *advertorial*",
	}
	c := load(t, required, func(name string) string { return set[name] })
	if !c.Edition[0].CarryOver || c.Edition[1].CarryOver || len(c.Feed) != 1 || !c.Feed[0].Pages {
		t.Errorf("got %+v, %+v", c.Edition, c.Feed)
	}
	got := append(c.Desk.Sections, c.Feed[0].Exclude...)
	if diff := cmp.Diff([]string{"Local News", "City", "headline: *advertorial*"}, got); diff != "" {
		t.Error(diff)
	}
	if c.Publication.Name != "Nightlooks" || c.Layout.QuickLooks != AllQuickLooks {
		t.Errorf("got %+v", c)
	}
	if c.Relay[0].Port != 2525 || c.Relay[0].Rate != 2.5 {
		t.Errorf("got %+v", c.Relay)
	}
	if len(c.Edition) != 2 || time.Duration(c.Edition[0].Grace).String() != "1h30m0s" ||
		c.Edition[1].Slot != "morning" || c.Edition[1].MaxArticles != 30 {
		t.Errorf("got %+v", c.Edition)
	}
	if diff := cmp.Diff([]string{"10.0.0.1", "10.0.0.2"}, c.Web.TrustedProxies); diff != "" {
		t.Error(diff)
	}
}

func TestTheEnvironmentNamesAFileForASecret(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set := map[string]string{"VESPER_RELAY_USERNAME": "evening", "VESPER_RELAY_PASSWORD_FILE": secret}
	env := func(name string) string { return set[name] }
	if c := load(t, required, env); c.Relay[0].Password != "hunter2" {
		t.Errorf("got %q", string(c.Relay[0].Password))
	}
	set["VESPER_RELAY_PASSWORD"] = "hunter3"
	_, flaws, err := Load(write(t, required), env)
	const want = "environment: VESPER_RELAY_PASSWORD_FILE: password and password_file are both given"
	if err != nil || len(flaws) != 1 || flaws[0].Error() != want {
		t.Errorf("got %v, %v, want %q", flaws, err, want)
	}
}

func TestAMistypedKeyNamesTheNearestOne(t *testing.T) {
	for typed, want := range map[string]string{
		"[publication]\nnmae = 1":            `did you mean "name"?`,
		"[publication]\npostal_adress = 1":   `did you mean "postal_address"?`,
		"[publication]\nschedule = 1":        `"schedule" belongs into [edition]`,
		"[publicaton]\nname = 1":             "did you mean [publication]?",
		"[layout]\nquicklooks = 1":           `did you mean "quick_looks"?`,
		"[layout]\nxxxxxxxxxxxxxxxxxxxx = 1": "",
	} {
		_, flaws, err := Load(write(t, typed), none)
		flaws = slices.DeleteFunc(flaws, func(f *digest.Flaw) bool { return !strings.Contains(f.Problem, "unknown") })
		if err != nil || len(flaws) != 1 || flaws[0].Hint != want || flaws[0].Line == 0 {
			t.Errorf("%q: got %+v, %v, want the hint %q", typed, flaws, err, want)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add(required)
	f.Add(string(Commented()))
	f.Add("[publication]\nname = '''\na = 1\n'''\n[[relay]]\n[relay.x]\n")
	f.Add("edition = [{slot = \"a\"}]\nrelay = 5")
	f.Fuzz(func(t *testing.T, text string) {
		c, flaws, err := Load(write(t, text), none)
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
			if lines := 1 + strings.Count(text, "\n"); flaw.Line < 0 || flaw.Line > lines {
				t.Fatalf("line %d of %d: %s", flaw.Line, lines, flaw)
			}
		}
	})
}

// TestAValueOfTheWrongTypeHasTheHintOfItsKey: what else would have to be written there.
func TestAValueOfTheWrongTypeHasTheHintOfItsKey(t *testing.T) {
	const text, unit = "text is written between quotation marks; numbers, true and false are not",
		`a number and its unit, such as "90m", "4h" or "14d"`
	for value, want := range map[string]struct{ problem, hint string }{
		"[[edition]]\nneeds_approval = \"yes\"": {
			"edition.needs_approval is of type string, not boolean", "true or false, without quotation marks",
		},
		"[[edition]]\nfirst_number = \"214\"": {
			"edition.first_number is of type string, not integer", "a whole number, without quotation marks",
		},
		"[newsroom]\nproof_to = \"desk@news.example\"": {
			"newsroom.proof_to is of type string, not list",
			`a list is written in brackets: ["one", "another"]; one value too: ["one"]`,
		},
		"[[edition]]\nfreeze = [\"10m\"]":    {"edition.freeze is of type list, not string", text},
		"[[edition]]\nexcept = [2026-12-25]": {"edition.except is of type date, not string", text},
		"[[edition]]\nfreeze = 10":           {`edition.freeze: "10" is not a duration like "4h" or "90m"`, unit},
	} {
		_, flaws, err := Load(write(t, required+"\n"+value+"\n"), none)
		if err != nil || len(flaws) != 1 || flaws[0].Problem != want.problem || flaws[0].Hint != want.hint {
			t.Errorf("%q: got %+v, %v, want %+v", value, flaws, err, want)
		}
	}
}
