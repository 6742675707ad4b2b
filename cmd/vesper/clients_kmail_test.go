//go:build clients

package main

import (
	"image"
	"path/filepath"
	"strings"
	"testing"
)

// kmail is given the message as a file. Its viewer of HTML knows no night: the mail stays
// light in a dark window.
var kmail = client{
	name:   "kmail",
	page:   image.Rect(50, 250, 850, 820),
	opens:  opensKMail,
	always: "light",
}

func opensKMail(t *testing.T, s *screen, p *post, dark bool) (reply func()) {
	s.file(t, "kmail.akonadiserverrc", ".config/akonadi/akonadiserverrc")
	for _, name := range []string{"emailidentities", "kwalletrc", "kmail2rc"} {
		s.file(t, "kmail."+name, ".config/"+name)
	}
	if dark {
		s.file(t, "kmail.kdeglobals", ".config/kdeglobals")
	}
	s.env = append(s.env, "XDG_CURRENT_DESKTOP=KDE", "XDG_SESSION_TYPE=x11", "QT_QPA_PLATFORM=xcb",
		"QTWEBENGINE_CHROMIUM_FLAGS=--no-sandbox --disable-gpu")
	p.given, p.draftFolder = true, filepath.Join(s.dir, ".local/share/local-mail/drafts")
	s.runs(t, "kmail", "--view", p.file())
	s.until(t, "the message's window", func() bool { return strings.Contains(s.titles(), "KMail") })
	return func() {
		s.tries(t, "a reply", func() { s.press("r") }, func() bool { return strings.Contains(s.titles(), "Re: ") })
		s.tries(t, "a draft", func() { s.press("ctrl+s") }, func() bool { return len(p.drafts()) > 0 })
	}
}
