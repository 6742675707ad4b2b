package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/mail"
	"sync"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

// reader gives the public ID in a request's link. The error is
// subscribers.ErrToken for a link that is not ours, not whole or has another
// purpose, and subscribers.ErrExpired or ErrRetired for one that was good. Any other is
// our fault.
func (s *site) reader(r *http.Request, p subscribers.Purpose) (uint64, error) {
	ring, err := s.List.Keyring(r.Context())
	if err != nil {
		return 0, err
	}
	return ring.Link(subscribers.Whole(r.PathValue("token"), p), p, s.Now())
}

// find gives the reader with this public ID; ok is false when there is none.
func (s *site) find(r *http.Request, publicID uint64) (is subscribers.Subscriber, ok bool, err error) {
	is, err = s.List.Reader(r.Context(), publicID)
	if errors.Is(err, digest.ErrNotFound) {
		return is, false, nil
	}
	return is, err == nil, err
}

// astray answers a request whose link leads to no reader. It tells a person what to
// do, and nothing of who is on the list, since it has not looked.
func (s *site) astray(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, subscribers.ErrToken):
		s.show(w, r, http.StatusNotFound, "notice", s.broken(root(r)))
	case errors.Is(err, subscribers.ErrExpired):
		s.show(w, r, http.StatusOK, "notice", s.expired(root(r)))
	case errors.Is(err, subscribers.ErrRetired):
		s.show(w, r, http.StatusOK, "notice", s.notice(s.words.Pages.Expired, s.words.Pages.RetiredText))
	default:
		s.unavailable(w, r, err)
	}
}

// broken says that a link is not whole. Of a mailbox with a name the address is
// enough.
func (s *site) broken(root string) notice {
	w := s.words.Pages
	n := s.notice(w.Broken, templates.Say(w.BrokenText, "address", s.writeTo()))
	n.Way = &way{root + "s", templates.Say(w.SignUp, "name", s.name())}
	return n
}

// oneClickAstray answers a mailbox provider whose link leads to no reader. That it
// comes at all says that a program changes the links in our mail: readers press a
// button that does nothing. The operator's own try says nothing of the kind.
func (s *site) oneClickAstray(w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(err, subscribers.ErrToken) && !errors.Is(err, subscribers.ErrExpired) {
		s.unavailable(w, r, err)
		return
	}
	if _, err := s.reader(r, subscribers.ToSee); err != nil {
		s.changed.count(s.Now(), func(n int) {
			s.Log.WarnContext(r.Context(), "something changes the links in our mail: one-click unsubscribe requests came with "+
				"links that are not ours", "requests", n)
		})
	}
	s.say(w, http.StatusBadRequest, s.words.Pages.Broken)
}

// changed counts the one-click requests whose links are not ours.
type changed struct {
	mu   sync.Mutex
	n    int
	said time.Time
}

// often is how often they are told of at most.
const often = time.Hour

// count adds one, and tells how many there were since it last did.
func (c *changed) count(now time.Time, tell func(n int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	if !c.said.IsZero() && now.Sub(c.said) < often {
		return
	}
	tell(c.n)
	c.n, c.said = 0, now
}

// writeTo is where a person may write to: an address without a name.
func (s *site) writeTo() string {
	at, err := mail.ParseAddress(cmp.Or(s.Publication.ReplyTo, s.Publication.From))
	if err != nil {
		return ""
	}
	return at.Address
}
