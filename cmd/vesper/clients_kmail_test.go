//go:build clients

package main

import (
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kmail is KMail. Its viewer of HTML knows no night: the mail stays light in a dark window.
var kmail = client{
	name:   "kmail",
	page:   image.Rect(50, 250, 850, 820),
	opens:  opensKMail,
	always: "light",
}

// opensKMail has Akonadi fetch the message from Dovecot, and KMail open it in a window of
// its own. KMail starts last: its windows would take the keys from the question for the
// password.
func opensKMail(t *testing.T, s *screen, p *post, dark bool) (reply func()) {
	akonadi(t, s, p)
	for _, name := range []string{"emailidentities", "kwalletrc", "kmail2rc"} {
		s.file(t, "kmail."+name, ".config/"+name)
	}
	if dark {
		s.file(t, "kmail.kdeglobals", ".config/kdeglobals")
	}
	bus := filepath.Join(s.dir, "bus")
	s.env = append(s.env, "XDG_CURRENT_DESKTOP=KDE", "XDG_SESSION_TYPE=x11", "QT_QPA_PLATFORM=xcb",
		"QTWEBENGINE_CHROMIUM_FLAGS=--no-sandbox --disable-gpu", "DBUS_SESSION_BUS_ADDRESS=unix:path="+bus)
	s.starts(t, "dbus-daemon", "--session", "--nofork", "--address=unix:path="+bus)
	s.until(t, "the bus is there", func() bool { _, err := os.Stat(bus); return err == nil })
	s.starts(t, "akonadi_control")
	s.until(t, "it asks for the password", func() bool { return strings.Contains(s.titles(), "Password") })
	s.types("secret")
	s.tries(t, "the message is fetched", func() {
		s.call("org.freedesktop.Akonadi.Resource.akonadi_imap_resource_0", "/",
			"org.freedesktop.Akonadi.Resource.synchronize")
	}, func() bool {
		files, err := filepath.Glob(p.draftFiles)
		return err == nil && len(files) > 0
	})
	s.starts(t, "kmail")
	shown := false
	s.tries(t, "the message's window", func() {
		if !shown {
			said := s.call("org.kde.kmail", "/KMail", "org.kde.kmail.kmail.showMail", "int64:1")
			shown = strings.Contains(said, "boolean true")
		}
	}, func() bool { return strings.Contains(s.titles(), " - IMAP Account/Inbox") })
	return func() {
		s.tries(t, "a reply", func() { s.press("r") }, func() bool { return strings.Contains(s.titles(), "Re: ") })
		s.tries(t, "a draft", func() { s.press("ctrl+s") }, func() bool { return len(p.drafts()) > 0 })
	}
}

// call asks something of a program by the session's bus, and gives the reply.
func (s *screen) call(program, object, method string, args ...string) string {
	ask := []string{"dbus-send", "--session", "--print-reply", "--dest=" + program, object, method}
	reply, _ := s.do(append(ask, args...)...)
	return reply
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
	for _, name := range []string{
		"specialmailcollectionsrc", "akonadi_maildir_resource_0rc", "akonadi_imap_resource_0rc", "akonadi-firstrunrc",
	} {
		s.file(t, "kmail."+name, ".config/"+name, "HOME", s.dir, "IMAP-PORT", p.port)
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
	p.draftFiles = filepath.Join(s.dir, ".local/share/akonadi/file_db_data/*/*")
}
