// Package web serves the readers' pages: sign-up and confirmation, unsubscribing,
// preferences, the edition as a web page, and a page for each article. A signed
// link is the reader's key: there is no account and no cookie. Looking at a page
// changes nothing, since mail scanners open every link. The package does not know
// where subscribers are kept, how editions are rendered or how letters are written.
package web

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

// Pages are the readers' pages of one publication.
type Pages struct {
	Publication digest.Publication
	// Title is the edition's title, as the pages show it.
	Title string
	// Slots are the editions of a day; where there are several, readers choose.
	Slots []digest.Slot
	// Evenings are those on which any edition comes. The zero value is every evening.
	Evenings subscribers.Evenings
	// Templates are the looks and the words.
	Templates *templates.Set
	List      List
	// Back is nil where nothing can be taken back.
	Back Back
	Door Door
	// Mover is nil where no address can be changed.
	Mover    Mover
	Editions Editions
	// Next gives when the next edition of any slot is due; the zero time if none is. Nil:
	// it is not known.
	Next func(ctx context.Context) (time.Time, error)
	// Desk is the newsroom's; nil: there are no desk pages.
	Desk Desk
	// Hooks is nil if no provider tells us anything.
	Hooks Hooks
	// Forms is a secret that signs when a form was shown. With the same one a form that one
	// process has shown may be sent to another one, or to the next after a restart.
	Forms []byte
	// Origins are those beside the publication's own site whose forms may sign readers
	// up: "https://blog.news.example".
	Origins []string
	// Proxies are trusted to say where a request came from.
	Proxies []netip.Prefix
	// AtOnce is how many requests are worked on at once, beside those to leave; 0 is no
	// limit.
	AtOnce int
	Now    func() time.Time
	// Log gets what went wrong, and never a token or an address.
	Log *slog.Logger
}

// maxBody bounds what is read of a request, in bytes. Hooks have a bound of their own.
const maxBody = 8 << 10

// maxWish is maxBody for desk pages, where an editor writes a note, and places of articles.
const maxWish = 64 << 10

// Handler gives the pages at the paths that emails link to: /s, /c/{token},
// /u/{token}, /p/{token}, /d/{edition}/{token}, /e, /e/latest, /e/feed.atom, /e/feed.json,
// /e/corrections, /e/{edition} and /e/{edition}/{article}. At / is the sign-up page too, at
// /r/{token} what takes back that a reader left, at /m/{token} what moves one to another
// address, and at /n/{token} what takes that back.
func (p Pages) Handler() http.Handler { return p.site().handler() }

// hooks is the path that webhooks are below.
const hooks = "/hooks/"

func (s *site) handler() http.Handler {
	mux := http.NewServeMux()
	for path, handlers := range map[string]map[string]http.HandlerFunc{
		"/{$}":                        {"GET": s.signUp},
		"/s":                          {"GET": s.signUp, "POST": acting(s.signedUp), "OPTIONS": s.preflight},
		"/s/{$}":                      {"GET": s.signUp, "POST": acting(s.signedUp), "OPTIONS": s.preflight},
		"/c/{token...}":               {"GET": s.toConfirm, "POST": acting(s.confirm)},
		"/u/{token...}":               {"GET": s.toLeave, "POST": acting(s.leave)},
		"/r/{token...}":               {"GET": s.toReturn, "POST": acting(s.takeBack)},
		"/m/{token...}":               {"GET": s.toMove, "POST": acting(s.move)},
		"/n/{token...}":               {"GET": s.toStay, "POST": acting(s.stayThere)},
		"/p/{token...}":               {"GET": s.preferences, "POST": acting(s.prefer)},
		"/d/{edition}/{token}":        {"GET": s.desk, "POST": acting(s.wish)},
		"/d/{edition}/{token}/{form}": {"GET": s.frame},
		"/seen/{token}":               {"GET": s.seen},
		"/e":                          {"GET": s.archive},
		"/e/{$}":                      {"GET": s.archive},
		"/e/{edition}":                {"GET": s.edition},
		"/e/{edition}/{$}":            {"GET": s.edition},
		"/e/{edition}/{article}":      {"GET": s.article},
		"/e/{edition}/{article}/{$}":  {"GET": s.article},
	} {
		allow := "GET, HEAD"
		if handlers["POST"] != nil {
			allow += ", POST"
		}
		for method, handler := range handlers {
			mux.HandleFunc(method+" "+path, handler)
		}
		mux.HandleFunc(path, s.refuse(allow))
	}
	mux.HandleFunc("/", s.missing)
	if s.Hooks != nil {
		// Or the mux would redirect it.
		mux.HandleFunc(strings.TrimSuffix(hooks, "/"), s.missing)
		mux.HandleFunc(hooks, func(w http.ResponseWriter, r *http.Request) {
			if !s.Hooks.Serve(w, r) {
				s.missing(w, r)
			}
		})
	}
	return s.harden(s.inTurn(collapse(mux)))
}

// site is the pages with their words, and with what is remembered of sign-ups.
type site struct {
	Pages
	words  *templates.Words
	stamps *stamps
	// friends are the origins of the publication's own sites.
	friends []string
	// alarm is when too many sign-ups in all were last told of.
	alarm *alarm
	// changed are the links that came changed.
	changed *changed
	// tried are the links to desk pages that were not good.
	tried *tries
	crowd *crowd
	// policies are those of the pages that were shown.
	policies *policies
	// unnamed is done once it was told that a proxy names nobody.
	unnamed *sync.Once
	// shown gives our form in words: see ourForm.
	shown func() (subscribers.Form, error)
	// forBody is how long a body may take.
	forBody time.Duration
}

func (p Pages) site() *site {
	s := &site{
		Pages: p, words: p.Templates.Words(p.Publication.Language), stamps: newStamps(p.Forms),
		changed: new(changed), tried: new(tries), alarm: new(alarm), friends: p.friendly(), unnamed: new(sync.Once),
		crowd: &crowd{of: map[netip.Addr]int{}}, policies: new(policies),
		forBody: forBody,
	}
	s.shown = sync.OnceValues(s.ourForm)
	return s
}

func (s *site) chrome(title string) templates.Chrome {
	return templates.Chrome{
		Words: s.words, Language: cmp.Or(s.Publication.Language, "en"), Title: title + " · " + s.name(),
		Publication: s.Publication.Name, URL: s.Publication.URL,
		Folio: s.Title, PostalAddress: s.Publication.PostalAddress, Privacy: s.Publication.PrivacyURL, Private: true,
	}
}

// public gives what a page at a path of ours says of itself to all.
func (s *site) public(root, path, description string) *templates.Public {
	p := &templates.Public{Kind: "website", Canonical: s.Publication.BaseURL + "/" + path, Description: description}
	if path != "s" {
		p.SignUp = root + "s"
	}
	if !s.Publication.Unlisted {
		p.Archive = root + "e"
	}
	p.AtArchive = path == "e"
	return p
}

// name is what readers have subscribed to: the edition, or without a title all of the
// publication's.
func (s *site) name() string { return strings.TrimSpace(s.Publication.Name + " " + s.Title) }

// zone is the publication's.
func (s *site) zone() *time.Location {
	if s.Publication.Zone == nil {
		return time.UTC
	}
	return s.Publication.Zone
}

// missing answers where there is nothing. It asks no database, and leads on.
func (s *site) missing(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusNotFound, "notfound", s.nothing(root(r)))
}

func (s *site) nothing(root string) notice {
	n := s.notice(s.words.Pages.NotFound)
	n.Public = s.public(root, "", "")
	n.Public.Canonical = ""
	return n
}

// show answers with one of our own pages.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name string, values any) {
	html, err := s.executed(name, values)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	s.page(w, status, html)
}

func (s *site) executed(name string, values any) ([]byte, error) {
	var out bytes.Buffer
	err := s.Templates.Execute(&out, "web/"+name+".html", values)
	return out.Bytes(), err
}

// unavailable says that the fault is ours and may pass. A mailbox provider then
// sends its one-click request once more. Who has hung up is not answered, and that
// nothing was found for them is no fault.
func (s *site) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	s.Log.ErrorContext(r.Context(), "page not served", "route", r.Pattern, "err", err)
	w.Header().Set("Retry-After", "60")
	s.fault(w, r, http.StatusServiceUnavailable, s.words.Pages.Unavailable)
}

func (s *site) refuse(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		s.fault(w, r, http.StatusMethodNotAllowed, s.words.Pages.WrongRequest)
	}
}

// fault says what is wrong: as a page of ours to who reads pages, else as a line of text, which
// needs no template.
func (s *site) fault(w http.ResponseWriter, r *http.Request, status int, text string) {
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		if html, err := s.executed("notice", s.notice(text)); err == nil {
			w.Header().Set("Cache-Control", "no-store")
			s.page(w, status, html)
			return
		}
	}
	s.say(w, status, text)
}

// say answers with a line of text.
func (s *site) say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", "no-store")
	answer(w, status, "text/plain; charset=utf-8", []byte(text+"\n"))
}

// page answers with HTML. The browser lets it use its own styles and nothing else.
func (s *site) page(w http.ResponseWriter, status int, html []byte) {
	w.Header().Set("Content-Security-Policy", s.policies.of(html))
	answer(w, status, "text/html; charset=utf-8", html)
}

func answer(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	// A reader who has gone away needs no answer.
	_, _ = w.Write(body)
}
