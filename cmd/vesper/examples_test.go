package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryExampleIsACommandLine holds the lines of each --help to commands, flags and
// numbers of arguments that there are.
func TestEveryExampleIsACommandLine(t *testing.T) {
	seen := 0
	walk((&app{env: none, now: clock()}).rootCommand(), func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			for _, words := range commandsIn(line) {
				seen++
				if err := understood(words, true); err != nil {
					t.Errorf("%s: %s: %v", c.CommandPath(), strings.Join(words, " "), err)
				}
			}
		}
	})
	if seen < 100 {
		t.Errorf("%d examples were looked at", seen)
	}
}

var inlineCode = regexp.MustCompile("`(vesper [a-z][^`]*)`")

// TestEveryCommandOfTheReadmeIsACommandLine does the same with each line of the README that
// is to be typed, and each command named in its text.
func TestEveryCommandOfTheReadmeIsACommandLine(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	check := func(line string, typed bool) {
		for _, words := range commandsIn(line) {
			seen++
			if err := understood(words, typed); err != nil {
				t.Errorf("%s: %v", strings.Join(words, " "), err)
			}
		}
	}
	fenced := false
	var prose strings.Builder
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced || strings.HasPrefix(line, "    "):
			check(strings.TrimPrefix(strings.TrimSpace(line), "$ "), true)
		default:
			prose.WriteString(strings.ReplaceAll(line, "\n", " "))
		}
	}
	for _, m := range inlineCode.FindAllStringSubmatch(prose.String(), -1) {
		// "edition plan · send" are two commands with the same beginning.
		names := strings.Split(strings.Join(strings.Fields(m[1]), " "), " · ")
		check(names[0], false)
		noun := strings.Fields(names[0])
		for _, verb := range names[1:] {
			check(strings.Join(append(noun[:len(noun)-1:len(noun)-1], verb), " "), false)
		}
	}
	if seen < 80 {
		t.Errorf("%d commands were looked at", seen)
	}
}

func TestALineThatIsNoCommandIsSeen(t *testing.T) {
	for _, line := range []string{
		"vesper nosuch", "vesper edition nosuch", "../vesper edition send --nosuch   by hand", "vesper articles show   # which",
		"vesper status | ./vesper nosuch", "vesper serve && vesper edition send one more",
	} {
		ok := true
		for _, words := range commandsIn(line) {
			ok = ok && understood(words, true) == nil
		}
		if ok {
			t.Errorf("%q is taken for right", line)
		}
	}
}

var (
	shellWord = regexp.MustCompile(`'[^']*'|(?:"[^"]*"|[^\s"'])+`)
	// lineTail is a comment, or what an example says of itself.
	lineTail = regexp.MustCompile(`\s#.*|\s{3,}\S.*`)
)

// commandsIn gives the words of each of our commands in a line for a shell.
func commandsIn(line string) (all [][]string) {
	line = lineTail.ReplaceAllString(strings.TrimSpace(line), "")
	line = strings.NewReplacer("&&", ";", "|", ";").Replace(line)
	for part := range strings.SplitSeq(line, ";") {
		words := shellWord.FindAllString(part, -1)
		for i, w := range words {
			words[i] = strings.NewReplacer(`"`, "", `'`, "").Replace(w)
		}
		if len(words) > 2 && words[0] == "go" && words[1] == "run" {
			words = words[2:]
		}
		if len(words) > 0 && strings.HasSuffix("/"+words[0], "/vesper") && !strings.HasPrefix(words[0], "-") {
			all = append(all, words[1:])
		}
	}
	return all
}

// understood says whether there is such a command, with such flags and, where the line is to
// be typed, so many arguments.
func understood(words []string, typed bool) error {
	for i, w := range words {
		if w == ">" || w == ">>" || w == "<" {
			words = words[:i]
			break
		}
	}
	root := (&app{env: none, now: clock()}).rootCommand()
	c, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	if err := c.ParseFlags(rest); err != nil {
		return err
	}
	args := c.Flags().Args()
	if c.HasAvailableSubCommands() && len(args) > 0 && args[0] != "help" {
		return fmt.Errorf("%s has no %s", c.CommandPath(), args[0])
	}
	if !typed {
		return nil
	}
	return c.ValidateArgs(args)
}

// TestTheFirstMailIsTheReadmes: what the README has typed from a site to the first mail, the
// script of that name types in the same order.
func TestTheFirstMailIsTheReadmes(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/script/first_mail.txtar")
	if err != nil {
		t.Fatal(err)
	}
	_, steps, found := strings.Cut(string(text), "\n## From your site to the first mail\n\n")
	steps, _, ended := strings.Cut(steps, "\n\n")
	if !found || !ended {
		t.Fatal("the README has no such section")
	}
	left, seen := string(script), 0
	for line := range strings.Lines(steps) {
		words := strings.Fields(strings.ReplaceAll(line, "../vesper", "./vesper"))
		if words[0] != "./vesper" {
			continue
		}
		command, _, _ := strings.Cut(strings.Join(words, " "), " #")
		command = strings.Replace(command, "https://www.your-site.example/", "$SITE", 1)
		_, after, found := strings.Cut(left, "\nexec "+strings.TrimPrefix(command, "./"))
		if !found {
			t.Errorf("the script does not type %q there", command)
			continue
		}
		left = after
		seen++
	}
	if seen < 9 {
		t.Errorf("%d lines are typed", seen)
	}
}
