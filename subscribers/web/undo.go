package web

import (
	"net/http"
	"time"

	"vesper/subscribers"
	"vesper/templates"
)

// undo gives the token by which a reader who has just left takes that back, and no other
// leaving of theirs. It is shown to nobody else, and empty if there is none.
func (s *site) undo(r *http.Request, publicID uint64, left time.Time) (string, error) {
	if s.Back == nil {
		return "", nil
	}
	is, ok, err := s.find(r, publicID)
	if err != nil || !ok || is.Status != subscribers.Unsubscribed || is.Left.Unix() != left.Unix() {
		return "", err
	}
	key, err := s.Back.SigningKey(r.Context())
	if err != nil {
		return "", err
	}
	return key.Link(subscribers.ToReturn, publicID, is.Left.Add(subscribers.UndoWithin)), nil
}

// toReturn shows the button once more to one who comes back to the page.
func (s *site) toReturn(w http.ResponseWriter, r *http.Request) {
	if _, err := s.reader(r, subscribers.ToReturn); err != nil {
		s.tooLate(w, r, err, s.undoOver(root(r)))
		return
	}
	s.show(w, r, http.StatusOK, "notice", s.goneUndo(root(r), r.PathValue("token")))
}

// goneUndo tells a reader who has left how that is taken back.
func (s *site) goneUndo(root, token string) notice {
	n := s.gone(root)
	n.Undo = root + "r/" + token
	return n
}

// takeBack puts a reader back on the list as they were.
func (s *site) takeBack(w http.ResponseWriter, r *http.Request) {
	publicID, left, err := s.since(r, subscribers.ToReturn, subscribers.UndoWithin)
	if err != nil {
		s.tooLate(w, r, err, s.undoOver(root(r)))
		return
	}
	returned, err := s.Back.Return(r.Context(), publicID, left, s.Now())
	if err == nil && !returned {
		// To press it twice is as good as once.
		var is subscribers.Subscriber
		is, _, err = s.find(r, publicID)
		returned = is.Status == subscribers.Active
	} else if returned {
		s.Log.InfoContext(r.Context(), "a reader took back that they left")
	}
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case !returned:
		s.show(w, r, http.StatusOK, "notice", s.undoOver(root(r)))
	default:
		s.show(w, r, http.StatusOK, "notice", s.back())
	}
}

func (s *site) back() notice {
	w := s.words.Pages
	return s.notice(w.Undone, templates.Say(w.UndoneText, "name", s.name()))
}

func (s *site) undoOver(root string) notice {
	w := s.words.Pages
	n := s.notice(w.Expired, w.UndoOver)
	n.Way = &way{root + "s", w.Again}
	return n
}
