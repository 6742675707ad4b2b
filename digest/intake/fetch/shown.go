package fetch

import "net/url"

// Shown gives an address without name and password, for whoever asked for it. It is "…"
// if it can't be read.
func Shown(address string) string { return without(address, false) }

// Logged gives an address as a log may have it: without name, password and query, which
// may be a key too. It is "…" if it can't be read.
func Logged(address string) string { return without(address, true) }

func without(address string, query bool) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "…"
	case u.User == nil && (!query || u.RawQuery == ""):
		return address
	}
	u.User = nil
	if query {
		u.RawQuery = ""
	}
	return u.String()
}
