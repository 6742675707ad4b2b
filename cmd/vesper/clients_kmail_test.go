//go:build clients

package main

import (
	"image"
	"os"
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
	akonadi(t, s, p)
	for _, name := range []string{"emailidentities", "kwalletrc", "kmail2rc"} {
		s.file(t, "kmail."+name, ".config/"+name)
	}
	if dark {
		s.file(t, "kmail.kdeglobals", ".config/kdeglobals")
	}
	s.env = append(s.env, "XDG_CURRENT_DESKTOP=KDE", "XDG_SESSION_TYPE=x11", "QT_QPA_PLATFORM=xcb",
		"QTWEBENGINE_CHROMIUM_FLAGS=--no-sandbox --disable-gpu")
	s.runs(t, "kmail", "--view", p.file())
	s.until(t, "the message's window", func() bool { return strings.Contains(s.titles(), "KMail") })
	return func() {
		s.tries(t, "a reply", func() { s.press("r") }, func() bool { return strings.Contains(s.titles(), "Re: ") })
		s.tries(t, "a draft", func() { s.press("ctrl+s") }, func() bool { return len(p.drafts()) > 0 })
	}
}

// akonadi prepares the store in which KMail keeps its mail. At a first start KMail and an
// agent both make the local folders, and the drafts may end up in a folder elsewhere or in
// none ("Invalid parent"): so the folders are there before. The agents that would start
// with the store (indexing, notes, filters) do nothing for us, and the more of them there
// are the likelier are two to wait for each other's hold on SQLite for good: none is
// started. The text of each message that is saved is a file of the store, whether or not
// it has been written to the local folders yet.
func akonadi(t *testing.T, s *screen, p *post) {
	t.Helper()
	for _, name := range []string{"akonadiserverrc", "agentsrc"} {
		s.file(t, "kmail."+name, ".config/akonadi/"+name)
	}
	for _, name := range []string{"specialmailcollectionsrc", "akonadi_maildir_resource_0rc", "akonadi-firstrunrc"} {
		s.file(t, "kmail."+name, ".config/"+name, "HOME", s.dir)
	}
	for _, folder := range []string{"inbox", "outbox", "sent-mail", "drafts", "templates", "trash"} {
		for _, part := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(s.dir, ".local/share/local-mail", folder, part), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	agents, _ := filepath.Glob("/usr/share/akonadi/agents/*.desktop")
	for _, file := range agents {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), ",Autostart") {
			s.write(t, ".local/share/akonadi/agents/"+filepath.Base(file), string(text), ",Autostart", "")
		}
	}
	p.given, p.draftFiles = true, filepath.Join(s.dir, ".local/share/akonadi/file_db_data/*/*")
}
