package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/intake"
)

func (a *app) articlesCheckCommand() *cobra.Command {
	var strict bool
	cmd := &cobra.Command{
		Use: "check FILE…", Short: "Check files for the house format; says file:line: what is wrong",
		Long: `Says for each file whether it is in the house format. Small differences from the
format are warnings, and so is what an editor would mend: a headline in capitals, "TK",
a Quick Look that repeats the headline, texts that are too long. Where a field is
missing, the [publication] name and the titles of the editions in the configuration
tell which one. tomorrow.txt, what the next day brings, is checked as such: its first
line is "Date: 2026-11-24", and up to five lines of text follow.`,
		Example: "  vesper articles check desk/*.txt\n  vesper articles check --strict desk/*.txt\n" +
			"  pbpaste | vesper articles check -",
		Args: cobra.MinimumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			format, err := a.format(strict)
			if err != nil {
				return err
			}
			bad := 0
			for _, name := range args {
				good, err := a.checkArticle(format, name)
				if err != nil {
					return err
				}
				if !good {
					bad++
				}
			}
			if bad > 0 {
				return exit(exitFailed)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&strict, "strict", false, "each difference from the format is an error")
	return cmd
}

// format is how the configured publication writes its articles. Without a configuration
// its name is not known. What is wrong with one is for others to say.
func (a *app) format(strict bool) (intake.Format, error) {
	format := intake.Format{Zone: time.UTC, Editions: []string{config.DefaultEdition().Title}, Strict: strict}
	if _, err := config.Find(a.configFile, a.env); err != nil {
		return format, nil
	}
	c, _, _, err := a.read()
	if err != nil || c == nil {
		return format, err
	}
	if zone, err := time.LoadLocation(c.Publication.Timezone); err == nil {
		format.Zone = zone
	}
	format.Publication, format.Editions = c.Publication.Name, titles(c)
	return format, nil
}

// checkArticle says whether a file is an article, and tells all that it is not as it should.
func (a *app) checkArticle(format intake.Format, name string) (good bool, err error) {
	text, err := a.readInput(name)
	if err != nil {
		return false, err
	}
	const stdin = "stdin"
	if name == "-" {
		name = stdin
	}
	if intake.IsTomorrow(name) {
		return a.checkTomorrow(format, name, text)
	}
	article, loose, err := format.Parse(name, bytes.NewReader(text))
	if flaws := intake.Flaws(nil); errors.As(err, &flaws) {
		for _, f := range flaws {
			a.flaw(f)
		}
		return false, nil
	} else if err != nil {
		return false, err
	}
	a.print("%s: ok: %s (%s, %s)\n", name, article.Headline,
		count(len(article.QuickLooks), "Quick Look"), count(len(article.DeepLook), "paragraph"))
	if name != stdin {
		if wrong := intake.CheckName(filepath.Base(name)); wrong != nil {
			a.tell("%s: warning: on the desk it is no article: %s\n", name, wrong)
		}
	}
	for _, f := range append(loose, intake.Spaces(name, text)...) {
		a.warning(f)
	}
	for _, remark := range article.Remarks() {
		a.tell("%s: warning: %s\n", name, remark)
	}
	return true, nil
}

// checkTomorrow says whether a file has what the next day brings.
func (a *app) checkTomorrow(format intake.Format, name string, text []byte) (good bool, err error) {
	t, err := intake.ParseTomorrow(name, bytes.NewReader(text))
	if flaws := intake.Flaws(nil); errors.As(err, &flaws) {
		for _, f := range flaws {
			a.flaw(f)
		}
		return false, nil
	} else if err != nil {
		return false, err
	}
	a.print("%s: ok: %s for %s, in the editions of %s\n", name, count(len(t.Lines), "line"), t.Date, t.Date.AddDays(-1))
	if filepath.Base(name) != intake.TomorrowFile {
		a.tell("%s: warning: on the desk its name must be %s, in small letters\n", name, intake.TomorrowFile)
	}
	if today := digest.DateOf(a.now().In(format.Zone)); t.Date.Compare(today) <= 0 {
		a.tell("%s: warning: the day has come: only an edition of the day before that is late prints it\n", name)
	}
	return true, nil
}

// warning tells what was taken loosely, as flaw does.
func (a *app) warning(f *digest.Flaw) {
	w := *f
	w.Problem = "warning: " + f.Problem
	a.tell("%s\n", &w)
	if f.Hint != "" {
		a.tell("hint: %s\n", f.Hint)
	}
}
