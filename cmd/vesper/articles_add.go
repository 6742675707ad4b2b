package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vesper/digest/intake"
)

func (a *app) articlesAddCommand() *cobra.Command {
	var dryRun bool
	var name string
	cmd := &cobra.Command{
		Use: "add FILE…", Short: "Put files in the house format on the desk",
		Long: `Copies files in the house format to the desk, under their own names. All files are
checked before the first is written. For stdin, --name gives the name.`,
		Example: "  vesper articles add port-cities.txt\n  pbpaste | vesper articles add - --name port-cities.txt",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			files, err := a.readArticles(h, args, name)
			if err != nil {
				return err
			}
			for _, f := range files {
				if dryRun {
					a.print("%s %s\n", f.name,
						map[bool]string{true: "would be put on the desk", false: "is already there"}[f.isNew])
					continue
				}
				article, added, err := h.desk.Add(cmd.Context(), f.name, f.text)
				if err != nil {
					return a.badFile(err)
				}
				a.print("%s %s\n", article.ID,
					map[bool]string{true: "added", false: "is already there"}[added])
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&name, "name", "stdin.txt", "the article from stdin gets this `NAME`")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only check the files; write nothing")
	return cmd
}

// newArticle is a file that can be put on the desk.
type newArticle struct {
	name  string
	text  []byte
	isNew bool
}

// readArticles reads all files and checks them, before one is written.
func (a *app) readArticles(h *house, args []string, stdinName string) ([]newArticle, error) {
	var files []newArticle
	for _, arg := range args {
		if strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://") {
			return nil, usage(fmt.Errorf("%s: this version adds files, not URLs", arg),
				"save the article as a file in the house format")
		}
		f := newArticle{name: filepath.Base(arg)}
		if arg == "-" {
			f.name = stdinName
		}
		var err error
		if f.text, err = a.readInput(arg); err != nil {
			return nil, err
		}
		if _, f.isNew, err = h.desk.Check(f.name, f.text); err != nil {
			return nil, a.badFile(err)
		}
		files = append(files, f)
	}
	return files, nil
}

func (a *app) badFile(err error) error {
	var flaws intake.Flaws
	if errors.As(err, &flaws) {
		return a.flawed(exitFailed, flaws)
	}
	return usage(err, "")
}
