//go:build clients

package main

import (
	_ "embed"
	"fmt"
	"image"
	"path/filepath"
	"strings"
	"testing"
)

// thunderbirdPrefs has the account, no first steps, no network but loopback, and the
// colours of the day or the night.
//
//go:embed testdata/clients/thunderbird.js
var thunderbirdPrefs string

var thunderbird = client{
	name:  "thunderbird",
	page:  image.Rect(50, 300, 850, 1600),
	opens: opensThunderbird,
}

func opensThunderbird(t *testing.T, s *screen, p *post, dark bool) (reply func()) {
	night := map[bool]int{true: 1}[dark]
	s.write(t, "profile/user.js", thunderbirdPrefs, "COLOURS", fmt.Sprint(1-night), "DARK", fmt.Sprint(night),
		"PORT", p.port)
	s.runs(t, "thunderbird", "--profile", s.dir+"/profile", "--no-remote")
	s.until(t, "it asks for the password", func() bool { return strings.Contains(s.titles(), "password") })
	s.types("secret")
	// The next message that is not read, and then a window of its own.
	s.tries(t, "the message is chosen", func() { s.press("n") }, p.seen)
	s.tries(t, "a window of its own", func() { s.press("Return") }, func() bool {
		return strings.Count(s.titles(), "Mozilla Thunderbird") > 1
	})
	return func() {
		// To save a draft in a folder that it does not know yet fails, however often it is tried.
		s.until(t, "it knows the folder of drafts", func() bool {
			found, err := filepath.Glob(s.dir + "/profile/ImapMail/*/Drafts.msf")
			return err == nil && len(found) > 0
		})
		s.tries(t, "a reply", func() { s.press("ctrl+r") }, func() bool { return strings.Contains(s.titles(), "Write: ") })
		s.tries(t, "a draft", func() { savesThunderbird(s) }, func() bool { return len(p.drafts()) > 0 })
	}
}

// savesThunderbird saves what is written, unless that is under way. Where it asks whether to try again,
// since the draft did not reach the server, it is to.
func savesThunderbird(s *screen) {
	switch titles := s.titles(); {
	case strings.Contains(titles, "Save Message"):
		s.press("Return")
	case !strings.Contains(titles, "Saving Message"):
		s.press("ctrl+s")
	}
}
