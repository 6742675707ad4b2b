package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vesper/digest"
)

// meant says which commands may be meant by words of other programs.
var meant = map[string][]string{
	"unsubscribe": {"subscribers remove", "subscribers suppress"},
	"delete":      {"subscribers remove"},
	"del":         {"subscribers remove"},
	"rm":          {"subscribers remove"},
	"block":       {"subscribers suppress"},
	"ban":         {"subscribers suppress"},
	"subscribe":   {"subscribers add"},
	"history":     {"edition list"},
	"check":       {"doctor"},
	"diagnose":    {"doctor"},
	"stop":        {"serve"},
	"run":         {"serve"},
	"start":       {"serve"},
	"test":        {"edition proof"},
	"ls":          {"edition list", "subscribers list", "articles list"},
	"get":         {"subscribers show", "edition show", "articles show"},
}

// verbNeeded shows what there is, or says which verb a mistyped one may mean.
func verbNeeded(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	hint := fmt.Sprintf("%q shows what there is", cmd.CommandPath()+" --help")
	if near := nearCommands(cmd, args[0]); len(near) > 0 {
		hint = "did you mean " + either(near) + "?"
	}
	return usage(fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath()), hint)
}

// nearCommands gives the commands that a word may mean which noun does not know:
// what it is called elsewhere, a verb of another noun, or a slip of the pen.
func nearCommands(noun *cobra.Command, word string) []string {
	var verbs, same []string
	for _, c := range noun.Commands() {
		if c.IsAvailableCommand() {
			verbs = append(verbs, c.Name())
		}
	}
	for _, path := range meant[word] {
		same = append(same, noun.Root().Name()+" "+path)
	}
	walk(noun.Root(), func(c *cobra.Command) {
		if c.Name() == word && !slices.Contains(same, c.CommandPath()) {
			same = append(same, c.CommandPath())
		}
	})
	here := slices.DeleteFunc(slices.Clone(same), func(path string) bool {
		return !strings.HasPrefix(path, noun.CommandPath()+" ")
	})
	near := digest.Nearest(word, verbs)
	switch {
	case len(here) > 0:
		return here
	case len(same) > 0 && digest.Distance(word, near) > 1:
		return same
	case near != "":
		return []string{noun.CommandPath() + " " + near}
	}
	return same
}

// walk calls f with every command that people see.
func walk(cmd *cobra.Command, f func(*cobra.Command)) {
	f(cmd)
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			walk(c, f)
		}
	}
}

// either gives "a", "b" or "c", in quotation marks.
func either(all []string) string {
	var quoted []string
	for _, one := range all {
		quoted = append(quoted, fmt.Sprintf("%q", one))
	}
	last := len(quoted) - 1
	return strings.Join(append(present([]string{strings.Join(quoted[:last], ", ")}), quoted[last]), " or ")
}

// wrongFlag is the error of a flag that a command does not take as it was given.
func wrongFlag(cmd *cobra.Command, err error) error {
	hint := fmt.Sprintf("%q shows its flags", cmd.CommandPath()+" --help")
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		if near := nearFlag(cmd, unknown.GetSpecifiedName()); near != "" {
			hint = fmt.Sprintf("did you mean --%s?", near)
		}
	}
	return usage(err, hint)
}

// mayBeEmpty are the flags whose text is words, which may be none.
var mayBeEmpty = []string{"name", "subject", "note", "reason", "timezone"}

// emptyFlag is the error of a flag that was given nothing, nil if there is none. That is a
// variable which is not set: "--date $DAY" would send today's edition, "--tag $WHO" name all.
func emptyFlag(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		list, ok := f.Value.(pflag.SliceValue)
		none := ok && strings.Join(list.GetSlice(), "") == "" || f.Value.Type() == "string" && f.Value.String() == ""
		if none && err == nil && !slices.Contains(mayBeEmpty, f.Name) {
			err = usage(fmt.Errorf("--%s is empty", f.Name), "name one, or leave the flag out; is a variable not set?")
		}
	})
	return err
}

// nearFlag gives the flag that a name may mean: one that begins so, or a slip of the pen.
func nearFlag(cmd *cobra.Command, name string) string {
	var flags, longer []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		flags = append(flags, f.Name)
		if strings.HasPrefix(f.Name, name) {
			longer = append(longer, f.Name)
		}
	})
	if len(longer) == 1 {
		return longer[0]
	}
	return digest.Nearest(name, flags)
}

// helpCommand is cobra's, but does not answer for a command that is not there.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND…]", Short: "Help about any command", Example: "  vesper help edition send",
		RunE: does(func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return verbNeeded(found, rest)
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		}),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			found, _, _ := cmd.Root().Find(args)
			var all []cobra.Completion
			for _, c := range found.Commands() {
				if c.IsAvailableCommand() {
					all = append(all, cobra.CompletionWithDesc(c.Name(), c.Short))
				}
			}
			return all, cobra.ShellCompDirectiveNoFileComp
		},
	}
}
