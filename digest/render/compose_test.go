package render

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
	"vesper/digest/whole"
)

const returnPath = "bounces+{token}@bounce.courier.example"

func composer(t testing.TB, r Renderer, e digest.Edition) *Composer {
	t.Helper()
	messages, err := r.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewComposer(messages, returnPath)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func delivery(reader Reader) digest.Delivery {
	return digest.Delivery{
		Key: 42, Variant: digest.Designed, Address: reader.Address, Since: reader.Since,
		FirstDue: time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC), MessageID: "mkq2v6h4y3z",
		Unsubscribe: reader.Unsubscribe, Preferences: reader.Preferences, ReturnPath: "aebagbaf",
	}
}

// opened is a message as a mail program reads it.
type opened struct {
	header     mail.Header
	text, html string
}

func open(t fataler, message []byte) opened {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatalf("read the message: %v", err)
	}
	o := opened{header: m.Header}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if kind == "text/plain" && err == nil {
		o.text = read(t, m.Header.Get("Content-Transfer-Encoding"), m.Body)
		return o
	}
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("got %q (%v), want multipart/alternative", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, p := range []struct {
		kind string
		to   *string
	}{{"text/plain; charset=UTF-8", &o.text}, {"text/html; charset=UTF-8", &o.html}} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("%s: %v", p.kind, err)
		}
		if got := part.Header.Get("Content-Type"); got != p.kind {
			t.Fatalf("got part %q, want %q", got, p.kind)
		}
		*p.to = read(t, part.Header.Get("Content-Transfer-Encoding"), part)
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Fatalf("after the two parts: got %v, want the end", err)
	}
	return o
}

// read decodes a part to LF line ends.
func read(t fataler, encoding string, body io.Reader) string {
	t.Helper()
	switch encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	default:
		t.Fatalf("the encoding is %q", encoding)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatalf("%s: %v", encoding, err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// TestReadersCopyIsTheEditionRenderedAfresh is the promise behind splicing: in
// both variants, in quoted-printable and in base64, for readers and publications
// with odd names.
func TestReadersCopyIsTheEditionRenderedAfresh(t *testing.T) {
	whole.NotRaced(t)
	copies := whole.Times(t, 1, 5)
	for _, s := range specimenSets {
		t.Run(s.name, func(t *testing.T) {
			r, e, err := specimenEdition(nil, s)
			if err != nil {
				t.Fatal(err)
			}
			r.Publication.Zone = newYork(t)
			rapid.Check(t, func(t *rapid.T) {
				r, e := r, e
				names := rapid.StringMatching(`[A-Z“„«é日ب][a-z "&<>'{}é日ب“”]{0,30}[a-z]`)
				r.Publication.Name = names.Draw(t, "publication")
				messages, err := r.Messages(e)
				if err != nil {
					t.Fatal(err)
				}
				c, err := NewComposer(messages, returnPath)
				if err != nil {
					t.Fatal(err)
				}
				for range copies {
					holdToAfresh(t, r, e, c)
				}
			})
		})
	}
}

func holdToAfresh(t *rapid.T, r Renderer, e digest.Edition, c *Composer) {
	const addresses = `[a-z0-9!#$%&'*+/=?^_{|}~\-.é日üب]{1,64}@[a-z0-9\-]{1,60}(\.[a-z]{2,20}){1,5}`
	reader := Reader{
		Address:     rapid.StringMatching(addresses).Draw(t, "address"),
		Unsubscribe: rapid.StringMatching(`[A-Za-z0-9_\-]{1,90}`).Draw(t, "token"),
		Preferences: rapid.StringMatching(`[A-Za-z0-9_\-]{1,90}`).Draw(t, "preferences"),
		Since:       time.Unix(rapid.Int64Range(-1, 4102444800).Draw(t, "since"), 0),
	}
	if rapid.Bool().Draw(t, "no date") {
		reader.Since = time.Time{}
	}
	d := delivery(reader)
	d.FirstDue = time.Unix(rapid.Int64Range(0, 4102444800).Draw(t, "due"), 0)
	d.MessageID = rapid.StringMatching(`[a-z2-7]{1,40}`).Draw(t, "id")
	html, err := r.HTML(e, reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.Text(e, reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, d.Variant = range []string{digest.Designed, digest.Plain} {
		envelope, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, envelope.Data)
		holdToForm(t, envelope)
		pieces, err := c.ComposePieces(d)
		if err != nil {
			t.Fatal(err)
		}
		// One whose lines have to be looked at is whole.
		if joined := slices.Concat(pieces.Data, bytes.Join(pieces.Pieces, nil)); !bytes.Equal(joined, envelope.Data) {
			t.Fatal("in pieces it is another")
		}
		got := open(t, envelope.Data)
		if d.Variant == digest.Designed && got.html != html {
			t.Fatalf("the HTML part differs from the one rendered afresh:\n%s", cmp.Diff(html, got.html))
		}
		if d.Variant == digest.Plain && got.html != "" {
			t.Fatalf("the plain variant has HTML")
		}
		if got.text != text {
			t.Fatalf("%s: the text part differs from the one rendered afresh:\n%s", d.Variant,
				cmp.Diff(text, got.text))
		}
		if to := got.header.Get("To"); to != reader.Address {
			t.Fatalf("got To %q, want %q", to, reader.Address)
		}
		if date, err := got.header.Date(); err != nil || !date.Equal(d.FirstDue) {
			t.Fatalf("got Date %v (%v), want %v", date, err, d.FirstDue)
		}
		// A proof has no link to unsubscribe.
		want := "<https://mail.courier.example/u/" + reader.Unsubscribe + ">"
		if r.proof {
			want = ""
		}
		if got.header.Get("List-Unsubscribe") != want {
			t.Fatalf("got List-Unsubscribe %q, want %q", got.header.Get("List-Unsubscribe"), want)
		}
	}
}

// wellFormed checks the bytes by RFC 5322 2.3 and RFC 2045 6.7.
func wellFormed(t fataler, data []byte) {
	t.Helper()
	if bytes.IndexByte(data, 0) >= 0 {
		t.Fatalf("a NUL is left")
	}
	head, body, _ := strings.Cut(string(data), "\r\n\r\n")
	for part, most := range map[string]int{head: 998, body: 76} {
		for _, l := range strings.Split(part, "\r\n") {
			if strings.ContainsAny(l, "\r\n") {
				t.Fatalf("a bare CR or LF in %q", l)
			}
			if len(l) > most || len(l) > 76 && strings.Contains(l, "=?utf-8?") {
				t.Fatalf("a line of %d octets: %q", len(l), l)
			}
			if most == 76 && strings.TrimRight(l, " \t") != l {
				t.Fatalf("a trailing blank in %q", l)
			}
		}
	}
}

func TestHeaderHasEachFieldOnceInOrder(t *testing.T) {
	r := renderer(t)
	e := edition(t, five(t)...)
	envelope, err := composer(t, r, e).Compose(delivery(ines(t)))
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(envelope.Data), "\r\n\r\n")
	want := `From: Harbour Courier Evening <evening@courier.example>
Reply-To: Desk <desk@courier.example>
To: ines@reader.example
Subject: =?utf-8?q?Port_Ellery=E2=80=99s_Council_Rejects_the_State?=
 =?utf-8?q?=E2=80=99s_Tidal_Gates?=
Date: Sun, 22 Nov 2026 23:00:00 +0000
Message-ID: <mkq2v6h4y3z@courier.example>
List-Id: Harbour Courier Evening Edition <evening.courier.example>
List-Unsubscribe: <https://mail.courier.example/u/AQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
List-Help: <https://mail.courier.example/s>
List-Subscribe: <https://mail.courier.example/s>
List-Archive: <https://mail.courier.example/e>
List-Owner: <mailto:desk@courier.example>
Auto-Submitted: auto-generated
Precedence: bulk
Feedback-ID: 20261122:evening:designed:harbourcourier
Content-Language: en
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary=` + boundaryOf(head)
	if diff := cmp.Diff(want, strings.ReplaceAll(head, "\r\n", "\n")); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if want := "bounces+aebagbaf@bounce.courier.example"; envelope.From != want {
		t.Errorf("got return path %q, want %q", envelope.From, want)
	}
	if envelope.To != "ines@reader.example" {
		t.Errorf("got recipient %q", envelope.To)
	}
}

func boundaryOf(head string) string {
	_, after, _ := strings.Cut(head, "boundary=")
	return after
}

func TestValuesThatBreakOutAreRefused(t *testing.T) {
	c := composer(t, renderer(t), edition(t, five(t)[:1]...))
	for name, change := range map[string]func(*digest.Delivery){
		"an address with a line of its own": func(d *digest.Delivery) {
			d.Address = "a@b.example\r\nBcc: c@d.example"
		},
		"an address with a NUL":   func(d *digest.Delivery) { d.Address = "a\x00to\x00@b.example" },
		"two addresses":           func(d *digest.Delivery) { d.Address = "a@b.example, c@d.example" },
		"no address":              func(d *digest.Delivery) { d.Address = "" },
		"a token with a bracket":  func(d *digest.Delivery) { d.Unsubscribe = "abc>" },
		"no token":                func(d *digest.Delivery) { d.Unsubscribe = "" },
		"a Message-ID with an at": func(d *digest.Delivery) { d.MessageID = "a@b" },
		"no date":                 func(d *digest.Delivery) { d.FirstDue = time.Time{} },
		"no return path":          func(d *digest.Delivery) { d.ReturnPath = "" },
		"an unknown variant":      func(d *digest.Delivery) { d.Variant = "glossy" },
	} {
		d := delivery(ines(t))
		change(&d)
		if _, err := c.Compose(d); err == nil {
			t.Errorf("%s: composed", name)
		} else if strings.Contains(err.Error(), "b.example") {
			t.Errorf("%s: the error names the reader: %v", name, err)
		}
	}
}

func TestStoredMessageMustBeWhole(t *testing.T) {
	for name, b := range map[string]string{
		"an unknown field":    "To: \x00cc\x00\r\n\r\n",
		"an unknown part":     "\r\n\r\n\x00address:rtf\x00\r\n",
		"an unknown zone":     "\r\n\r\n\x00since:text:Nowhere/At_All\x00\r\n",
		"a field with no end": "To: \x00to\r\n\r\n",
	} {
		messages := []digest.Message{{Variant: digest.Designed, Bytes: []byte(b)}}
		if _, err := NewComposer(messages, returnPath); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	for _, path := range []string{"", "nobody", "a@b.example\r\nRCPT TO:<c@d.example>", "<a@b.example>"} {
		if _, err := NewComposer(nil, path); err == nil {
			t.Errorf("return path %q: taken", path)
		}
	}
}

// FuzzStoredMessage: whatever bytes come back from the store, a copy is made or
// refused, and no merge field is left in it.
func FuzzStoredMessage(f *testing.F) {
	f.Add([]byte("To: \x00to\x00\r\nDate: \x00date\x00\r\n\r\n\x00address:html\x00\r\n"))
	f.Add([]byte("\x00since:text:Europe/Paris\x00\x00unsubscribe:html\x00"))
	f.Add([]byte("\x00\x00"))
	d := delivery(Reader{Address: "a+b@c.example", Unsubscribe: "t", Since: time.Unix(1, 0)})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := NewComposer([]digest.Message{{Variant: digest.Designed, Bytes: b}}, returnPath)
		if err != nil {
			return
		}
		envelope, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(envelope.Data, 0) >= 0 {
			t.Errorf("a NUL is left in %q", envelope.Data)
		}
		holdToForm(t, envelope)
	})
}

func decoded(s string) (string, error) { return new(mime.WordDecoder).DecodeHeader(s) }
