package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// plainly has a command say in plain words, with an example, which argument is missing or
// is one too many, and which of its flags exclude each other. How many arguments there may
// be is said in Args, and their names in Use.
func plainly(c *cobra.Command) {
	count := c.Args
	if count == nil {
		count = cobra.ArbitraryArgs
	}
	c.Args = func(cmd *cobra.Command, args []string) error {
		if count(cmd, args) != nil {
			return usage(argumentsError(cmd, args), "for example: "+exampleOf(cmd))
		}
		if err := cmd.ValidateFlagGroups(); err != nil {
			return usage(flagsError(cmd, err), fmt.Sprintf("%q shows its flags", cmd.CommandPath()+" --help"))
		}
		return emptyFlag(cmd)
	}
}

// argumentsError says which argument a command misses, or takes no more.
func argumentsError(cmd *cobra.Command, args []string) error {
	verb, names := verbOf(cmd), strings.Fields(cmd.Use)[1:]
	switch {
	case len(names) == 0:
		return fmt.Errorf("%s takes no argument, but got %q", verb, args[0])
	case len(args) < len(names):
		return fmt.Errorf("%s needs %s", verb, withArticle(names[len(args)]))
	}
	ordinal := map[int]string{1: "second", 2: "third"}[len(names)]
	return fmt.Errorf("%s takes no %s argument, but got %q", verb, ordinal, args[len(names)])
}

// verbOf gives the path of a command without the program's name: "edition show".
func verbOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// withArticle gives an argument's name in Use as part of a sentence: "FILE|URL…" as "a FILE
// or a URL".
func withArticle(name string) string {
	var all []string
	for one := range strings.SplitSeq(strings.Trim(name, "[]…"), "|") {
		article := "a "
		if strings.ContainsRune("AEIO", rune(one[0])) {
			article = "an "
		}
		all = append(all, article+one)
	}
	return strings.Join(all, " or ")
}

// exampleOf gives the first example of a command's help, without the words beside it.
func exampleOf(cmd *cobra.Command) string {
	for line := range strings.Lines(cmd.Example) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "  ")
		if strings.Contains(line+" ", cmd.CommandPath()+" ") {
			return line
		}
	}
	return cmd.CommandPath()
}

// flagsError says which flags were given that exclude each other. Cobra names them at the
// end of its own words: "…; [ask name] were set".
func flagsError(cmd *cobra.Command, err error) error {
	_, given, ok := strings.Cut(err.Error(), "; [")
	given, _, closed := strings.Cut(given, "]")
	if !ok || !closed {
		return err
	}
	return fmt.Errorf("%s takes one of --%s, not both", verbOf(cmd),
		strings.Join(strings.Fields(given), " and --"))
}
