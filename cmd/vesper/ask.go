package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// consent are the flags of what needs somebody's yes.
type consent struct{ yes, dryRun bool }

func (c *consent) addTo(cmd *cobra.Command, yes, dryRun string) {
	cmd.Flags().BoolVar(&c.yes, "yes", false, yes)
	cmd.Flags().BoolVarP(&c.dryRun, "dry-run", "n", false, dryRun)
}

// question is what is asked of an admin before it is done.
type question struct {
	ask string
	// alone is what to say where there is no terminal to ask at, and hint what to
	// do then; no is what the answer no leads to.
	alone, hint, no string
}

// ask gives nil if the answer is yes, by a flag or at the terminal. Ctrl-C at the
// question is a no.
func (a *app) ask(ctx context.Context, c consent, q question) error {
	switch {
	case c.yes:
		return nil
	case !isTerminal(a.stdin):
		return usage(errors.New(q.alone+", and there is no terminal to ask at"), q.hint)
	}
	a.tell("%s [y/N] ", q.ask)
	if answer := a.answer(ctx); answer != "y" && answer != "yes" {
		return errors.New(q.no)
	}
	return nil
}

// answer reads a line of the terminal, "" if ctx ends before it is there.
func (a *app) answer(ctx context.Context) string {
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(a.stdin).ReadString('\n')
		typed <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case line := <-typed:
		return line
	case <-ctx.Done():
		a.tell("\n")
		return ""
	}
}

// mayMail asks before people are mailed. Nil means go on; a dry run ends here.
func (a *app) mayMail(ctx context.Context, c consent, ask string) error {
	if c.dryRun {
		a.tell("dry run: nothing was sent or written\n")
		return exit(exitDone)
	}
	return a.ask(ctx, c, question{
		ask: ask, alone: "this sends mail", no: "not sent",
		hint: "--yes sends without asking; --dry-run only shows what would be sent",
	})
}

// isTerminal says whether a reader or writer is a terminal.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
