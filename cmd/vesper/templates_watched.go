package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"net/http"
	"net/url"

	"vesper/digest/mailbox"
)

//go:embed watched/page.html
var watchedHTML string

//go:embed watched/page.css
var watchedCSS string

//go:embed watched/page.js
var watchedJS string

// watchedPage is the page of "templates watch".
var watchedPage = template.Must(template.New("watched").Funcs(template.FuncMap{
	"css": func() template.CSS { return template.CSS(watchedCSS) },
	"js":  func() template.JS { return template.JS(watchedJS) },
}).Parse(watchedHTML))

// watchedPolicy allows the page its own script and style, and a frame for the email.
var watchedPolicy = "default-src 'none'; connect-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'; style-src " + hashed(watchedCSS) + "; script-src " + hashed(watchedJS)

func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// watchedChoices are the page's settings, which stand in its address. The first value is
// taken if it has none.
var watchedChoices = []struct {
	key, label string
	values     [][2]string
}{
	{"part", "Part", [][2]string{{"html", "HTML"}, {"text", "Plain text"}}},
	{"theme", "Theme", [][2]string{{"light", "Light"}, {"dark", "Dark"}}},
	{"width", "Width", [][2]string{{"wide", "Wide"}, {"phone", "Phone"}}},
}

// chosenIn reads the settings of an address.
func chosenIn(query url.Values) map[string]string {
	is := map[string]string{}
	for _, c := range watchedChoices {
		is[c.key] = c.values[0][0]
		for _, v := range c.values {
			if query.Get(c.key) == v[0] {
				is[c.key] = v[0]
			}
		}
	}
	return is
}

type (
	// watchedLink leads to the page with another setting. Is says that it has that one.
	watchedLink struct {
		Label, Href string
		Is          bool
	}
	watchedGroup struct {
		Label string
		Links []watchedLink
	}
	watchedValues struct {
		sheet
		Is     map[string]string
		Groups []watchedGroup
		Frame  string
	}
)

// groupsOf gives the settings as links. Of plain text there is nothing more to choose.
func groupsOf(is map[string]string) []watchedGroup {
	var all []watchedGroup
	for _, c := range watchedChoices {
		if is["part"] == "text" && c.key != "part" {
			continue
		}
		g := watchedGroup{Label: c.label}
		for _, v := range c.values {
			query := url.Values{}
			for key, value := range is {
				query.Set(key, value)
			}
			query.Set(c.key, v[0])
			g.Links = append(g.Links, watchedLink{v[1], "/?" + query.Encode(), is[c.key] == v[0]})
		}
		all = append(all, g)
	}
	return all
}

// pages are the page, the email in its frame, and the version that the page asks for to know
// when to reload. It answers only under names of loopback: a foreign page could give this
// machine a name of its own, and read the edition by it.
func (w *watcher) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", w.page)
	mux.HandleFunc("GET /email", func(to http.ResponseWriter, r *http.Request) {
		html := mailbox.Frame(to.Header(), w.sheet().HTML, chosenIn(r.URL.Query())["theme"])
		_, _ = io.WriteString(to, html)
	})
	mux.HandleFunc("GET /version", func(to http.ResponseWriter, _ *http.Request) {
		answer(to, http.StatusOK, w.sheet().Version)
	})
	return http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		h := to.Header()
		h.Set("Content-Security-Policy", watchedPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-DNS-Prefetch-Control", "off")
		if !mailbox.Local(r.Host) {
			http.Error(to, "this page answers as localhost, and under no other name", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(to, r)
	})
}

func (w *watcher) page(to http.ResponseWriter, r *http.Request) {
	is, s := chosenIn(r.URL.Query()), w.sheet()
	values := watchedValues{s, is, groupsOf(is), "/email?theme=" + is["theme"]}
	var out bytes.Buffer
	if err := watchedPage.Execute(&out, values); err != nil {
		http.Error(to, err.Error(), http.StatusInternalServerError)
		return
	}
	to.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.WriteTo(to)
}
