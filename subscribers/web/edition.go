package web

import (
	"context"
	"errors"
	"net/http"

	"vesper/digest"
)

// latest leads to the edition printed last.
func (s *site) latest(w http.ResponseWriter, r *http.Request) {
	id, err := s.Editions.Latest(r.Context())
	switch {
	case errors.Is(err, digest.ErrNotFound):
		s.missing(w, r)
	case err != nil:
		s.unavailable(w, r, err)
	default:
		w.Header().Set("Cache-Control", "no-store")
		// The pages may stand below a path that only the proxy knows.
		w.Header().Set("Location", id.String())
		answer(w, http.StatusFound, "text/plain; charset=utf-8", nil)
	}
}

// latestThere says whether any edition was printed.
func (s *site) latestThere(ctx context.Context) bool {
	_, err := s.Editions.Latest(ctx)
	return err == nil
}

func (s *site) edition(w http.ResponseWriter, r *http.Request) {
	if r.PathValue("edition") == "latest" {
		s.latest(w, r)
		return
	}
	id, err := digest.ParseID(r.PathValue("edition"))
	if err != nil {
		s.missing(w, r)
		return
	}
	page, err := s.Editions.WebView(r.Context(), id)
	s.printed(w, r, page, err)
}

func (s *site) article(w http.ResponseWriter, r *http.Request) {
	id, err := digest.ParseID(r.PathValue("edition"))
	if err != nil {
		s.missing(w, r)
		return
	}
	page, err := s.Editions.DeepLook(r.Context(), id, r.PathValue("article"))
	s.printed(w, r, page, err)
}

func (s *site) printed(w http.ResponseWriter, r *http.Request, page []byte, err error) {
	switch {
	case errors.Is(err, digest.ErrNotFound):
		s.missing(w, r)
	case err != nil:
		s.unavailable(w, r, err)
	default:
		s.page(w, http.StatusOK, page)
	}
}
