package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"vesper/subscribers"
	"vesper/templates"
)

// askMove takes a reader's wish for another address. Whatever becomes of it the answer is the
// same: it does not tell who is on the list.
func (s *site) askMove(w http.ResponseWriter, r *http.Request, is subscribers.Subscriber) {
	if is.Status != subscribers.Active {
		// Their own link tells them: their editions have ended, wherever they were to go.
		s.show(w, r, http.StatusOK, "notice", s.gone(root(r)))
		return
	}
	typed := strings.TrimSpace(r.PostForm.Get("address"))
	to, wrong := subscribers.ReadAddress(typed)
	if wrong != nil || odd(to) {
		page := s.preferencesPage(is.Preferences)
		page.Problem, page.Address = s.words.Pages.NoAddress, typed
		s.show(w, r, http.StatusUnprocessableEntity, "preferences", page)
		return
	}
	asked, err := s.Mover.AskMove(r.Context(), is.PublicID, subscribers.Move{
		To: to, AskedAt: s.Now(), From: told(s.client(r)),
	})
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.Log.InfoContext(r.Context(), "a reader asked for another address", "mailed", asked)
	s.show(w, r, http.StatusOK, "notice", s.moveSent(typed))
}

func (s *site) moveSent(typed string) notice {
	p := s.words.Pages
	return s.notice(p.Sent, templates.Say(p.MoveSent, "address", typed, "name", s.name()))
}

// toMove shows the page with the button to one who opens the letter at the new address.
func (s *site) toMove(w http.ResponseWriter, r *http.Request) {
	if _, err := s.reader(r, subscribers.ToMove); err != nil {
		s.tooLate(w, r, err, s.noMove())
		return
	}
	s.show(w, r, http.StatusOK, "ask", s.moving())
}

func (s *site) moving() question {
	p := s.words.Pages
	return question{
		Chrome: s.chrome(p.WillMove), Text: templates.Say(p.WillMoveText, "name", s.name()),
		Heading: p.WillMove, Button: s.words.Letters.MoveButton,
	}
}

// move has a reader's editions go to the new address.
func (s *site) move(w http.ResponseWriter, r *http.Request) {
	publicID, asked, err := s.since(r, subscribers.ToMove, subscribers.MoveWithin)
	moved := false
	if err == nil {
		moved, err = s.Mover.Move(r.Context(), publicID, asked, told(s.client(r)), s.Now())
	}
	switch {
	case err != nil:
		s.tooLate(w, r, err, s.noMove())
	case !moved:
		s.show(w, r, http.StatusOK, "notice", s.noMove())
	default:
		s.Log.InfoContext(r.Context(), "a reader has another address")
		s.show(w, r, http.StatusOK, "notice", s.moved())
	}
}

func (s *site) moved() notice {
	p := s.words.Pages
	return s.notice(p.IsMoved, templates.Say(p.IsMovedText, "name", s.name()))
}

func (s *site) noMove() notice { return s.notice(s.words.Pages.Expired, s.words.Pages.NoMove) }

// toStay shows the page with the button to one who opens the letter at the former address.
func (s *site) toStay(w http.ResponseWriter, r *http.Request) {
	if _, err := s.reader(r, subscribers.ToStay); err != nil {
		s.tooLate(w, r, err, s.noStay())
		return
	}
	s.show(w, r, http.StatusOK, "ask", s.staying())
}

func (s *site) staying() question {
	p := s.words.Pages
	return question{
		Chrome: s.chrome(p.WillStay), Text: templates.Say(p.WillStayText, "name", s.name()),
		Heading: p.WillStay, Button: s.words.Letters.MovedUndo,
	}
}

// stayThere takes back that a reader's editions go to another address.
func (s *site) stayThere(w http.ResponseWriter, r *http.Request) {
	publicID, moved, err := s.since(r, subscribers.ToStay, subscribers.UndoMoveWithin)
	back := false
	if err == nil {
		back, err = s.Back.MoveBack(r.Context(), publicID, moved, s.Now())
	}
	switch {
	case err != nil:
		s.tooLate(w, r, err, s.noStay())
	case !back:
		s.show(w, r, http.StatusOK, "notice", s.noStay())
	default:
		s.Log.InfoContext(r.Context(), "a reader took back another address")
		s.show(w, r, http.StatusOK, "notice", s.stays())
	}
}

func (s *site) stays() notice {
	p := s.words.Pages
	return s.notice(p.Stays, templates.Say(p.StaysText, "name", s.name()))
}

func (s *site) noStay() notice {
	p := s.words.Pages
	return s.notice(p.Expired, templates.Say(p.NoStay, "address", s.writeTo()))
}

// since gives the reader of a link that expires so long after what it is for, and when that was.
func (s *site) since(r *http.Request, p subscribers.Purpose, within time.Duration) (uint64, time.Time, error) {
	publicID, err := s.reader(r, p)
	ends, _ := subscribers.Expiry(subscribers.Whole(r.PathValue("token"), p))
	return publicID, ends.Add(-within), err
}

// tooLate answers a link that does nothing: late, if its time is over.
func (s *site) tooLate(w http.ResponseWriter, r *http.Request, err error, late notice) {
	if errors.Is(err, subscribers.ErrExpired) {
		s.show(w, r, http.StatusOK, "notice", late)
		return
	}
	s.astray(w, r, err)
}
