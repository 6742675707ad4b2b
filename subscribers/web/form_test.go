package web

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/subscribers"
	"vesper/templates"
)

// TestTheProofHasTheWordsThatStoodOnTheForm and no others: what the reader could read,
// with where its links lead, and nothing that is there for programs.
func TestTheProofHasTheWordsThatStoodOnTheForm(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Publication.PrivacyURL = "https://www.courier.example/privacy/?a&b" })
	b.post(t, encoded, b.filled(t, "ines@reader.example"), "Origin", "https://mail.courier.example")
	want := subscribers.FormOf(`en
Harbour Courier (https://www.courier.example/)
Evening Edition
Get Harbour Courier Evening Edition by email
One email for each edition: the stories that matter, the most important one first, each with a few Quick Looks. ` +
		`It does not track you, and you can leave with one click.
Email address
Our privacy policy says what we keep of you, and why. (https://www.courier.example/privacy/?a&b)
[Subscribe]
First comes one message that asks whether the address is yours. Without your answer nothing else is sent.
All editions (e)
Harbour Courier, ` + "\u2068" + `14 Chandlers Row, Port Ellery` + "\u2069" +
		"\nPrivacy (https://www.courier.example/privacy/?a&b)")
	if diff := cmp.Diff([]subscribers.Form{want}, b.list.forms); diff != "" {
		t.Error(diff)
	}
	if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(want.Version) {
		t.Errorf("the version is %q", want.Version)
	}
}

// version gives the version of the form of pages that are changed so.
func version(t *testing.T, change func(*Pages)) string {
	t.Helper()
	b := serve(t, change)
	b.post(t, encoded, b.filled(t, "ines@reader.example"))
	if len(b.list.forms) != 1 || b.list.forms[0].Words == "" {
		t.Fatalf("got %+v", b.list.forms)
	}
	return b.list.forms[0].Version
}

// ownTemplates are templates of a newsroom in which one text of a file is another.
func ownTemplates(t *testing.T, file, text, instead string) *templates.Set {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile(filepath.Join("../../templates", file))
	if err != nil || !strings.Contains(string(source), text) {
		t.Fatalf("%s has no %q: %v", file, text, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(file)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(strings.ReplaceAll(string(source), text, instead)),
		0o600); err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load(templates.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestOtherWordsAreAnotherVersion of the form, wherever they were changed. Other looks
// are not, nor is another reader at another time.
func TestOtherWordsAreAnotherVersion(t *testing.T) {
	seen := map[string]string{version(t, nil): "as it is"}
	for name, change := range map[string]func(*Pages){
		"privacy_url":    func(p *Pages) { p.Publication.PrivacyURL = "https://www.courier.example/privacy/" },
		"another policy": func(p *Pages) { p.Publication.PrivacyURL = "https://www.courier.example/privacy/2/" },
		"the name":       func(p *Pages) { p.Publication.Name = "Harbor Courier" },
		"the title":      func(p *Pages) { p.Title = "Morning Edition" },
		"the sender":     func(p *Pages) { p.Publication.PostalAddress = "15 Chandlers Row" },
		"the language":   func(p *Pages) { p.Publication.Language = "de" },
		"words missing":  func(p *Pages) { p.Publication.Language = "en-GB" },
		"the button": func(p *Pages) {
			p.Templates = ownTemplates(t, "words/en.json", `"sign_up_button": "Subscribe"`, `"sign_up_button": "Sign up"`)
		},
		"the consent": func(p *Pages) {
			p.Templates = ownTemplates(t, "words/en.json", `Without your answer`, `If you do not answer,`)
		},
		"a template": func(p *Pages) {
			p.Templates = ownTemplates(t, "web/signup.html", `<form `, `<p>You are 16 or older.</p><form `)
		},
	} {
		v := version(t, change)
		if seen[v] != "" {
			t.Errorf("%s: the same version as %s", name, seen[v])
		}
		seen[v] = name
	}
	for name, change := range map[string]func(*Pages){
		"the colour": func(p *Pages) {
			set, err := templates.Load(templates.Options{Accent: "#8a1c1c"})
			if err != nil {
				t.Fatal(err)
			}
			p.Templates = set
		},
		"a class": func(p *Pages) {
			p.Templates = ownTemplates(t, "web/signup.html", `<p class="small">`, `<p  class="fine" >`)
		},
		"where it is": func(p *Pages) { p.Publication.BaseURL = "https://mail.courier.example/evening" },
	} {
		if v := version(t, change); seen[v] != "as it is" {
			t.Errorf("%s: another version", name)
		}
	}
}

// TestAnotherSitesFormIsNamedByItsSite: its words are not ours to know.
func TestAnotherSitesFormIsNamedByItsSite(t *testing.T) {
	b := serve(t, func(p *Pages) { p.Origins = []string{"https://blog.courier.example"} })
	own := version(t, nil)
	for _, c := range []struct {
		origin, want string
		ours         bool
	}{
		{"https://blog.courier.example", "https://blog.courier.example", false},
		{"https://blog.courier.example", "https://blog.courier.example", true},
		{ownOrigin, ownOrigin, false},
		{"https://mail.courier.example", "https://mail.courier.example", false},
		{"https://mail.courier.example", own, true},
		{"", own, true},
	} {
		body := "email=ines@reader.example"
		if c.ours {
			body = b.filled(t, "ines@reader.example")
		}
		var fields []string
		if c.origin != "" {
			fields = []string{"Origin", c.origin}
		}
		b.list.forms = nil
		if _, page := b.post(t, encoded, body, fields...); len(b.list.forms) != 1 || b.list.forms[0].Version != c.want ||
			(b.list.forms[0].Words != "") != (c.want == own) {
			t.Errorf("%+v: got %+v, want %s\n%s", c, b.list.forms, c.want, page)
		}
	}
}
