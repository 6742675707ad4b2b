package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"vesper/subscribers"
)

// origin is whose form a sign-up comes from, as its Origin field says (RFC 6454). A
// browser always sends one with a form's POST.
type origin int

const (
	// notSaid is a program's, or an old browser's: the form's stamp decides.
	notSaid origin = iota
	// ours is this site, friends the publication's others.
	ours
	friends
	// foreign is any other site, and "null": one that does not say its name.
	foreign
)

func (s *site) originOf(r *http.Request) origin {
	switch from, said := r.Header["Origin"]; {
	case !said:
		return notSaid
	case len(from) != 1 || from[0] == "":
		return foreign
	case from[0] == asOrigin(s.Publication.BaseURL):
		return ours
	case slices.Contains(s.friends, from[0]):
		return friends
	}
	return foreign
}

// friendly gives the origins of the publication's own sites.
func (p Pages) friendly() []string {
	var all []string
	for _, address := range append([]string{p.Publication.URL}, p.Origins...) {
		if o := asOrigin(address); o != "" {
			all = append(all, o)
		}
	}
	return all
}

// asOrigin gives the origin of a URL as browsers write it, "" for one that has none.
func asOrigin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	host := strings.ToLower(u.Host)
	// A browser leaves out the usual port, and writes a domain in ASCII.
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	if a, err := subscribers.ParseAddress("origin@" + u.Hostname()); err == nil {
		host = strings.Replace(host, strings.ToLower(u.Hostname()), a.Domain(), 1)
	}
	return strings.ToLower(u.Scheme) + "://" + host
}

// allowOrigin lets the publication's own sites, and no other, read the answer.
func (s *site) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	if s.originOf(r) != friends {
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	return true
}
