package web

import (
	"encoding/json"
	"net/http"
	"net/netip"

	"vesper/subscribers"
)

// Seen is what the pages know of where a request came from.
type Seen struct {
	// Peer is who is connected to us, Client whom we take the request to be from.
	Peer   string `json:"peer"`
	Client string `json:"client"`
	// Trusted says that the peer is a proxy that we believe, Forwarded that it named a
	// client.
	Trusted   bool `json:"trusted"`
	Forwarded bool `json:"forwarded"`
}

// seen tells the operator, who has a key of this newsroom, what the pages see of a request
// through all proxies. To everybody else there is nothing here.
func (s *site) seen(w http.ResponseWriter, r *http.Request) {
	ring, err := s.List.Keyring(r.Context())
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	if _, err := ring.Link(r.PathValue("token"), subscribers.ToSee, s.Now()); err != nil {
		s.missing(w, r)
		return
	}
	var is Seen
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		is.Peer, is.Trusted = told(plain(at.Addr())), s.trusted(plain(at.Addr()))
	}
	is.Client, is.Forwarded = told(s.client(r)), r.Header.Get("X-Forwarded-For") != ""
	text, err := json.Marshal(is)
	if err != nil {
		s.unavailable(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, "application/json", text)
}
