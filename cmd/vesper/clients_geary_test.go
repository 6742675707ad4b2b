//go:build clients

package main

import (
	"image"
	"strings"
	"testing"
)

var geary = client{
	name:  "geary",
	page:  image.Rect(50, 300, 850, 1600),
	opens: opensGeary,
}

func opensGeary(t *testing.T, s *screen, p *post, dark bool) (reply func()) {
	s.file(t, "geary.ini", ".config/geary/account_01/geary.ini", "PORT", p.port)
	s.file(t, "geary.settings", ".config/glib-2.0/settings/keyfile")
	s.gnome(t, dark, "xdg:schema org.gnome.Geary proto IMAP host 127.0.0.1 login ines", "geary")
	s.until(t, "the main window", func() bool { return strings.Contains(s.titles(), "Inbox") })
	// The list is left for what is chosen in it, the first row; below that one the list is
	// empty. Where it was, a click would hit the message's head, so nothing is clicked once
	// the message is there.
	s.tries(t, "the message is chosen", func() { s.click(600, 90) }, func() bool {
		shot, err := s.shot()
		return err == nil && !blank(t, shot, image.Rect(310, 200, 890, 700))
	})
	s.until(t, "the message is marked as read", p.seen)
	return func() {
		s.press("ctrl+r")
		s.types("Thank you")
	}
}
