package config

import (
	"slices"
	"strings"
	"testing"

	"vesper/digest"
)

// problems gives what is said, one line each.
func problems(flaws []*digest.Flaw) (all []string) {
	for _, f := range flaws {
		all = append(all, f.Error())
	}
	return all
}

// has says whether one of these lines has each word.
func has(lines []string, words ...string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) })
	})
}

// TestExamplesAreNamedUntilEachIsReplaced replaces one value after another.
func TestExamplesAreNamedUntilEachIsReplaced(t *testing.T) {
	text := string(Commented())
	for _, c := range []struct {
		old, own string
		left     int
	}{
		{"", "", 5},
		{"evening@news.example>", "evening@times.example>", 4},
		{"https://www.news.example/", "https://www.times.example/", 3},
		{"1200 Example Street NW", "1 Main Street", 2},
		{"https://mail.news.example", "https://mail.times.example", 1},
		{"smtp.news.example", "smtp.times.example", 0},
	} {
		text = strings.Replace(text, c.old, c.own, 1)
		if got := load(t, text, none).Examples(); len(got) != c.left {
			t.Errorf("with %q: %d examples are left, want %d: %q", c.own, len(got), c.left, problems(got))
		}
	}
	for _, host := range []string{"localhost", "127.0.0.1", "::1"} {
		text := strings.Replace(string(Commented()), "smtp.news.example", host, 1)
		if got := load(t, text, none).Examples(); len(got) != 0 {
			t.Errorf("nothing leaves this machine by %s, and there are %q", host, problems(got))
		}
		if got := load(t, text, none).LocalExamples(); len(got) != 4 {
			t.Errorf("by %s: %d examples are doubtful, want 4: %q", host, len(got), problems(got))
		}
	}
}

// TestEverythingWrongIsSaidAtOnce has flaws that were found one after another.
func TestEverythingWrongIsSaidAtOnce(t *testing.T) {
	env := func(name string) string {
		return map[string]string{"VESPER_RELAY_PORT": "five", "VESPER_WEB_LISTEN": "here"}[name]
	}
	_, flaws, err := Load(write(t, required+"\n[publicaton]\nname = 1\n[layout]\nquicklooks = 1\n"+
		"[delivery]\nin_doubt = \"ask\"\n"), env)
	got := problems(flaws)
	for _, want := range [][]string{
		{"vesper.toml:8: ", "publicaton"},
		{"vesper.toml:11: ", "quicklooks"},
		{"vesper.toml:13: ", "neither resend nor"},
		{"environment: VESPER_RELAY_PORT: ", "not a number"},
		{"environment: VESPER_WEB_LISTEN: ", "is not HOST:PORT"},
	} {
		if !has(got, want...) {
			t.Errorf("nothing says %q: %q", want, got)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestBracketsAreSaidInPlainWords(t *testing.T) {
	for text, want := range map[string]string{
		"[relay]\nhost = \"a\"":         "there may be several: write [[relay]]",
		"[feed]\nurl = \"a\"":           "there may be several: write [[feed]]",
		"[[publication]]\nname = \"a\"": "there is only one: write [publication]",
	} {
		_, flaws, err := Load(write(t, text), none)
		if err != nil || len(flaws) != 1 || flaws[0].Hint != want || flaws[0].Line != 1 {
			t.Errorf("%q: got %+v, %v, want the hint %q", text, flaws, err, want)
		}
	}
}

func TestWhatIsDoubtfulAboutARelayIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"username = \"me\"":                   "there is a username and no password",
		"port = 465":                          "port 465 is for TLS from the start",
		"port = 587\ntls = \"implicit\"":      "port 587 is for STARTTLS",
		"username = \"me\"\npassword = \"x\"": "",
		"port = 465\ntls = \"implicit\"":      "",
	} {
		got := problems(load(t, required+"\n"+text, none).Warnings())
		if want != "" && !has(got, want) || want == "" && (has(got, "password") || has(got, "port ")) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestAVariableThatSetsNothingIsSaid(t *testing.T) {
	c, _, err := Load(write(t, required), none, Misspelt([]string{
		"VESPER_RELAY_HSOT=smtp.times.example", "VESPER_CONFIG=/etc", "PATH=/bin", "VESPER_RELAY_2_HOST=",
		"VESPER_WEB_LISTEN=a",
	}))
	if err != nil {
		t.Fatal(err)
	}
	got := problems(c.Warnings())
	if !has(got, "environment: VESPER_RELAY_HSOT is not the name of a key") || has(got, "CONFIG") || has(got, "LISTEN") {
		t.Errorf("got %q", got)
	}
}
