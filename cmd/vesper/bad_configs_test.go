package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"vesper/digest/dkim"
	"vesper/digest/whole"
)

var badConfigsFlag = flag.Bool("update-bad-configs", false, "write what is said of testdata/bad_configs into the files")

// badConfig is a configuration with one mistake. Its first two lines are what "config
// check" says of it, as comments.
type badConfig struct{ name, want, text string }

// badConfigs gives those of testdata/bad_configs.
func badConfigs(t *testing.T) []badConfig {
	t.Helper()
	paths, err := filepath.Glob("testdata/bad_configs/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	var all []badConfig
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(text), "\n\n")
		want := strings.TrimPrefix(strings.ReplaceAll("\n"+head, "\n# ", "\n"), "\n") + "\n"
		all = append(all, badConfig{filepath.Base(path), want, string(text)})
	}
	return all
}

var placed = regexp.MustCompile(`^vesper: [a-z0-9-]+\.toml:[1-9]\d*: |^vesper: looks/email/edition\.html:1: `)

// TestEveryMistakeInAConfigurationHasItsMessage: the file, the line, what is wrong and what
// would be right, all of it as it is printed, and nothing beside it. The first two lines of
// each file say it.
func TestEveryMistakeInAConfigurationHasItsMessage(t *testing.T) {
	whole.NotRaced(t)
	all, dir := badConfigs(t), roomOfMistakes(t)
	const least = 60
	if len(all) < least {
		t.Errorf("%d mistakes, want %d", len(all), least)
	}
	for _, c := range all {
		if *badConfigsFlag {
			c = c.updated(t, dir)
		}
		code, got := c.check(t, dir)
		if code != exitUsage || got != c.want {
			t.Errorf("%s: exit status %d, it says\n%s\nwant\n%s", c.name, code, got, c.want)
		}
		lines := strings.Split(strings.TrimSpace(got), "\n")
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "vesper: ") || !strings.HasPrefix(lines[1], "hint: ") {
			t.Errorf("%s: it says\n%s\nwant one line of what is wrong and one hint", c.name, got)
		}
		// Of a table that is not there no line can be named.
		if !placed.MatchString(got) && c.name != "relay-none.toml" {
			t.Errorf("%s: it says\n%s\nwant it to begin with the file and the line", c.name, got)
		}
		if strings.Contains(got, "hunter2") {
			t.Errorf("%s: it shows the secret\n%s", c.name, got)
		}
	}
}

// TestTheProgramSaysWhatIsWrongAtItsStart: not only "config check" refuses a mistake.
func TestTheProgramSaysWhatIsWrongAtItsStart(t *testing.T) {
	t.Parallel()
	dir := roomOfMistakes(t)
	verbs := [][]string{{"config", "check"}, {"serve"}, {"edition", "send", "--yes"}, {"subscribers", "list"}}
	for i, c := range whole.First(t, 8, badConfigs(t)) {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		verb := verbs[i%len(verbs)]
		if strings.HasPrefix(c.name, "dkim-key") || strings.HasPrefix(c.name, "postal-address-an") {
			verb = verbs[0] // Others may do without a signature, and with examples.
		}
		run := exec.Command("vesper", append(verb, "--config", path)...)
		said, err := run.CombinedOutput()
		if err == nil || run.ProcessState.ExitCode() != exitUsage || fromFolder(string(said), dir) != c.want {
			t.Errorf("%s, %q: %v, it says\n%s\nwant\n%s", c.name, verb, err, said, c.want)
		}
	}
}

// check gives what "config check" says of a configuration in a folder, and its exit status.
func (c badConfig) check(t *testing.T, dir string) (int, string) {
	t.Helper()
	path := filepath.Join(dir, "vesper.toml")
	if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, talk strings.Builder
	a := &app{stdout: &out, stderr: &talk, env: none, now: clock()}
	code := a.execute(t.Context(), []string{"config", "check", "--config", path})
	return code, strings.ReplaceAll(fromFolder(talk.String(), dir), "vesper.toml:", c.name+":")
}

// fromFolder gives a text with paths as seen from a folder.
func fromFolder(text, dir string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, dir+"/", ""), dir, ".")
}

// updated writes what is said of a mistake above it.
func (c badConfig) updated(t *testing.T, dir string) badConfig {
	t.Helper()
	body := c.text
	if strings.HasPrefix(body, "# vesper: ") {
		_, body, _ = strings.Cut(body, "\n\n")
	}
	c.text = "# vesper:\n# hint:\n\n" + body
	_, c.want = c.check(t, dir)
	c.text = strings.TrimSuffix(strings.ReplaceAll("# "+c.want, "\n", "\n# "), "# ") + "\n" + body
	if err := os.WriteFile(filepath.Join("testdata/bad_configs", c.name), []byte(c.text), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// roomOfMistakes gives a folder with the files that the configurations name.
func roomOfMistakes(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	wide := utf16.Encode([]rune("\ufeffhunter2"))
	utf16le := make([]byte, 0, 2*len(wide))
	for _, u := range wide {
		utf16le = append(utf16le, byte(u), byte(u>>8))
	}
	block := func(kind, inner string) string {
		return "-----BEGIN " + kind + "-----\n" + inner + "\n-----END " + kind + "-----\n"
	}
	for name, text := range map[string]string{
		"relay.password": "hunter2\n", "open.password": "hunter2\n", "empty.password": "", "utf16.password": string(utf16le),
		"mark.password": "\ufeffhunter2\n", "nul.password": "hunter2\x00", "lines.password": "hunter2\nhunter2\n",
		"latin1.password": "hunter2\xfc", "long.password": strings.Repeat("hunter2", 1000),
		"hook.secret": "5f0c2a9be41d7736a8b9c0d1e2f34455\n", "alarms.secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
		"keys/open.pem": block("PRIVATE KEY", "AAAA"), "keys/public.pem": block("PUBLIC KEY", "AAAA"),
		"keys/damaged.pem": block("PRIVATE KEY", "AAAA"), "keys/phrase.pem": block("ENCRYPTED PRIVATE KEY", "AAAA"),
		"looks/email/edition.html": "{{.Edition", "desk/.keep": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(filepath.Base(name), "open.") {
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := dkim.NewKey(filepath.Join(dir, "keys/ed25519.pem"), dkim.Ed25519); err != nil {
		t.Fatal(err)
	}
	return dir
}
