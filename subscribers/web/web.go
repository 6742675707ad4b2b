// Package web serves the pages that a reader's links lead to: unsubscribing, the
// edition as a web page, and each article's own page. A signed link is the
// reader's key: there is no account and no cookie, and a page that is only looked
// at changes nothing, since mail scanners open every link. It knows nothing of
// where subscribers are kept or of how editions are rendered.
package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
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
	// Keyring gives the keys that links are verified with, as they are now.
	Keyring(ctx context.Context) (subscribers.Keyring, error)
}

// Editions is what was printed. Both give digest.ErrNotFound for what was not.
type Editions interface {
	// WebView gives an edition as a page.
	WebView(ctx context.Context, id digest.ID) ([]byte, error)
	// DeepLook gives the page of an article that the edition printed.
	DeepLook(ctx context.Context, id digest.ID, articleID string) ([]byte, error)
}

// Pages are the readers' pages of one publication.
type Pages struct {
	Publication digest.Publication
	// Title is the edition's title, as the pages show it.
	Title    string
	List     List
	Editions Editions
	Now      func() time.Time
	// Log gets what went wrong. No token and no address is ever in it.
	Log *slog.Logger
}

// maxBody bounds what is read of a request, in bytes.
const maxBody = 8 << 10

// Handler gives the pages at the paths that emails link to: /u/{token},
// /e/{edition} and /e/{edition}/{article}.
func (p Pages) Handler() http.Handler {
	s := &site{
		Pages:        p,
		unsubscribe:  template.Must(templates.HTML("web/unsubscribe.html", "web/page.html")),
		unsubscribed: template.Must(templates.HTML("web/unsubscribed.html", "web/page.html")),
		notFound:     template.Must(templates.HTML("web/notfound.html", "web/page.html")),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /u/{token}", s.ask)
	mux.HandleFunc("POST /u/{token}", s.leave)
	mux.HandleFunc("/u/{token}", refuse("GET, HEAD, POST"))
	mux.HandleFunc("GET /e/{edition}", s.edition)
	mux.HandleFunc("/e/{edition}", refuse("GET, HEAD"))
	mux.HandleFunc("GET /e/{edition}/{article}", s.article)
	mux.HandleFunc("/e/{edition}/{article}", refuse("GET, HEAD"))
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

// site is the pages with their templates.
type site struct {
	Pages
	unsubscribe, unsubscribed, notFound *template.Template
}

func (s *site) edition(w http.ResponseWriter, r *http.Request) {
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
	s.show(w, r, http.StatusNotFound, s.notFound, "There is no page here")
}

// show answers with one of our own pages.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, t *template.Template, title string) {
	var page bytes.Buffer
	err := t.Execute(&page, templates.Chrome{
		Title:    title + " · " + s.Publication.Name + " " + s.Title,
		Language: cmp.Or(s.Publication.Language, "en"), Publication: s.Publication.Name, URL: s.Publication.URL,
		Folio: s.Title, PostalAddress: s.Publication.PostalAddress, Private: true,
	})
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	answer(w, status, "text/html; charset=utf-8", page.Bytes())
}

// unavailable says that the fault is ours and may pass. Mailbox providers try a
// one-click request again then.
func (s *site) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	s.Log.ErrorContext(r.Context(), "page not served", "route", r.Pattern, "err", err)
	w.Header().Set("Retry-After", "60")
	answer(w, http.StatusServiceUnavailable, "text/plain; charset=utf-8", []byte("This does not work right now. Please try again in a minute.\n"))
}

func refuse(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allow)
		answer(w, http.StatusMethodNotAllowed, "text/plain; charset=utf-8", []byte("This address does not take that kind of request.\n"))
	}
}

func answer(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	// A reader who has gone away needs no answer.
	_, _ = w.Write(body)
}
