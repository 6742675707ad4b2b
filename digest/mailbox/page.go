package mailbox

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// page is the mailbox as web pages.
type page struct {
	mailbox *Mailbox
	views   *template.Template
	csp     string
}

// Page gives the mailbox as web pages, for a listener on loopback. It answers only under
// names of loopback, or else a foreign page could read the mail by a name of its own that
// leads here. At / are the list
// and the newest message, at /m/{n} the list and another message. Below that path is
// the message itself: html, text, source, and eml for saving. The query has the
// settings of the page (see choices). There is no other path.
func (m *Mailbox) Page() http.Handler {
	sum := sha256.Sum256([]byte(pageCSS))
	p := &page{
		mailbox: m,
		views: template.Must(template.New("page").Funcs(template.FuncMap{
			"css":  func() template.CSS { return template.CSS(pageCSS) },
			"size": size,
			"when": func(t time.Time) string { return when(t, m.now()) },
		}).Parse(pageHTML)),
		// The frame may go nowhere else, whatever a message's meta element says.
		csp: "default-src 'none'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; " +
			"frame-ancestors 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.home)
	mux.HandleFunc("GET /m/{n}", p.one)
	mux.HandleFunc("GET /m/{n}/html", p.with(p.html))
	mux.HandleFunc("GET /m/{n}/text", p.with(p.text))
	mux.HandleFunc("GET /m/{n}/source", p.with(p.source))
	mux.HandleFunc("GET /m/{n}/eml", p.with(p.eml))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.secure(w.Header())
		if !Local(r.Host) {
			http.Error(w, "this mailbox answers as localhost, and under no other name", http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// Local says whether a request's host is this machine, by a name or an address that
// nobody else can give to it.
func Local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	at, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && at.Unmap().IsLoopback()
}

// secure sets the header fields that all answers have.
func (p *page) secure(h http.Header) {
	h.Set("Content-Security-Policy", p.csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	// A page that a link in a message opens can't reach this one.
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	// The names of the hosts that a message links to are not looked up.
	h.Set("X-DNS-Prefetch-Control", "off")
}

// newestFirst gives the messages in the order of the list.
func (p *page) newestFirst() []Message {
	messages := p.mailbox.Messages()
	slices.Reverse(messages)
	return messages
}

func (p *page) home(w http.ResponseWriter, r *http.Request) {
	messages := p.newestFirst()
	if len(messages) == 0 {
		s := newScreen(nil, -1, readView(nil))
		s.Home = true
		s.Notice = &notice{
			"No mail yet", "Whatever is sent to this mailbox over SMTP appears here, whoever it is for. " +
				"Send something, then look again.", "Look again",
		}
		p.render(w, http.StatusOK, s)
		return
	}
	p.show(w, messages, 0, readView(r.URL.Query()), true)
}

func (p *page) one(w http.ResponseWriter, r *http.Request) {
	messages, v := p.newestFirst(), readView(r.URL.Query())
	number, err := strconv.Atoi(r.PathValue("n"))
	i := slices.IndexFunc(messages, func(msg Message) bool { return msg.Number == number })
	if err != nil || i < 0 {
		s := newScreen(messages, -1, v)
		s.Notice = &notice{"No such message", "This mailbox has no message at this address.", "All messages"}
		p.render(w, http.StatusNotFound, s)
		return
	}
	p.show(w, messages, i, v, false)
}

// show shows the message at an index of the list.
func (p *page) show(w http.ResponseWriter, messages []Message, i int, v view, home bool) {
	s := newScreen(messages, i, v)
	s.Home = home
	source, err := messages[i].Source()
	if err != nil {
		text := "Message " + strconv.Itoa(messages[i].Number) +
			" came and was counted; its text is not kept any more."
		s.Notice = &notice{"Not kept", text, ""}
		p.render(w, http.StatusGone, s)
		return
	}
	s.open(messages, i, source, v)
	p.render(w, http.StatusOK, s)
}

// with finds the message that a path names, and has it shown.
func (p *page) with(show func(http.ResponseWriter, *http.Request, Message, []byte)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		number, err := strconv.Atoi(r.PathValue("n"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		msg, ok := p.mailbox.message(number)
		if !ok {
			http.NotFound(w, r)
			return
		}
		source, err := msg.Source()
		if err != nil {
			http.Error(w, "The message is not kept any more.", http.StatusGone)
			return
		}
		show(w, r, msg, source)
	}
}

func (p *page) html(w http.ResponseWriter, r *http.Request, _ Message, source []byte) {
	_, _ = io.WriteString(w, inFrame(w.Header(), readParts(source).HTML, readView(r.URL.Query())))
}

func (p *page) text(w http.ResponseWriter, _ *http.Request, _ Message, source []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, readParts(source).Text)
}

func (p *page) source(w http.ResponseWriter, _ *http.Request, _ Message, source []byte) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(source)
}

// eml gives the message as a file to save (RFC 6266).
func (p *page) eml(w http.ResponseWriter, _ *http.Request, msg Message, source []byte) {
	w.Header().Set("Content-Type", "message/rfc822")
	name := map[string]string{"filename": fileName(msg.Number, msg.To)}
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", name))
	w.Header().Set("Content-Length", fmt.Sprint(len(source)))
	_, _ = w.Write(source)
}

func (p *page) render(w http.ResponseWriter, status int, s *screen) {
	var b bytes.Buffer
	if err := p.views.ExecuteTemplate(&b, "screen", s); err != nil {
		p.mailbox.log().Error("mailbox page", "title", s.Title, "err", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}
