package main

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
)

// off runs a command line without a configuration, and gives what was said with the
// results.
func off(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	a := &app{stdin: strings.NewReader(""), env: none, now: clock()}
	code, out, talk := say(t, a, args...)
	return code, out + talk
}

// TestAMissingRightHasAHint: who runs a command as themselves, and not as the service's user, is told so.
func TestAMissingRightHasAHint(t *testing.T) {
	err := does(func(*cobra.Command, []string) error {
		return &fs.PathError{Op: "open", Path: "/srv/paper/vesper.db", Err: syscall.EACCES}
	})(nil, nil)
	e, ok := errors.AsType[*exitError](err)
	if !ok || e.code != exitFailed || !strings.Contains(e.hint, "sudo -u vesper") {
		t.Errorf("got %+v", err)
	}
}

// TestAFlagThatWasGivenNothingIsRefused: a variable of the shell that is not set names no day, no
// place and no reader, and not the usual one either.
func TestAFlagThatWasGivenNothingIsRefused(t *testing.T) {
	for _, line := range []string{
		"status --config", "edition send --yes --date", "edition send --yes --slot", "edition pause 2030-01-01-evening --by",
		"subscribers list --tag", "subscribers export --out", "subscribers list --status", "bounces list --edition",
		"dkim new --out", "report --out", "restore backup.tar.gz --to", "move --to",
		"subscribers edit ines@news.example --tag", "edition preview --as", "bench --dir",
	} {
		words := strings.Fields(line)
		code, said := off(t, append(words, "")...)
		want := "vesper: " + words[len(words)-1] + " is empty\n" +
			"hint: name one, or leave the flag out; is a variable not set?\n"
		if code != exitUsage || said != want {
			t.Errorf("vesper %s %q: exit status %d\n%s", line, "", code, said)
		}
	}
	// Words may be none.
	for _, line := range []string{"edition edit 2030-01-01-evening --note", "subscribers edit ines@news.example --name"} {
		if _, said := off(t, append(strings.Fields(line), "")...); strings.Contains(said, "is empty") {
			t.Errorf("vesper %s %q: %s", line, "", said)
		}
	}
}

func TestEveryHelpHasAnExample(t *testing.T) {
	root := (&app{env: none, now: clock()}).rootCommand()
	seen := 0
	walk(root, func(c *cobra.Command) {
		seen++
		if !strings.Contains(c.Example, "vesper ") {
			t.Errorf("%s --help has no example", c.CommandPath())
		}
	})
	if seen < 40 {
		t.Errorf("%d commands were looked at", seen)
	}
}

func TestAWrongWordIsTakenForWhatItMayMean(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"subscribers unsubscribe", `"vesper subscribers remove" or "vesper subscribers suppress"?`},
		{"unsubscribe", `"vesper subscribers remove" or "vesper subscribers suppress"?`},
		{"subscribers delete", `"vesper subscribers remove"?`},
		{"subscribers rm", `"vesper subscribers remove"?`},
		{"rm", `"vesper subscribers remove"?`},
		{"send", `"vesper edition send"?`},
		{"subscribers send", `"vesper edition send"?`},
		{"edition status", `"vesper status"?`},
		{"edition ls", `"vesper edition list"?`},
		{"plan", `"vesper edition plan"?`},
		{"sevre", `"vesper serve"?`},
		{"edition pln", `"vesper edition plan"?`},
		{"edition send --slt x", "did you mean --slot?"},
		{"subscribers import --confirm x", "did you mean --confirmed?"},
		{"edition resend ID ADDRESS again", "edition resend takes no third argument"},
		{"edition send --whatever", `"vesper edition send --help" shows its flags`},
		{"edition send -q", `"vesper edition send --help" shows its flags`},
		{"frobnicate", `"vesper --help" shows what there is`},
		{"help nosuch", `unknown command "nosuch" for "vesper"`},
		{"help edition nosuch", `unknown command "nosuch" for "vesper edition"`},
		{"help edition pln", `"vesper edition plan"?`},
	} {
		code, said := off(t, strings.Fields(c.line)...)
		if code != exitUsage || !strings.Contains(said, c.want) {
			t.Errorf("%s: status %d, want %d, and %q in %q", c.line, code, exitUsage, c.want, said)
		}
	}
}

func TestHelpAndVersionAreThere(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"help", "Available Commands"},
		{"help edition send", "vesper edition send [flags]"},
		{"help help", "Help about any command"},
		{"--version", "vesper "},
		{"version", "vesper "},
	} {
		if code, said := off(t, strings.Fields(c.line)...); code != exitDone || !strings.Contains(said, c.want) {
			t.Errorf("%s: status %d, and %q; want %q in it", c.line, code, said, c.want)
		}
	}
}

func TestAShellCompletesWhatThereIs(t *testing.T) {
	n := newNewsroom(t, 1)
	n.run(t, "edition", "send", "--yes")
	id := strings.Split(n.run(t, "edition", "list", "-o", "csv"), "\n")[1]
	id, _, _ = strings.Cut(id, ",")
	a := &app{env: none, now: clock()}
	for _, c := range []struct{ line, want string }{
		{"edition show", id},
		{"edition resolve", id},
		{"edition correct", id},
		{"edition resend", id},
		{"report", id},
		{"backup", ":0\n"},
		{"feeds import", ":0\n"},
		{"feeds list", ":4\n"},
		{"articles show", "orlanda"},
		{"edition plan --slot", "evening"},
		{"subscribers list --status", "unconfirmed"},
		{"subscribers suppress --reason", "hard-bounce"},
		{"subscribers list -o", "csv"},
		{"help edition", "send\t"},
	} {
		args := append([]string{"--config", n.dir + "/vesper.toml", "__complete"}, append(strings.Fields(c.line), "")...)
		if code, out, talk := say(t, a, args...); code != exitDone || !strings.Contains(out, c.want) {
			t.Errorf("%s: %q, want %q in it\n%s", c.line, out, c.want, talk)
		}
	}
	// Where there is nothing, nothing is made.
	empty := newNewsroom(t, 0)
	_, out, _ := say(t, a, "--config", empty.dir+"/vesper.toml", "__complete", "edition", "show", "")
	if out != ":4\n" || len(empty.files(t, "vesper.db*")) > 0 {
		t.Errorf("got %q, and %q", out, empty.files(t, "vesper.db*"))
	}
}
