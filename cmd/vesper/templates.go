package main

import (
	"github.com/spf13/cobra"
)

func (a *app) templatesCommand() *cobra.Command {
	cmd := noun("templates", "How emails and pages look, and the words that are ours",
		"  vesper templates dump templates\n  vesper templates check",
		a.templatesDumpCommand(), a.templatesCheckCommand())
	cmd.Long = `The templates of all emails and pages, and the words in each language, are built
in. To change one, put a file of the same name into the folder that you name in
the configuration (dir in [templates]). The folder needs only the files that you
change:

  email/edition.html   the edition; beside it the letters, and a .txt for each
  email/parts.html     what they share: the head, the foot
  web/…                the readers' pages
  words/de.json        our words in German; a new language is a new file

Templates are Go's html/template and text/template. @ink, @accent and the like
stand for the design's colours and sizes. On the pages styles work in style
elements only: a style attribute, a script or an image has no effect.`
	return cmd
}
