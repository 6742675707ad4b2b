package web

import (
	"errors"
	"net/http"

	"vesper/digest"
	"vesper/subscribers"
)

// preferences shows what a reader has chosen. For a token that is none of ours it
// shows what readers begin with.
func (s *site) preferences(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	variant := digest.Designed
	publicID, ok, err := s.reader(r, subscribers.ToPrefer)
	if ok && err == nil {
		var chosen subscribers.Preferences
		if chosen, err = s.chosen(r, publicID); err == nil {
			variant = chosen.Variant
		}
	}
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "preferences", s.choosing(variant, false))
}

// prefer keeps a reader's choice, or takes the reader off the list: that is a
// choice too. A token that is none of ours gets the same answer and has no effect.
func (s *site) prefer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	var large *http.MaxBytesError
	if err := r.ParseForm(); errors.As(err, &large) {
		s.say(w, http.StatusRequestEntityTooLarge, s.words.Pages.TooLarge)
		return
	}
	publicID, ok, err := s.reader(r, subscribers.ToPrefer)
	leaving := r.PostForm.Get("leave") != ""
	variant := digest.Designed
	if r.PostForm.Get("form") == digest.Plain {
		variant = digest.Plain
	}
	switch {
	case err != nil || !ok:
	case leaving:
		err = s.off(r, publicID, false)
	default:
		var chosen subscribers.Preferences
		if chosen, err = s.chosen(r, publicID); err == nil {
			chosen.Variant = variant
			err = s.List.Prefer(r.Context(), publicID, chosen)
		}
	}
	switch {
	case err != nil:
		s.unavailable(w, r, err)
	case leaving:
		s.show(w, r, http.StatusOK, "unsubscribed", s.gone())
	default:
		s.show(w, r, http.StatusOK, "preferences", s.choosing(variant, true))
	}
}

// chosen gives what a reader has chosen; for nobody, what readers begin with.
func (s *site) chosen(r *http.Request, publicID uint64) (subscribers.Preferences, error) {
	reader, err := s.List.Reader(r.Context(), publicID)
	if errors.Is(err, subscribers.ErrNotFound) {
		return subscribers.Preferences{Variant: digest.Designed}, nil
	}
	return reader.Preferences, err
}

func (s *site) choosing(variant string, saved bool) page {
	return page{Chrome: s.chrome(s.words.Pages.Preferences), Plain: variant == digest.Plain, Saved: saved}
}
