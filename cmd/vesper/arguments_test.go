package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestAMissingArgumentIsNamedWithAnExample goes through all commands, with as few and as
// many arguments as none of them takes.
func TestAMissingArgumentIsNamedWithAnExample(t *testing.T) {
	few, many := 0, 0
	walk((&app{env: none, now: clock()}).rootCommand(), func(c *cobra.Command) {
		if !c.Runnable() || c.HasAvailableSubCommands() {
			return
		}
		words := strings.Fields(c.CommandPath())[1:]
		for _, given := range []string{"", "one two three"} {
			args := strings.Fields(given)
			if c.Args(c, args) == nil {
				continue
			}
			code, said := off(t, append(words, args...)...)
			first, hint, _ := strings.Cut(said, "\n")
			want := "vesper: " + verbOf(c) + " needs a"
			if few++; len(args) > 0 {
				few--
				many++
				want = "vesper: " + verbOf(c) + " takes no "
			}
			if code != exitUsage || !strings.HasPrefix(first, want) {
				t.Errorf("%s %s: status %d, and %q", c.CommandPath(), given, code, first)
			}
			shown, ok := strings.CutPrefix(strings.TrimSpace(hint), "hint: for example: "+c.CommandPath())
			shown, _, _ = strings.Cut(quoted.ReplaceAllString(shown, "x"), " >")
			if example := strings.Fields(shown); !ok || !right(t, words, example) {
				t.Errorf("%s %s: the example is %q", c.CommandPath(), given, hint)
			}
		}
	})
	if few < 15 || many < 25 {
		t.Errorf("%d commands need an argument, %d take no more: some were not looked at", few, many)
	}
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// right says whether a command takes these arguments and flags.
func right(t *testing.T, command, args []string) bool {
	t.Helper()
	c, _, err := (&app{env: none, now: clock()}).rootCommand().Find(command)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.ParseFlags(args); err != nil {
		t.Log(err)
		return false
	}
	return c.ValidateArgs(c.Flags().Args()) == nil
}

func TestFlagsThatExcludeEachOtherAreNamed(t *testing.T) {
	for line, want := range map[string]string{
		"demo --desk . --feed x":                 "demo takes one of --desk and --feed, not both",
		"subscribers add a@b.c --ask --name x":   "subscribers add takes one of --ask and --name, not both",
		"subscribers import x --ask --confirmed": "subscribers import takes one of --ask and --confirmed, not both",
	} {
		code, said := off(t, strings.Fields(line)...)
		if code != exitUsage || !strings.Contains(said, want) {
			t.Errorf("%s: status %d, and %q", line, code, said)
		}
	}
}
