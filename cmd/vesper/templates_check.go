package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/render"
	"vesper/subscribers/web"
	"vesper/templates"
)

func (a *app) templatesCheckCommand() *cobra.Command {
	var dir, out string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check that your templates still render and have what they must have",
		Long: `Renders all emails and pages with your templates, from sample articles: editions of 1
to 30 articles, unusual and malicious ones, several languages, all other emails and
pages. Says with file and line what fails, and whether Outlook's comments, the
unsubscribe link and the postal address are still there.`,
		Example: `  vesper templates check
  vesper templates check --dir ./new-templates --out ./look`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			o := templates.Options{Dir: dir}
			if !cmd.Flags().Changed("dir") {
				c, err := a.loadForTemplates()
				if err != nil {
					return err
				}
				o = looksOf(c)
			} else if err := namesFolder("--dir", dir); dir != "" && err != nil {
				return err
			}
			return a.checkTemplates(o, out)
		}),
	}
	cmd.Flags().StringVar(&dir, "dir", "", "check the templates in this `DIR` (default: the configured one)")
	cmd.Flags().StringVar(&out, "out", "", "write what was rendered to this `DIR`")
	return cmd
}

// loadForTemplates reads the configuration and does not mind its flaws: the templates
// may be what is wrong with it.
func (a *app) loadForTemplates() (*config.Config, error) {
	c, flaws, _, err := a.read()
	if err == nil && c == nil {
		return nil, a.flawed(exitUsage, flaws)
	}
	return c, err
}

func (a *app) checkTemplates(o templates.Options, out string) error {
	set, err := templates.Load(o)
	if err != nil {
		return a.flawed(exitFailed, templateFlaws(o.Dir, err))
	}
	specimens, err := render.Specimens(set)
	if err != nil {
		return a.flawed(exitFailed, templateFlaws(o.Dir, err))
	}
	pages, err := pageSpecimens(set)
	if err != nil {
		return a.flawed(exitFailed, templateFlaws(o.Dir, err))
	}
	specimens = append(specimens, pages...)
	var flaws []*digest.Flaw
	for _, s := range specimens {
		if out != "" {
			if err := a.writeSpecimen(out, s); err != nil {
				return err
			}
		}
		for _, problem := range s.Flaws() {
			f := &digest.Flaw{File: filepath.Join(o.Dir, s.Template), Problem: problem}
			if !slices.ContainsFunc(flaws, func(g *digest.Flaw) bool { return *g == *f }) {
				flaws = append(flaws, f)
			}
		}
	}
	if len(flaws) > 0 {
		return a.flawed(exitFailed, flaws)
	}
	own := "the built-in templates"
	if n := len(set.Replaced); n > 0 {
		own = fmt.Sprintf("%s of yours (%s)", count(n, "file"), strings.Join(set.Replaced, ", "))
	}
	err = a.print("%s: %s rendered, nothing is missing\n", own, count(len(specimens), "specimen"))
	return err
}

func (a *app) writeSpecimen(dir string, s render.Specimen) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return a.write(filepath.Join(dir, s.Name), []byte(s.Content))
}

// pageSpecimens renders the readers' pages in all languages.
func pageSpecimens(set *templates.Set) ([]render.Specimen, error) {
	var all []render.Specimen
	for _, language := range set.Languages() {
		p, title := render.SpecimenPublication(language)
		pages := web.Pages{Publication: p, Title: title, Templates: set}
		rendered, err := pages.Specimens()
		if err != nil {
			return nil, err
		}
		for _, page := range rendered {
			s := render.Specimen{
				Name: page.Name + "-" + language + ".html", Template: "web/" + page.Template + ".html",
				Content: page.HTML, Address: p.PostalAddress,
			}
			if page.Template == "signup" {
				s.Privacy = p.PrivacyURL
			}
			all = append(all, s)
		}
	}
	return all, nil
}
