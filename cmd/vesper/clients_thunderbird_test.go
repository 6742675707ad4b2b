//go:build clients

package main

import (
	_ "embed"
	"fmt"
	"image"
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
		s.tries(t, "a reply", func() { s.press("ctrl+r") }, func() bool { return strings.Contains(s.titles(), "Write: ") })
		s.tries(t, "a draft", func() { savesThunderbird(s) }, func() bool { return len(p.drafts()) > 0 })
	}
}

// savesThunderbird saves what is written, unless that is under way. A slow machine's
// Thunderbird may find that its mailbox takes too long, and asks whether to try again.
func savesThunderbird(s *screen) {
	titles := s.titles()
	switch {
	case strings.Contains(titles, "Save Message"):
		s.press("Return")
	case !strings.Contains(titles, "Saving Message"):
		s.press("ctrl+s")
	}
}
