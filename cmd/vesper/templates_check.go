package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/render"
	"vesper/subscribers/web"
	"vesper/templates"
	"vesper/templates/lint"
)

func (a *app) templatesCheckCommand() *cobra.Command {
	var dir, out string
	var f format
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check that your templates still render and have what they must have",
		Long: `Renders all emails and pages with your templates, from sample articles: editions of 1
to 30 articles, unusual and malicious ones, several languages, all other emails and
pages. Says with file and line what fails, and whether Outlook's comments, the
unsubscribe link and the postal address are still there.

Each email is looked at as mail programs do: whether its CSS can be read, the contrast
of all text in light and in dark mode (4.5) and where a program makes mail dark by
itself (3), padding that Outlook ignores, what Gmail, Outlook, Yahoo or Samsung Email
are known not to show, images of a server, images without alt, and an odd number of
links, which spam filters mark down. Each page is looked at as browsers do: its CSS and
contrast, images, and what its policy does not let through, such as scripts. A note
says what of an edition your templates leave out, such as the lines of tomorrow.txt.`,
		Example: `  vesper templates check
  vesper templates check --dir ./new-templates --out ./look
  vesper templates check -o json | jq -r .problem`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			o := templates.Options{Dir: dir}
			if !cmd.Flags().Changed("dir") {
				c, err := a.loadForTemplates()
				if err != nil {
					return err
				}
				o = looksOf(c)
			} else if err := namesFolder("--dir", dir); err != nil {
				return err
			}
			return a.checkTemplates(o, out, f)
		}),
	}
	cmd.Flags().StringVar(&dir, "dir", "", "check the templates in this `DIR` (default: the configured one)")
	addJSON(cmd, &f)
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

func (a *app) checkTemplates(o templates.Options, out string, f format) error {
	set, specimens, err := specimensOf(o)
	if err != nil {
		return a.failedTemplates(templateFlaws(o.Dir, err), f)
	}
	var flaws []*digest.Flaw
	said := map[digest.Flaw]bool{}
	for _, s := range specimens {
		if out != "" {
			if err := a.writeSpecimen(out, s); err != nil {
				return err
			}
		}
		found, err := specimenFlaws(set, o.Dir, s)
		if err != nil {
			return err
		}
		for _, flaw := range found {
			// What many specimens share is said once, with the first of them.
			if said[*flaw] {
				continue
			}
			said[*flaw] = true
			if flaw.Line == 0 && !strings.Contains(flaw.Problem, s.Name) {
				flaw.Problem += " (in " + s.Name + ")"
			}
			flaws = append(flaws, flaw)
		}
	}
	if len(flaws) > 0 || f == "json" {
		return a.failedTemplates(flaws, f)
	}
	a.tellUnprinted(set, o.Dir)
	own := "the built-in templates"
	if n := len(set.Replaced); n > 0 {
		own = fmt.Sprintf("%s of yours (%s)", count(n, "file"), strings.Join(set.Replaced, ", "))
	}
	return a.print("%s: %s rendered, nothing is missing\n", own, count(len(specimens), "specimen"))
}

// unprinted is what an edition may have, by the value that a template prints it with, and
// what is lost without it.
var unprinted = []struct{ value, lost string }{
	{".Tomorrow", "the lines of tomorrow.txt are not printed"},
	{".Closing", "how to answer, and where to get one's own copy and all editions, are not printed"},
}

// tellUnprinted says what of an edition its own templates leave out, such as those that were
// made before there was such a thing. That may be meant.
func (a *app) tellUnprinted(set *templates.Set, dir string) {
	for _, name := range set.Replaced {
		if name != "email/edition.html" && name != "email/edition.txt" {
			continue
		}
		for _, u := range unprinted {
			if _, line := set.Find(name, u.value); line == 0 {
				a.tell("note: %s has no %s: %s\n", filepath.Join(dir, name), u.value, u.lost)
			}
		}
	}
}

// specimensOf renders all emails and pages.
func specimensOf(o templates.Options) (*templates.Set, []render.Specimen, error) {
	set, err := templates.Load(o)
	if err != nil {
		return nil, nil, err
	}
	specimens, err := render.Specimens(set)
	if err != nil {
		return nil, nil, err
	}
	pages, err := pageSpecimens(set)
	return set, append(specimens, pages...), err
}

// specimenFlaws says what a specimen lacks, and what mail programs make of an email, and
// browsers of a page.
func specimenFlaws(set *templates.Set, dir string, s render.Specimen) ([]*digest.Flaw, error) {
	var flaws []*digest.Flaw
	for _, problem := range s.Flaws() {
		flaws = append(flaws, &digest.Flaw{File: filepath.Join(dir, s.Template), Problem: problem})
	}
	look := lint.Page
	switch {
	case !strings.HasSuffix(s.Name, ".html"):
		return flaws, nil
	case strings.HasPrefix(s.Template, "email/"):
		look = lint.Email
	}
	found, err := look(s.Content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	for _, f := range found {
		file, line := set.Find(s.Template, f.Piece)
		flaws = append(flaws, &digest.Flaw{File: filepath.Join(dir, file), Line: line, Problem: f.Problem, Hint: f.Hint})
	}
	return flaws, nil
}

// failedTemplates tells all flaws, for people or as an object a line.
func (a *app) failedTemplates(flaws []*digest.Flaw, f format) error {
	if f != "json" {
		return a.flawed(exitFailed, flaws)
	}
	for _, flaw := range flaws {
		line, err := json.Marshal(struct {
			File    string `json:"file"`
			Line    int    `json:"line"`
			Problem string `json:"problem"`
			Hint    string `json:"hint"`
		}{flaw.File, flaw.Line, flaw.Problem, flaw.Hint})
		if err != nil {
			return err
		}
		if err := a.print("%s\n", line); err != nil {
			return err
		}
	}
	if len(flaws) > 0 {
		return exit(exitFailed)
	}
	return nil
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
