package mailbox

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// shown is how many messages the list has; the others are counted.
const shown = 500

// frameCSP is what the HTML of a message may do: show itself and open links in
// a new tab. It holds too when the frame's address is opened on its own.
const frameCSP = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; " +
	"style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// page is the mailbox as web pages.
type page struct {
	mailbox *Mailbox
	views   *template.Template
	csp     string
}

// Page gives the mailbox as web pages for a listener on loopback: the list at /
// and the messages at /m/{n}, with html, text and source below. Every other path
// is not found.
func (m *Mailbox) Page() http.Handler {
	sum := sha256.Sum256([]byte(pageCSS))
	p := &page{
		mailbox: m,
		views: template.Must(template.New("page").Funcs(template.FuncMap{
			"css":  func() template.CSS { return template.CSS(pageCSS) },
			"size": size,
		}).Parse(pageHTML)),
		// The frame may go nowhere else, whatever a message's meta element says.
		csp: "default-src 'none'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
			"style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'",
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.list)
	mux.HandleFunc("GET /m/{n}", p.with(p.one))
	mux.HandleFunc("GET /m/{n}/html", p.with(p.html))
	mux.HandleFunc("GET /m/{n}/text", p.with(p.text))
	mux.HandleFunc("GET /m/{n}/source", p.with(p.source))
	return mux
}

// with finds the message that a path names.
func (p *page) with(show func(http.ResponseWriter, Message, []byte)) http.HandlerFunc {
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
		show(w, msg, source)
	}
}

func (p *page) list(w http.ResponseWriter, _ *http.Request) {
	messages := p.mailbox.Messages()
	slices.Reverse(messages)
	count := len(messages)
	messages = messages[:min(count, shown)]
	p.render(w, "list", struct {
		Count, Older int
		Messages     []Message
	}{count, count - len(messages), messages})
}

func (p *page) one(w http.ResponseWriter, msg Message, source []byte) {
	p.render(w, "message", struct {
		Message
		Parts parts
	}{msg, readParts(source)})
}

func (p *page) html(w http.ResponseWriter, _ Message, source []byte) {
	secure(w, frameCSP, "text/html; charset=utf-8")
	_, _ = io.WriteString(w, framed(readParts(source).HTML))
}

func (p *page) text(w http.ResponseWriter, _ Message, source []byte) {
	secure(w, p.csp, "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, readParts(source).Text)
}

func (p *page) source(w http.ResponseWriter, _ Message, source []byte) {
	secure(w, p.csp, "text/plain; charset=utf-8")
	_, _ = w.Write(source)
}

func (p *page) render(w http.ResponseWriter, view string, values any) {
	var b bytes.Buffer
	if err := p.views.ExecuteTemplate(&b, view, values); err != nil {
		p.mailbox.log().Error("mailbox page", "view", view, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	secure(w, p.csp, "text/html; charset=utf-8")
	_, _ = b.WriteTo(w)
}

func secure(w http.ResponseWriter, csp, kind string) {
	h := w.Header()
	h.Set("Content-Security-Policy", csp)
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

var (
	headTag = regexp.MustCompile(`(?i)<head(?:\s[^>]*)?>`)
	doctype = regexp.MustCompile(`(?i)^\s*<!doctype[^>]*>`)
)

// framed makes links open in a new tab. The element goes where it does not
// change how the document is laid out: before the doctype it would.
func framed(html string) string {
	const base = `<base target="_blank">`
	at := headTag.FindStringIndex(html)
	if at == nil {
		at = doctype.FindStringIndex(html)
	}
	if at == nil {
		return base + html
	}
	return html[:at[1]] + base + html[at[1]:]
}

func size(octets int) string {
	if octets < 1000 {
		return fmt.Sprintf("%d B", octets)
	}
	return fmt.Sprintf("%.1f kB", float64(octets)/1000)
}
