package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vesper/digest"
)

// The exit statuses, which scripts rely on.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNothing = 3
	exitPartly  = 4
	exitHeld    = 5
)

// exitError ends the program with a status. err and hint are what is said, if
// anything.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// say prints an error, and its hint where it has one.
func (a *app) say(e *exitError) {
	if e.err != nil {
		fmt.Fprintf(a.stderr, "vesper: %s\n", e.err)
	}
	if e.hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", e.hint)
	}
}

// usage is an error of whoever called: status 2.
func usage(err error, hint string) error { return &exitError{exitUsage, err, hint} }

// exit ends with a status and nothing said.
func exit(code int) error { return &exitError{code: code} }

// flawed prints flaws, a line each, and ends with the status.
func (a *app) flawed(code int, flaws []*digest.Flaw) error {
	for i, f := range flaws {
		if i == len(flaws)-1 {
			return &exitError{code, f, f.Hint}
		}
		a.flaw(f)
	}
	return nil
}

// flaw prints a flaw, and its hint where it has one.
func (a *app) flaw(f *digest.Flaw) {
	fmt.Fprintf(a.stderr, "vesper: %s\n", f)
	if f.Hint != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", f.Hint)
	}
}

// does makes a verb's function the command's: an error without a status of its
// own is a failure, status 1, so that all others are known to be cobra's.
func does(f func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		var e *exitError
		if errors.As(err, &e) || err == nil {
			return err
		}
		return &exitError{code: exitFailed, err: err}
	}
}

// noun makes a command that has verbs and does nothing by itself.
func noun(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: does(verbNeeded)}
	cmd.AddCommand(verbs...)
	return cmd
}

// verbNeeded shows what there is, or says which verb a mistyped one may mean.
func verbNeeded(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	verb, verbs := args[0], []string(nil)
	for _, c := range cmd.Commands() {
		verbs = append(verbs, c.Name())
	}
	hint := fmt.Sprintf("%q shows what there is", cmd.CommandPath()+" --help")
	if near := nearest(verb, verbs); near != "" {
		hint = fmt.Sprintf("did you mean %q?", cmd.CommandPath()+" "+near)
	}
	return usage(fmt.Errorf("unknown command %q for %q", verb, cmd.CommandPath()), hint)
}
