package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// mayMail asks before people are mailed. Nil means go on.
func (a *app) mayMail(o sendOptions, question string) error {
	switch {
	case o.dryRun:
		fmt.Fprintln(a.stderr, "dry run: nothing was sent or written")
		return exit(exitDone)
	case o.yes:
		return nil
	case !isTerminal(a.stdin):
		return usage(errors.New("this mails people, and there is no terminal to ask at"), "--yes sends without asking, --dry-run only looks")
	}
	fmt.Fprintf(a.stderr, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(a.stdin).ReadString('\n')
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return usage(errors.New("not sent"), "")
	}
	return nil
}

// isTerminal says whether a reader or writer is a terminal.
func isTerminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
