package web

import (
	"errors"
	"mime"
	"net/http"

	"vesper/subscribers"
)

// ask shows the page with the one button. It looks the same for every token, and
// never at the list: what scanners fetch changes nothing and tells nothing.
func (s *site) ask(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	s.show(w, r, http.StatusOK, s.unsubscribe, "Unsubscribe?")
}

// leave takes the reader off the list at once: without a cookie, a question or a
// redirect (RFC 8058 3.2). Said twice, it is as good as said once. A token that is
// none of ours gets the same answer and has no effect.
func (s *site) leave(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	oneClick, err := oneClick(r)
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, "text/plain; charset=utf-8", []byte("The request is too large.\n"))
		return
	}
	ring, err := s.List.Keyring(r.Context())
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	publicID, err := ring.Link(r.PathValue("token"), subscribers.ToUnsubscribe, s.Now())
	if err == nil {
		changed, err := s.List.Unsubscribe(r.Context(), publicID, s.Now())
		if err != nil {
			s.unavailable(w, r, err)
			return
		}
		if changed {
			s.Log.InfoContext(r.Context(), "a reader unsubscribed", "one_click", oneClick)
		}
	}
	if oneClick {
		answer(w, http.StatusOK, "text/plain; charset=utf-8", []byte("You are unsubscribed.\n"))
		return
	}
	s.show(w, r, http.StatusOK, s.unsubscribed, "You are unsubscribed")
}

// oneClick says whether a mailbox provider asks, and not our page's button: its
// body is the form field of RFC 8058 3.2 in either encoding. The token alone is
// the reader's word, so a body that cannot be read only decides on the form of
// the answer. The error says that the body is too large.
func oneClick(r *http.Request) (bool, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var err error
	if kind == "multipart/form-data" {
		err = r.ParseMultipartForm(maxBody)
	} else {
		err = r.ParseForm()
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return false, err
	}
	return r.PostForm.Get("List-Unsubscribe") == "One-Click", nil
}
