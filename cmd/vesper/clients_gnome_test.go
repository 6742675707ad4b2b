//go:build clients

package main

import (
	"embed"
	"image"
	"path/filepath"
	"strings"
	"testing"
)

// clientFiles are what programs read from their home at the start.
//
//go:embed testdata/clients
var clientFiles embed.FS

// file puts one of them into the home, with what the words stand for in it.
func (s *screen) file(t *testing.T, name, as string, words ...string) {
	t.Helper()
	text, err := clientFiles.ReadFile("testdata/clients/" + name)
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, as, string(text), words...)
}

// gnome runs a program as GNOME does: with a keyring that has the password, and the colours
// of the day or the night.
func (s *screen) gnome(t *testing.T, dark bool, attributes string, args ...string) {
	t.Helper()
	theme := map[bool]string{false: "Adwaita", true: "Adwaita:dark"}[dark]
	s.write(t, ".config/gtk-3.0/settings.ini", "[Settings]\ngtk-application-prefer-dark-theme=DARK\n", "DARK",
		map[bool]string{false: "0", true: "1"}[dark])
	s.env = append(s.env, "GTK_THEME="+theme, "GSETTINGS_BACKEND=keyfile", "WEBKIT_DISABLE_COMPOSITING_MODE=1",
		"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS=1")
	script, err := filepath.Abs("testdata/clients/with-password.sh")
	if err != nil {
		t.Fatal(err)
	}
	s.runs(t, append([]string{"sh", script, attributes}, args...)...)
}

var evolution = client{
	name:  "evolution",
	page:  image.Rect(50, 300, 850, 1600),
	opens: opensEvolution,
}

func opensEvolution(t *testing.T, s *screen, p *post, dark bool) (reply func()) {
	for _, part := range []string{"", "-identity", "-transport"} {
		s.file(t, "evolution"+part+".source", ".config/evolution/sources/ines"+part+".source", "PORT", p.port)
	}
	s.file(t, "evolution.settings", ".config/glib-2.0/settings/keyfile")
	s.gnome(t, dark, "xdg:schema org.gnome.Evolution.Data.Source e-source-uid ines", "evolution", "--component=mail")
	s.until(t, "the main window", func() bool { return strings.Contains(s.titles(), "Mail") })
	s.tries(t, "the inbox is chosen", func() { s.press("ctrl+F1"); s.click(85, 395) }, func() bool {
		return strings.Contains(s.titles(), "Inbox")
	})
	windows := strings.Count(s.titles(), "\n")
	// The first row, and a window of its own for it.
	s.tries(t, "the message is chosen", func() { s.click(400, 198); s.press("ctrl+o") }, func() bool {
		return strings.Count(s.titles(), "\n") > windows
	})
	return func() {
		s.tries(t, "a reply", func() { s.press("ctrl+r") }, func() bool { return strings.Contains(s.titles(), "Re: ") })
		s.tries(t, "a draft", func() { s.press("ctrl+s") }, func() bool { return len(p.drafts()) > 0 })
	}
}
