package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

// desks is the path that desk pages are below.
const desks = "/d/"

// visit is a request for a desk page, by a link that is good.
type visit struct {
	id digest.ID
	// you is whose link it is, and at where the page is, relative to what was asked for.
	you, at string
}

// visit reads the link of a desk page, and answers one that is not good. How it looks is told
// to nobody, and written nowhere.
func (s *site) visit(w http.ResponseWriter, r *http.Request) (v visit, ok bool) {
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
	if s.Desk == nil {
		s.missing(w, r)
		return v, false
	}
	client := s.counted(r)
	if s.tried.over(client, s.Now()) {
		s.tooManyTries(w)
		return v, false
	}
	ring, err := s.List.Keyring(r.Context())
	if err != nil {
		s.unavailable(w, r, err)
		return v, false
	}
	token := subscribers.WholeDesk(r.PathValue("token"))
	v.id, err = digest.ParseID(r.PathValue("edition"))
	if err == nil && v.id.Sequence == 1 {
		v.you, err = ring.Desk(token, v.id.String(), s.Desk.Editors())
	}
	switch {
	case err == nil && v.you != "":
		v.at = root(r) + strings.TrimPrefix(desks, "/") + v.id.String() + "/" + token
		return v, true
	case s.tried.add(client, s.Now()):
		s.tooManyTries(w)
	default:
		s.show(w, r, http.StatusNotFound, "notice", s.englishNotice(deskBroken, deskBrokenText))
	}
	return v, false
}

func (s *site) tooManyTries(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "3600")
	s.say(w, http.StatusTooManyRequests, deskTries)
}

// inEnglish is the chrome of the newsroom's pages.
func (s *site) inEnglish() templates.Chrome {
	c := s.chrome("")
	c.Words, c.Language = s.Templates.Words("en"), "en"
	return c
}

func (s *site) englishNotice(heading, text string) notice {
	n := notice{Chrome: s.inEnglish(), Heading: heading, Text: []string{text}}
	n.Title = heading + " · " + s.Publication.Name
	return n
}

// desk shows a desk page. That changes nothing.
func (s *site) desk(w http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(w, r)
	if !ok {
		return
	}
	if sheet, ok := s.sheet(w, r, v); ok {
		s.showDesk(w, r, http.StatusOK, s.deskPage(sheet, v.you, v.at))
	}
}

// sheet gives the sheet of a visit, and answers where there is none.
func (s *site) sheet(w http.ResponseWriter, r *http.Request, v visit) (Sheet, bool) {
	sheet, err := s.Desk.Sheet(r.Context(), v.id)
	switch {
	case errors.Is(err, digest.ErrNotFound):
		s.show(w, r, http.StatusGone, "notice", s.englishNotice(deskGone, deskGoneText))
	case err != nil:
		s.unavailable(w, r, err)
	}
	return sheet, err == nil
}

// showDesk answers with a desk page. It alone has frames, and they are its own.
func (s *site) showDesk(w http.ResponseWriter, r *http.Request, status int, p deskPage) {
	html, err := s.executed("desk", p)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", s.policies.of(html)+"; frame-src 'self'")
	answer(w, status, "text/html; charset=utf-8", html)
}

// wish does what an editor wants, and shows the page as it is then. What is not done because
// the edition was another one, or can't be, is said on the page, with what was typed.
func (s *site) wish(w http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(w, r)
	if !ok || !s.whole(w, r) {
		return
	}
	sheet, ok := s.sheet(w, r, v)
	if !ok {
		return
	}
	before := s.deskPage(sheet, v.you, v.at)
	wish, problem := before.wished(r.PostForm)
	wish.By = v.you
	var said string
	err := error(&RefusedError{problem})
	if problem == "" {
		said, err = s.Desk.Do(r.Context(), v.id, wish)
	}
	stale, isStale := errors.AsType[*StaleError](err)
	refused, isRefused := errors.AsType[*RefusedError](err)
	if err != nil && !isStale && !isRefused {
		s.unavailable(w, r, err)
		return
	}
	if err == nil {
		// No link, and no word of it.
		s.Log.InfoContext(r.Context(), "an editor acted on a desk page", "edition", v.id, "act", string(wish.Kind))
	}
	if sheet, ok = s.sheet(w, r, v); !ok {
		return
	}
	page, status := s.deskPage(sheet, v.you, v.at), http.StatusOK
	switch {
	case isStale:
		status, page.Problem, page.Differs = http.StatusConflict, deskWords.Differs, stale.Differs
	case isRefused:
		status, page.Problem = http.StatusUnprocessableEntity, refused.Reason
	default:
		page.Done = said
		if wish.Kind == WishSpike {
			page.Undo = wish.Articles[0]
		}
	}
	if err != nil {
		page.typed(wish)
	}
	s.showDesk(w, r, status, page)
}

// typed keeps what somebody typed for nothing.
func (p *deskPage) typed(w Wish) {
	p.Reason = w.Reason
	if w.Kind == WishWords {
		p.Typed = w.Words
	}
}

// wished reads the form of the page, or says what is wrong with it.
func (p deskPage) wished(form url.Values) (w Wish, problem string) {
	w = Wish{Version: form.Get("version"), Reason: oneLine(form.Get("reason"))}
	w.Acts = atoi(form.Get("acts"))
	for _, kind := range []WishKind{WishPin, WishUnpin, WishSpike, WishUnspike} {
		if id := form.Get(string(kind)); id != "" {
			w.Kind, w.Articles = kind, []string{id}
		}
	}
	switch kind := WishKind(form.Get("do")); {
	case w.Kind == WishUnspike:
	case w.Kind != "":
		if w.Version == p.Hash && !p.has(w.Articles[0]) {
			problem = deskUnknown
		}
	case kind == WishHold, kind == WishRelease, kind == WishApprove:
		w.Kind = kind
	case kind == WishWords:
		w.Kind, w.Words = kind, digest.Words{Subject: oneLine(form.Get("subject")), Note: oneLine(form.Get("note"))}
		if flaw, ok := errors.AsType[*digest.WordsFlaw](w.Words.Check()); ok {
			problem = "The " + flaw.Error() + ": " + flaw.Hint + "."
		}
	case kind == WishOrder:
		w.Kind = kind
		if w.Version == p.Hash { // Else there are other articles.
			w.Articles, problem = p.ordered(func(id string) string { return form.Get("place " + id) })
		}
	default:
		problem = deskUnknown
	}
	return w, problem
}

// oneLine is what somebody typed, without the line ends that a field may have.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// frame shows the edition of a desk page, in one of its forms.
func (s *site) frame(w http.ResponseWriter, r *http.Request) {
	v, ok := s.visit(w, r)
	if !ok {
		return
	}
	form := r.PathValue("form")
	paint, ok := frames[form]
	if !ok {
		s.missing(w, r)
		return
	}
	sheet, ok := s.sheet(w, r, v)
	if !ok {
		return
	}
	html, text, err := "", deskNewer, error(nil)
	if sheet.Hash.String() == r.URL.Query().Get("v") {
		html, text, err = s.look(r.Context(), sheet)
	}
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", framePolicy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	answer(w, http.StatusOK, "text/html; charset=utf-8", []byte(paint(cmp.Or(html, asPage(text)), text)))
}

func (s *site) look(ctx context.Context, sheet Sheet) (html, text string, err error) {
	if sheet.Hash == (digest.ContentHash{}) {
		return "", deskWords.Nothing, nil
	}
	return s.Desk.Look(ctx, sheet)
}
