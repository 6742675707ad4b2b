package gather_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"vesper/digest/intake/fetch"
)

// private is an address that must never be reached.
const private = "http://" + privateAddress + ":" + privatePort + "/"

// anyError is in every error. Some releases of Go refuse a header for its control
// character, others only the address in it: what they say is theirs.
const anyError = "e"

// ways lead elsewhere: by redirects, by names, and by certificates.
func ways() []animal {
	return []animal{
		{name: "sent to a private address", answers: sentTo(private), want: fetch.ErrPrivate.Error()},
		{
			name: "sent to a cloud's own", want: fetch.ErrPrivate.Error(),
			answers: sentTo("http://169.254.169.254/latest/meta-data/"),
		},
		{
			name: "sent to it as IPv6", want: fetch.ErrPrivate.Error(),
			answers: sentTo("http://[::ffff:127.2.0.1]:" + privatePort + "/"),
		},
		{
			name: "sent to its own machine", want: fetch.ErrPrivate.Error(),
			answers: sentTo("http://[::1]:" + privatePort + "/"),
		},
		{name: "sent to no address", answers: sentTo("http://0.0.0.0:" + privatePort + "/"), want: fetch.ErrPrivate.Error()},
		{
			name: "sent there as a number", want: "no DNS server knows",
			answers: sentTo("http://2130837505:" + privatePort + "/"),
		},
		{name: "sent to a file", answers: sentTo("file:///etc/passwd"), want: fetch.ErrURL.Error()},
		{name: "sent to gopher", answers: sentTo("gopher://127.2.0.1:" + privatePort + "/"), want: fetch.ErrURL.Error()},
		{name: "sent to a script", answers: sentTo("javascript:alert(1)"), want: fetch.ErrURL.Error()},
		{name: "sent to itself", answers: sentTo("/feed"), want: fetch.ErrRedirects.Error()},
		{name: "sent on and on", answers: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.Path+"/x")
			w.WriteHeader(http.StatusFound)
		}, want: fetch.ErrRedirects.Error()},
		{name: "sent to no place", answers: status(http.StatusFound, nil), want: "302"},
		{name: "sent to a broken address", answers: sentTo("http://[there/"), want: "Location"},
		{name: "sent to an address of colours", answers: sentTo("http://[\x1b[31m/"), want: anyError},
		{name: "sent with a name and password", answers: func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Header.Get("Authorization") != "":
				http.Error(w, "it has sent them", http.StatusTeapot)
			case r.URL.Path == "/feed":
				sentTo("http://ana:secret@"+r.Host+"/there")(w, r)
			default:
				fmt.Fprint(w, next)
			}
		}, lay: 1},
		{
			name: "sent to private with a password", want: fetch.ErrPrivate.Error(),
			answers: sentTo("http://ana:secret@" + privateAddress + ":" + privatePort),
		},
		{name: "sent for good, to a private address", answers: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", private)
			w.WriteHeader(http.StatusPermanentRedirect)
		}, want: fetch.ErrPrivate.Error()},
		{
			name: "sent by a page", want: "this is no feed",
			answers: sends("text/html", `<meta http-equiv="refresh" content="0;url=`+private+`">`),
		},
		{name: "sent by a head", answers: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Refresh", "0;url="+private)
			w.Header().Set("Content-Location", private)
			fmt.Fprint(w, next)
		}, lay: 1},
		{name: "a stylesheet and an entity elsewhere", answers: sends("text/xml", `<?xml-stylesheet href="`+private+`"?>`+
			`<!DOCTYPE rss SYSTEM "`+private+`" [<!ENTITY x SYSTEM "`+private+`"><!ENTITY % y SYSTEM "`+private+`">%y;]>`+next), lay: 1},
		{
			name: "a name with another address the second time", want: fetch.ErrPrivate.Error(),
			at: "rebinds.zoo.example", answers: serves,
		},
		{name: "a name with two private addresses", at: "two.zoo.example", answers: serves, want: fetch.ErrPrivate.Error()},
		{
			name: "a name that is gone", want: "no DNS server knows the name gone.zoo.example",
			at: "gone.zoo.example", answers: serves,
		},
		{name: "sent from https to http", sealed: true, answers: func(w http.ResponseWriter, r *http.Request) {
			sentTo("http://"+r.Host+"/")(w, r)
		}, want: fetch.ErrDowngrade.Error()},
		{name: "sent to https with a wrong name", sealed: true, answers: func(w http.ResponseWriter, r *http.Request) {
			_, port, _ := strings.Cut(r.Host, ":")
			sentTo("https://wrong.zoo.example:"+port+"/")(w, r)
		}, want: "certificate is valid for"},
		{name: "sent to https, where http is spoken", answers: func(w http.ResponseWriter, r *http.Request) {
			sentTo((&url.URL{Scheme: "https", Host: r.Host, Path: "/there"}).String())(w, r)
		}, want: "server gave HTTP response to HTTPS client"},
		{name: "a hand of TLS that is never shaken", slow: true, answers: func(w http.ResponseWriter, r *http.Request) {
			sentTo("https://"+hung+"/")(w, r)
		}, want: fetch.ErrTooSlow.Error()},
	}
}

func serves(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, next) }

func sentTo(address string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", address)
		w.WriteHeader(http.StatusFound)
	}
}
