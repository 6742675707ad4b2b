package main

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/subscribers"
)

// complete makes the words known that a shell completes: IDs, slots, statuses and
// formats. Nothing is made or said for it: without a configuration or a database there
// are no words.
func (a *app) complete(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	walk(root, func(cmd *cobra.Command) {
		if cmd.HasParent() && cmd.Parent().Name() == "completion" || cmd.Name() == "completion" {
			cmd.Example = "  vesper completion bash"
		}
		if cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = a.arguments(cmd)
		}
		for name, words := range map[string]func() []string{
			"slot": a.slotNames, "output": a.formats(cmd), "status": fixed(statuses...),
			"reason": fixed("manual", hardBounce, "complaint", "unsubscribed"),
			"format": fixed(previewFormats...), "for": fixed("listmonk", "ghost"),
			"class": fixed(reportClasses...), "state": fixed(reportStates...), "edition": a.editionIDs,
		} {
			if name == "reason" && cmd.HasParent() && cmd.Parent().Name() == "edition" {
				continue // in the editor's own words
			}
			if cmd.Flags().Lookup(name) != nil {
				cmd.RegisterFlagCompletionFunc(name, noFiles(words))
			}
		}
	})
}

// statuses are the readers' statuses, as flags take them.
var statuses = []string{
	string(subscribers.Unconfirmed), string(subscribers.Active), string(subscribers.Unsubscribed),
	string(subscribers.Suppressed),
}

// noFiles completes with some words and no files.
func noFiles(words func() []string) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return words(), cobra.ShellCompDirectiveNoFileComp
	}
}

func fixed(words ...string) func() []string { return func() []string { return words } }

func (a *app) formats(cmd *cobra.Command) func() []string {
	f := cmd.Flags().Lookup("output")
	if f == nil {
		return nil
	}
	return func() []string {
		return slices.DeleteFunc([]string{"table", "json", "csv"}, func(word string) bool { return f.Value.Set(word) != nil })
	}
}

// arguments completes a verb's first argument: the ID of an edition or an article. Of
// the others only those that take files go on to them.
func (a *app) arguments(cmd *cobra.Command) cobra.CompletionFunc {
	if !cmd.HasParent() || cmd.HasSubCommands() {
		return nil
	}
	words := fixed()
	switch cmd.Parent().Name() + " " + cmd.Name() {
	case "edition show", "edition verify", "edition resume", "edition resolve", "edition forget", "edition preview",
		"edition resend", "edition correct", "edition hold", "edition release", "edition pause", "edition cancel",
		"vesper report":
		words = a.editionIDs
	case "bounces apply", "bounces discard":
		words = a.waitingReports
	case "articles show", "articles pin", "articles order", "articles spike":
		words = a.articleIDs
	case "articles check", "articles add", "subscribers import", "subscribers sync", "vesper init", "vesper backup",
		"vesper restore", "templates dump", "bounces explain", "bounces read", "feeds import", "feeds test":
		return nil
	}
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 && !strings.HasSuffix(cmd.Use, "…") {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words(), cobra.ShellCompDirectiveNoFileComp
	}
}

// silent gives an app that says nothing.
func (a *app) silent() *app {
	return &app{
		stdin: a.stdin, stdout: a.stdout, stderr: io.Discard, env: a.env, environ: a.environ, now: a.now, dns: a.dns,
		sns: a.sns, configFile: a.configFile,
	}
}

func (a *app) slotNames() []string {
	c, _, err := a.silent().load()
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range c.Edition {
		all = append(all, e.Slot)
	}
	return all
}

// atHome gives what is asked of a house that is there.
func (a *app) atHome(words func(context.Context, *house) []string) []string {
	a = a.silent()
	c, _, err := a.load()
	if err != nil {
		return nil
	}
	if !c.HasDatabase() {
		return nil
	}
	ctx := context.Background()
	h, err := a.open(ctx)
	if err != nil {
		return nil
	}
	defer h.close()
	return words(ctx, h)
}

func (a *app) editionIDs() []string {
	return a.atHome(func(ctx context.Context, h *house) (ids []string) {
		all, _ := h.book.Tallies(ctx)
		for _, t := range all {
			ids = append(ids, t.ID.String())
		}
		return ids
	})
}

func (a *app) articleIDs() []string {
	return a.atHome(func(ctx context.Context, h *house) (ids []string) {
		all, _, _ := h.desk.Articles(ctx)
		for _, article := range all {
			ids = append(ids, article.ID)
		}
		return ids
	})
}
