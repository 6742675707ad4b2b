package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/gather"
	"vesper/digest/intake"
	"vesper/digest/intake/fetch"
)

func (a *app) articlesAddCommand() *cobra.Command {
	var dryRun bool
	var name string
	var allowed []string
	cmd := &cobra.Command{
		Use: "add FILE|URL…", Short: "Put files in the house format, or stories by their URL, on the desk",
		Long: `Copies files in the house format to the desk, under their own names. All files are
checked before the first is written. For stdin, --name gives the name.
If you give the URL of a story, its page is fetched and written as a file. From other
sites than url in [publication] only the headline, the summary and the link are taken.`,
		Example: "  vesper articles add port-cities.txt\n  pbpaste | vesper articles add - --name port-cities.txt\n" +
			"  vesper articles add https://www.news.example/port-cities/",
		Args: cobra.MinimumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			var urls []string
			args = slices.DeleteFunc(args, func(arg string) bool {
				if u, err := url.Parse(arg); err != nil || u.Host == "" {
					return false
				}
				urls = append(urls, arg)
				return true
			})
			files, err := a.readArticles(h, args, name)
			if err != nil {
				return err
			}
			for _, f := range files {
				for _, l := range f.loose {
					a.tell("%s: warning: %s\n", f.name, l)
				}
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
			return a.addURLs(cmd.Context(), h, urls, allowed, dryRun)
		}),
	}
	cmd.Flags().StringArrayVar(&allowed, "allow-private", nil,
		"fetch from this `RANGE` of private addresses too, such as 127.0.0.0/8 (may be given several times)")
	cmd.Flags().StringVar(&name, "name", "stdin.txt", "the article from stdin gets this `NAME`")
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only check the files; write nothing")
	return cmd
}

// addURLs fetches the stories of web pages.
func (a *app) addURLs(ctx context.Context, h *house, urls, allowed []string, dryRun bool) error {
	if len(urls) == 0 {
		return nil
	}
	get, err := getter(allowed)
	if err != nil {
		return usage(fmt.Errorf("--allow-private: %w", err), "such as 192.168.1.0/24")
	}
	g, err := a.newGatherer(h, nil)
	if err != nil {
		return err
	}
	for _, u := range urls {
		if dryRun {
			a.print("%s would be fetched\n", fetch.Shown(u))
			continue
		}
		st, added, err := g.Add(ctx, get, u)
		switch {
		case errors.Is(err, gather.ErrIsFeed):
			return usage(fmt.Errorf("%s: %w", fetch.Shown(u), err), `"vesper feeds test URL" shows what it has`)
		case err != nil:
			return notFetched(u, err)
		case added:
			a.print("%s added\n", st.Article)
		case st.State == digest.StoryOnDesk:
			a.print("%s is already there\n", st.Article)
		default:
			a.print("%s was not added: it is %s (%s)\n", fetch.Shown(u), st.State, st.Reason)
			if st.Article != "" {
				a.tell("hint: \"vesper articles unspike %s\" brings it back\n", st.Article)
			}
		}
	}
	return nil
}

// newArticle is a file that can be put on the desk.
type newArticle struct {
	name  string
	text  []byte
	isNew bool
	// loose is what was taken loosely.
	loose []string
}

// readArticles reads all files and checks them, before one is written.
func (a *app) readArticles(h *house, args []string, stdinName string) ([]newArticle, error) {
	var files []newArticle
	for _, arg := range args {
		f := newArticle{name: filepath.Base(arg)}
		if arg == "-" {
			f.name = stdinName
		}
		var err error
		if f.text, err = a.readInput(arg); err != nil {
			if _, is := os.Lstat(arg); errors.Is(is, fs.ErrNotExist) && namesHost(arg) {
				return nil, usage(err, "the address of a story begins with https://")
			}
			return nil, err
		}
		article, isNew, err := h.desk.Check(f.name, f.text)
		if err != nil {
			return nil, a.badFile(err)
		}
		f.isNew, f.loose = isNew, article.Loose
		files = append(files, f)
	}
	return files, nil
}

// namesHost says whether what is no file looks like the address of a story, which are copied
// without their https:// too: it begins with the name of a web server.
func namesHost(name string) bool {
	part, _, _ := strings.Cut(name, "/")
	dot := strings.LastIndexByte(part, '.')
	return strings.HasPrefix(part, "http") || dot > 0 && dot+1 < len(part) && !strings.HasSuffix(part, ".txt")
}

func (a *app) badFile(err error) error {
	if errors.Is(err, digest.ErrUnseen) {
		return err
	}
	var flaws intake.Flaws
	if errors.As(err, &flaws) {
		return a.flawed(exitFailed, flaws)
	}
	return usage(err, "")
}
