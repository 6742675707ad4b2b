// Package web serves the pages that a reader's links lead to: unsubscribing,
// preferences, the edition as a web page, and each article's own page. A signed link is the
// reader's key: there is no account and no cookie, and a page that is only looked
// at changes nothing, since mail scanners open every link. It knows nothing of
// where subscribers are kept or of how editions are rendered.
package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

// List is who is on the list, as far as readers can change it.
type List interface {
	// Unsubscribe takes the reader with this public ID off the list. It says
	// whether that changed anything: for nobody, and for one who has left
	// already, it does not, and that is no error.
	Unsubscribe(ctx context.Context, publicID uint64, now time.Time) (changed bool, err error)
	// Reader gives a reader, or subscribers.ErrNotFound.
	Reader(ctx context.Context, publicID uint64) (subscribers.Subscriber, error)
	// Prefer keeps what a reader chooses, from the next edition on. For nobody it
	// does nothing.
	Prefer(ctx context.Context, publicID uint64, p subscribers.Preferences) error
	// Keyring gives the keys that links are verified with, as they are now.
	Keyring(ctx context.Context) (subscribers.Keyring, error)
}

// Editions is what was printed. All give digest.ErrNotFound for what was not.
type Editions interface {
	// Latest gives the ID of the edition printed last.
	Latest(ctx context.Context) (digest.ID, error)
	// WebView gives an edition as a page.
	WebView(ctx context.Context, id digest.ID) ([]byte, error)
	// DeepLook gives the page of an article that the edition printed.
	DeepLook(ctx context.Context, id digest.ID, articleID string) ([]byte, error)
}

// Pages are the readers' pages of one publication.
type Pages struct {
	Publication digest.Publication
	// Title is the edition's title, as the pages show it.
	Title string
	// Templates are the looks and the words.
	Templates *templates.Set
	List      List
	Editions  Editions
	Now       func() time.Time
	// Log gets what went wrong. No token and no address is ever in it.
	Log *slog.Logger
}

// maxBody bounds what is read of a request, in bytes.
const maxBody = 8 << 10

// Handler gives the pages at the paths that emails link to: /u/{token},
// /p/{token}, /e/latest, /e/{edition} and /e/{edition}/{article}.
func (p Pages) Handler() http.Handler {
	s := &site{Pages: p, words: p.Templates.Words(p.Publication.Language)}
	mux := http.NewServeMux()
	for path, handlers := range map[string]map[string]http.HandlerFunc{
		"/u/{token}":             {"GET": s.ask, "POST": s.leave},
		"/p/{token}":             {"GET": s.preferences, "POST": s.prefer},
		"/e/{edition}":           {"GET": s.edition},
		"/e/{edition}/{article}": {"GET": s.article},
	} {
		allow := "GET, HEAD"
		for method, handler := range handlers {
			mux.HandleFunc(method+" "+path, handler)
			if method == "POST" {
				allow += ", POST"
			}
		}
		mux.HandleFunc(path, s.refuse(allow))
	}
	mux.HandleFunc("/", s.missing)
	return harden(mux)
}

// harden sets what every answer carries: a page of ours needs nothing but its own
// styles and its own form, and tells nobody where it was.
func harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// site is the pages with their words.
type site struct {
	Pages
	words *templates.Words
}

// latest leads to the edition printed last.
func (s *site) latest(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	id, err := s.Editions.Latest(r.Context())
	switch {
	case errors.Is(err, digest.ErrNotFound):
		s.missing(w, r)
	case err != nil:
		s.unavailable(w, r, err)
	default:
		// The pages may stand below a path that only the proxy knows.
		w.Header().Set("Location", id.String())
		answer(w, http.StatusFound, "text/plain; charset=utf-8", nil)
	}
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
		answer(w, http.StatusOK, "text/html; charset=utf-8", page)
	}
}

func (s *site) missing(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusNotFound, "notfound", page{Chrome: s.chrome(s.words.Pages.NotFound)})
}

// page is what our own pages show beside their words.
type page struct {
	templates.Chrome
	Text string
	// Plain is the reader's choice; Saved says that it was made just now.
	Plain, Saved bool
}

func (s *site) chrome(title string) templates.Chrome {
	return templates.Chrome{
		Words: s.words, Title: title + " · " + s.name(), Publication: s.Publication.Name, URL: s.Publication.URL,
		Folio: s.Title, PostalAddress: s.Publication.PostalAddress, Private: true,
	}
}

func (s *site) name() string { return s.Publication.Name + " " + s.Title }

// Specimen is one of our own pages, rendered for nobody.
type Specimen struct{ Name, HTML string }

// Specimens renders each of our own pages once, to be looked at.
func (p Pages) Specimens() ([]Specimen, error) {
	s := &site{Pages: p, words: p.Templates.Words(p.Publication.Language)}
	var all []Specimen
	for _, one := range []struct {
		name   string
		values page
	}{
		{"unsubscribe", s.asking()},
		{"unsubscribed", s.gone()},
		{"preferences", s.choosing(digest.Plain, true)},
		{"notfound", page{Chrome: s.chrome(s.words.Pages.NotFound)}},
	} {
		var out strings.Builder
		if err := s.Templates.Execute(&out, "web/"+one.name+".html", one.values); err != nil {
			return nil, err
		}
		all = append(all, Specimen{one.name, out.String()})
	}
	return all, nil
}

// show answers with one of our own pages.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name string, values page) {
	var out bytes.Buffer
	if err := s.Templates.Execute(&out, "web/"+name+".html", values); err != nil {
		s.unavailable(w, r, err)
		return
	}
	answer(w, status, "text/html; charset=utf-8", out.Bytes())
}

// unavailable says that the fault is ours and may pass. Mailbox providers try a
// one-click request again then.
func (s *site) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "page not served", "route", r.Pattern, "err", err)
	w.Header().Set("Retry-After", "60")
	s.say(w, http.StatusServiceUnavailable, s.words.Pages.Unavailable)
}

func (s *site) refuse(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allow)
		s.say(w, http.StatusMethodNotAllowed, s.words.Pages.WrongRequest)
	}
}

// say answers with a line of text.
func (s *site) say(w http.ResponseWriter, status int, text string) {
	answer(w, status, "text/plain; charset=utf-8", []byte(text+"\n"))
}

func answer(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	// A reader who has gone away needs no answer.
	_, _ = w.Write(body)
}
