package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
)

// application is a sign-up as it was sent: a form in either encoding, or JSON.
type application struct {
	address, stamp string
	// trap is what stands in the field that readers don't see.
	trap string
	// origin says whose form it was.
	origin origin
	// json says that the answer is to be JSON.
	json bool
}

// reply is the answer to a sign-up in JSON.
type reply struct {
	// Status is "sent", "invalid" (it is no address), "again" (send it anew with this
	// time), "later" (too many sign-ups) or "unreadable".
	Status  string `json:"status"`
	Message string `json:"message"`
	Time    string `json:"time,omitempty"`
}

// application reads a sign-up. The error says that the body is too large or not
// what it says it is.
func (s *site) application(r *http.Request) (application, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	a := application{
		origin: s.originOf(r),
		json:   kind == "application/json" || wantsJSON(r.Header.Get("Accept")),
	}
	if kind == "application/json" {
		var body struct{ Email, Website, Time string }
		err := json.NewDecoder(r.Body).Decode(&body)
		a.address, a.trap, a.stamp = strings.TrimSpace(body.Email), body.Website, body.Time
		return a, err
	}
	err := parseForm(r, kind)
	a.address = strings.TrimSpace(r.PostForm.Get("email"))
	a.trap, a.stamp = r.PostForm.Get("website"), r.PostForm.Get("time")
	return a, err
}

// parseForm reads a form in either encoding.
func parseForm(r *http.Request, kind string) error {
	if kind == "multipart/form-data" {
		return r.ParseMultipartForm(maxBody)
	}
	return r.ParseForm()
}

// wantsJSON says whether an Accept field (RFC 9110 12.5.1) names JSON and no HTML.
func wantsJSON(accept string) bool {
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// preflight tells a browser whether a site's script may send a sign-up.
func (s *site) preflight(w http.ResponseWriter, r *http.Request) {
	if s.allowOrigin(w, r) {
		w.Header().Set("Access-Control-Allow-Methods", "POST")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "3600")
	}
	w.Header().Set("Allow", "GET, HEAD, POST")
	w.WriteHeader(http.StatusNoContent)
}

func (s *site) cannotRead(w http.ResponseWriter, r *http.Request, asked application, err error) {
	code, message := http.StatusBadRequest, s.words.Pages.WrongRequest
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		code, message = http.StatusRequestEntityTooLarge, s.words.Pages.TooLarge
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		code, message = http.StatusRequestTimeout, s.words.Pages.Unavailable
	}
	if asked.json {
		s.tell(w, code, reply{Status: "unreadable", Message: message})
		return
	}
	s.fault(w, r, code, message)
}

// tell answers in JSON.
func (s *site) tell(w http.ResponseWriter, status int, values reply) {
	b, err := json.Marshal(values)
	if err != nil {
		panic(err) // Three strings can be written.
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, status, "application/json", append(b, '\n'))
}

// whole reads the form of a request, and answers where it can't: if it is too large,
// or if its sender hung up in the middle, so that some of what was chosen is missing.
func (s *site) whole(w http.ResponseWriter, r *http.Request) bool {
	var large *http.MaxBytesError
	switch err := r.ParseForm(); {
	case errors.As(err, &large):
		s.fault(w, r, http.StatusRequestEntityTooLarge, s.words.Pages.TooLarge)
	case cutShort(err):
		s.fault(w, r, http.StatusRequestTimeout, s.words.Pages.Unavailable)
	default:
		return true
	}
	return false
}

// cutShort says whether a body ended before it was whole, or did not come in time.
func cutShort(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded)
}
