package web

import (
	"errors"
	"mime"
	"net/http"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

// toLeave shows the page with the one button and, below it, what may do instead.
// It looks the same for every token, and never at the list: what scanners fetch
// changes nothing and tells nothing.
func (s *site) toLeave(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "unsubscribe", s.leaving())
}

func (s *site) leaving() question {
	return question{
		Chrome: s.chrome(s.words.Pages.Unsubscribe), Text: templates.Say(s.words.Pages.WillStop, "name", s.name()),
		Fewer: s.presets()[1:],
	}
}

// leave takes the reader off the list at once: without a cookie, a question or a
// redirect (RFC 8058 3.2). Said twice, it is as good as said once. A token that is
// none of ours gets the same answer and has no effect.
//
// The page's other buttons ask for fewer evenings or a pause. Who may stop every
// edition may stop some: no other token is needed for it, so the page need not
// know whose it is.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	// The token alone is the reader's word, so a body that cannot be read only
	// decides on the form of the answer.
	var large *http.MaxBytesError
	if err := parseForm(r, kind); errors.As(err, &large) {
		s.say(w, http.StatusRequestEntityTooLarge, s.words.Pages.TooLarge)
		return
	}
	// A mailbox provider asks, and not our page's button.
	oneClick := r.PostForm.Get("List-Unsubscribe") == "One-Click"
	instead := r.PostForm.Get("instead")
	publicID, ok, err := s.reader(r, subscribers.ToUnsubscribe)
	switch {
	case err != nil:
	case instead != "" && !oneClick:
		s.stay(w, r, publicID, ok, instead)
		return
	case ok:
		err = s.off(r, publicID, oneClick)
	}
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case oneClick:
		s.say(w, http.StatusOK, s.words.Pages.Unsubscribed+s.words.Edition.Stop)
	default:
		s.show(w, r, http.StatusOK, "notice", s.gone())
	}
}

// stay keeps a reader who wants less. What the page does not offer is a mistake
// of whoever sent it, and shows the page again.
func (s *site) stay(w http.ResponseWriter, r *http.Request, publicID uint64, ok bool, instead string) {
	var is subscribers.Subscriber
	var err error
	if ok {
		is, ok, err = s.find(r, publicID)
	}
	if err == nil && ok && is.Status == subscribers.Unsubscribed {
		s.show(w, r, http.StatusOK, "notice", s.gone())
		return
	}
	p, offered := s.less(is.Preferences, instead)
	if err == nil && ok && offered {
		err = s.List.Prefer(r.Context(), publicID, p)
	}
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case !offered:
		s.show(w, r, http.StatusUnprocessableEntity, "unsubscribe", s.leaving())
	default:
		s.show(w, r, http.StatusOK, "notice", s.kept(p))
	}
}

// less gives a reader's preferences with one of the unsubscribe page's offers
// taken.
func (s *site) less(p subscribers.Preferences, instead string) (subscribers.Preferences, bool) {
	if instead == "month" {
		p.PausedUntil, _ = s.pause(p, "month", "")
		return p, true
	}
	for _, c := range s.presets()[1:] {
		if c.Value == instead {
			// Fewer evenings is what is asked for, and not more than before: what was
			// left out stays so, and a pause goes on.
			fewer, _ := subscribers.ParseEvenings(instead)
			if both := fewer & p.Evenings; both != 0 {
				fewer = both
			}
			p.Evenings = fewer
			return p, true
		}
	}
	return p, false
}

// reader gives whose token a request has. ok is false for one that is none of
// ours, or not for this purpose; an error is a fault of ours.
func (s *site) reader(r *http.Request, p subscribers.Purpose) (publicID uint64, ok bool, err error) {
	ring, err := s.List.Keyring(r.Context())
	if err != nil {
		return 0, false, err
	}
	publicID, err = ring.Link(r.PathValue("token"), p, s.Now())
	return publicID, err == nil, nil
}

// find gives the reader with this public ID; ok is false when there is none.
func (s *site) find(r *http.Request, publicID uint64) (is subscribers.Subscriber, ok bool, err error) {
	is, err = s.List.Reader(r.Context(), publicID)
	if errors.Is(err, digest.ErrNotFound) {
		return is, false, nil
	}
	return is, err == nil, err
}

func (s *site) off(r *http.Request, publicID uint64, oneClick bool) error {
	changed, err := s.List.Unsubscribe(r.Context(), publicID, s.Now())
	if err == nil && changed {
		s.Log.InfoContext(r.Context(), "a reader unsubscribed", "one_click", oneClick)
	}
	return err
}
