package main

import (
	"github.com/spf13/cobra"
)

func (a *app) templatesCommand() *cobra.Command {
	cmd := noun("templates", "The templates of emails and pages, and their words",
		"  vesper templates dump templates\n  vesper templates watch\n  vesper templates check",
		a.templatesDumpCommand(), a.templatesWatchCommand(), a.templatesCheckCommand())
	cmd.Long = `The templates of all emails and pages, and their words in each language, are built
in. To change one, put a file of the same name into a folder, and name the folder in
the configuration (dir in [templates]). It needs only the files that you change:

  email/edition.html   the edition; beside it the other emails, and a .txt for each
  email/parts.html     what they share: the head, the foot
  web/…                the readers' pages
  words/de.json        the words in German; a new language is a new file

Templates are Go's html/template and text/template. @ink, @accent and the like are
the design's colours and sizes. On pages, styles work in style elements only: a style
attribute, a script or an image has no effect.`
	return cmd
}
