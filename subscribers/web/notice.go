package web

import (
	"vesper/subscribers"
	"vesper/templates"
)

// notice is a page that tells something, with at most one link to go on.
type notice struct {
	templates.Chrome
	Heading string
	Text    []string
	Hint    string
	Way     *way
	// Undo is where a button takes back what was just done.
	Undo string
}

// way is a link of a notice. It is relative, since the proxy may serve the pages
// below a path of its own.
type way struct{ URL, Label string }

func (s *site) notice(heading string, text ...string) notice {
	return notice{Chrome: s.chrome(heading), Heading: heading, Text: text}
}

// sent answers every sign-up alike. The address is the one that was typed.
func (s *site) sent(address string) notice {
	w := s.words.Pages
	n := s.notice(w.Sent, templates.Say(w.SentText, "address", address))
	n.Hint = w.SentHint
	return n
}

// confirmed leads to the latest edition, if there is one.
func (s *site) confirmed(root string, latest bool) notice {
	w := s.words.Pages
	n := s.notice(w.Confirmed, templates.Say(w.ConfirmedText, "name", s.name()))
	if latest {
		n.Way = &way{root + "e/latest", s.words.Letters.Latest}
	}
	return n
}

func (s *site) expired(root string) notice {
	n := s.notice(s.words.Pages.Expired, s.words.Pages.ExpiredText)
	n.Way = &way{root + "s", s.words.Pages.Again}
	return n
}

func (s *site) gone(root string) notice {
	w := s.words.Pages
	n := s.notice(w.Unsubscribed, templates.Say(w.NoMore, "name", s.name()))
	n.Way = &way{root + "s", w.Again}
	return n
}

// goneBefore answers one who opens the link to leave, and has left.
func (s *site) goneBefore(root string) notice {
	n := s.gone(root)
	n.Heading = s.words.Pages.AlreadyUnsubscribed
	n.Chrome = s.chrome(n.Heading)
	return n
}

// kept tells a reader who wanted to leave, and stays, what comes from now on. Of one who has
// every evening, and pauses, the evenings are not told: the paper may not come on all of them.
func (s *site) kept(p subscribers.Preferences) notice {
	w := s.words.Pages
	n := s.notice(w.Kept)
	if p.Evenings.Whole() != subscribers.EveryEvening {
		n.Text = append(n.Text, templates.Say(w.KeptText, "name", s.name(), "evenings", s.evenings(p.Evenings)))
	}
	if paused := s.paused(p); paused != "" {
		n.Text = append(n.Text, paused)
	}
	return n
}
