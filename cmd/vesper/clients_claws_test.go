//go:build clients

package main

import (
	"image"
	"path/filepath"
	"strings"
	"testing"
)

// claws is Claws Mail with its small viewer of HTML; without one it shows the text part. The
// viewer takes a media feature that it does not know as given, the night's among them, and sets
// the words of a line from the left in Arabic too.
var claws = client{
	name:   "claws-mail",
	page:   image.Rect(180, 250, 840, 900),
	opens:  opensClaws,
	always: "dark",
}

func opensClaws(t *testing.T, s *screen, p *post, dark bool) (reply func()) {
	viewers, _ := filepath.Glob("/usr/lib/*/claws-mail/plugins/litehtml_viewer.so")
	if len(viewers) != 1 {
		t.Fatalf("%d viewers of HTML are installed for Claws Mail, want one", len(viewers))
	}
	s.file(t, "claws.accountrc", ".claws-mail/accountrc", "PORT", p.port)
	s.file(t, "claws.folderlist", ".claws-mail/folderlist.xml")
	s.file(t, "claws.clawsrc", ".claws-mail/clawsrc", "PLUGIN", viewers[0])
	s.env = append(s.env, "GTK_THEME="+map[bool]string{false: "Adwaita", true: "Adwaita:dark"}[dark])
	s.runs(t, "claws-mail")
	s.until(t, "the main window", func() bool { return strings.Contains(s.titles(), "Claws Mail") })
	s.tries(t, "it asks for the password", func() { s.click(60, 156) }, func() bool {
		return strings.Contains(s.titles(), "password")
	})
	s.types("secret")
	s.until(t, "the message is shown", p.seen)
	return func() {
		s.tries(t, "a reply", func() { s.press("ctrl+r") }, func() bool {
			return strings.Contains(s.titles(), "Compose message")
		})
		s.tries(t, "a draft", func() { s.press("ctrl+s") }, func() bool { return len(p.drafts()) > 0 })
	}
}
