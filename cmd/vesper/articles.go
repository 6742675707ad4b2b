package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/intake"
)

func (a *app) articlesCommand() *cobra.Command {
	return noun("articles", "The desk: what lies on it and what the next edition takes",
		a.articlesCheckCommand(), a.articlesListCommand(), a.articlesShowCommand(), a.articlesAddCommand())
}

func (a *app) articlesCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE…", Short: "Are files in the house format: file:line: what is wrong",
		Example: "  vesper articles check desk/*.txt\n  pbpaste | vesper articles check -",
		Args:    cobra.MinimumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			bad := 0
			for _, name := range args {
				article, err := a.checkFile(name)
				var flaws intake.Flaws
				switch {
				case errors.As(err, &flaws):
					for _, f := range flaws {
						a.flaw(f)
					}
					bad++
				case err != nil:
					return usage(err, "")
				default:
					fmt.Fprintf(a.stdout, "%s: ok: %s (%s, %d paragraphs)\n", name, printable(article.Headline),
						count(len(article.QuickLooks), "Quick Look"), len(article.DeepLook))
				}
			}
			if bad > 0 {
				return exit(exitFailed)
			}
			return nil
		}),
	}
}

func (a *app) checkFile(name string) (digest.Article, error) {
	text, err := a.readInput(name)
	if err != nil {
		return digest.Article{}, err
	}
	if name == "-" {
		name = "stdin"
	}
	return intake.ParseHouse(name, bytes.NewReader(text), time.UTC)
}

func (a *app) articlesListCommand() *cobra.Command {
	var slot string
	var out format
	cmd := &cobra.Command{
		Use: "list", Short: "Every article of the desk: does the next edition take it, and why not",
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			plan, err := a.planned(cmd.Context(), h, planOptions{slot: slot}, a.now())
			if err != nil {
				return err
			}
			list := newLister(a.stdout, out, "ARTICLE", "PUBLISHED", "SOURCE", "TAKEN", "HEADLINE", "WHY NOT")
			for _, c := range plan.Choices {
				p := c.Article
				object := choiceJSON{ID: p.ID, Headline: p.Headline, Published: stamp(p.Published, h.zone), Source: p.Source, Picked: c.Picked, Reason: reason(c)}
				taken := map[bool]string{true: "yes", false: "no"}[c.Picked]
				if err := list.row(object, p.ID, list.time(p.Published, h.zone), p.Source, taken, p.Headline, reason(c)); err != nil {
					return err
				}
			}
			if err := list.done(); err != nil {
				return err
			}
			for _, f := range plan.Flaws {
				a.flaw(f)
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&slot, "slot", "", "for the edition of this `SLOT` (default: the first configured)")
	addFormat(cmd, &out)
	return cmd
}

func (a *app) articlesShowCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "show ID", Short: "One article of the desk", Args: cobra.ExactArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			article, err := h.desk.Article(cmd.Context(), args[0])
			if errors.Is(err, digest.ErrNotFound) {
				return usage(fmt.Errorf("there is no article %q on the desk", args[0]), `"vesper articles list" shows the IDs`)
			}
			if err != nil {
				return err
			}
			if out == "json" {
				return newEncoder(a.stdout).Encode(article)
			}
			a.showArticle(article, h.zone)
			return nil
		}),
	}
	addJSON(cmd, &out)
	return cmd
}

func (a *app) showArticle(article digest.Article, zone *time.Location) {
	facts := []string{article.Source, article.Dateline, article.Byline, article.Section, article.Label, moment(article.Published, zone), article.URL}
	var known []string
	for _, f := range facts {
		if f != "" {
			known = append(known, printable(f))
		}
	}
	fmt.Fprintf(a.stdout, "%s\n%s\n", printable(article.Headline), strings.Join(known, " · "))
	if article.Summary != "" {
		fmt.Fprintf(a.stdout, "\n%s\n", printable(article.Summary))
	}
	fmt.Fprintln(a.stdout, "\nQuick Looks")
	for _, q := range article.QuickLooks {
		fmt.Fprintf(a.stdout, "- %s\n", printable(q))
	}
	fmt.Fprintln(a.stdout, "\nDeep Look")
	for _, b := range article.DeepLook {
		fmt.Fprintf(a.stdout, "%s%s\n", map[bool]string{true: "\n", false: ""}[b.Heading], printable(b.Text))
	}
}

func (a *app) articlesAddCommand() *cobra.Command {
	var dryRun bool
	var name string
	cmd := &cobra.Command{
		Use: "add FILE…", Short: "Put files in the house format on the desk",
		Long: `Puts files in the house format on the desk, under their own names. All are looked
at before one is written. From stdin, the name is --name's.`,
		Example: "  vesper articles add port-cities.txt\n  pbpaste | vesper articles add - --name port-cities.txt",
		Args:    cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			files, err := a.readArticles(h, args, name)
			if err != nil {
				return err
			}
			for _, f := range files {
				if dryRun {
					fmt.Fprintf(a.stdout, "%s %s\n", f.name, map[bool]string{true: "would be put on the desk", false: "is already there"}[f.isNew])
					continue
				}
				article, added, err := h.desk.Add(cmd.Context(), f.name, f.text)
				if err != nil {
					return a.badFile(err)
				}
				fmt.Fprintf(a.stdout, "%s %s\n", article.ID, map[bool]string{true: "added", false: "is already there"}[added])
			}
			return nil
		}),
	}
	cmd.Flags().StringVar(&name, "name", "stdin.txt", "the `NAME` on the desk of what comes from stdin")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only check the files")
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
			return nil, usage(fmt.Errorf("%s: this version takes files, not addresses", arg), "save the story in the house format")
		}
		f := newArticle{name: filepath.Base(arg)}
		if arg == "-" {
			f.name = stdinName
		}
		var err error
		if f.text, err = a.readInput(arg); err != nil {
			return nil, usage(err, "")
		}
		if _, f.isNew, err = h.desk.Check(f.name, f.text); err != nil {
			return nil, a.badFile(err)
		}
		files = append(files, f)
	}
	return files, nil
}

// readInput reads an article's file; - is stdin.
func (a *app) readInput(name string) ([]byte, error) {
	if name == "-" {
		return intake.ReadFile(a.stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return intake.ReadFile(f)
}

func (a *app) badFile(err error) error {
	var flaws intake.Flaws
	if errors.As(err, &flaws) {
		return a.flawed(exitFailed, flaws)
	}
	return usage(err, "")
}
