package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// open starts the world, and makes the database.
func (w *ward) open() {
	w.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.site(rw, r) }))
	w.Cleanup(site.Close)
	var pages http.Handler
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.front(rw, r) {
			pages.ServeHTTP(rw, r)
		}
	}))
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	host := front.Listener.Addr().String()
	if front.TLS = w.frontTLS; front.TLS == nil {
		front.Start()
	} else {
		front.StartTLS()
	}
	w.Cleanup(front.Close)
	for old, by := range map[string]string{
		"SITE": site.URL, "FRONT": host, "RELAY": fmt.Sprint(w.mail.serve(w.T)), "BOUNCES": w.door(),
	} {
		w.config = strings.ReplaceAll(w.config, old, by)
	}
	w.write("vesper.toml", w.config, 0o600)
	w.write("vesper.service", w.unit, 0o644)
	pool := x509.NewCertPool()
	pool.AddCert(w.authority.root)
	port := w.zone.serve(w.T)
	w.app = &app{
		env: func(name string) string { return map[string]string{"VESPER_CONFIG": w.path(w.file)}[name] },
		now: clock(), dns: resolverAt(port), bedside: bedside{
			limit: time.Minute, roots: pool, addresses: []netip.Addr{netip.MustParseAddr("203.0.113.7")},
			units: []string{w.path("vesper.service")},
		},
	}
	pages = w.pages()
	for _, do := range w.before {
		do()
	}
}

// resolverAt asks the DNS at a port of loopback.
func resolverAt(port int) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: toLoopback(port)}
}

// pages gives the readers' pages behind the front, as serve has them.
func (w *ward) pages() http.Handler {
	w.Helper()
	c, flaws, looks, err := w.app.read()
	if err != nil || c == nil || len(flaws) > 0 {
		return http.NotFoundHandler()
	}
	h, err := w.app.build(w.Context(), c, looks)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(h.close)
	quiet := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(w.app.pages(h, w.app.door(h, quiet), quiet))
	w.Cleanup(server.Close)
	to, err := url.Parse(server.URL)
	if err != nil {
		w.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		switch w.forward {
		case "add":
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
			r.SetXForwarded()
		case "pass":
			r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		}
	}}
}

// door greets whoever brings what came back.
func (w *ward) door() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	if w.greets == "" {
		l.Close()
		return l.Addr().String()
	}
	w.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintf(c, "%s\r\n", w.greets)
			bufio.NewReader(c).ReadString('\n')
			c.Close()
		}
	}()
	return l.Addr().String()
}

// looks runs doctor, and gives its exit status and findings.
func (w *ward) looks(args ...string) (int, []findingJSON) {
	w.Helper()
	code, out, talk := say(w.T, w.app, append([]string{"doctor", "-o", "json"}, args...)...)
	var all []findingJSON
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var f findingJSON
		if err := d.Decode(&f); err == io.EOF {
			return code, all
		} else if err != nil {
			w.Fatalf("%v in %s, %s", err, out, talk)
		}
		all = append(all, f)
	}
}
