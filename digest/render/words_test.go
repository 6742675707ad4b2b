package render

import (
	"net/mail"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vesper/digest"
)

func TestSlugs(t *testing.T) {
	for headline, want := range map[string]string{
		"Mexico’s Sheinbaum Rejects Trump’s Military Offer": "mexicos-sheinbaum-rejects-trumps-military-offer",
		"“No,” Says the U.S. Senate — Again":                "no-says-the-us-senate-again",
		"Ferry: 400 passengers & 60 cars":                   "ferry-400-passengers-60-cars",
		"Çelik, Søren und Müller: Größe zählt":              "celik-soren-und-mueller-groesse-zaehlt",
		"夕方の新聞": "",
		"--":    "",
	} {
		if got := slug(headline); got != want {
			t.Errorf("%q: got %q, want %q", headline, got, want)
		}
	}
}

func TestOnlyWebURLsAreLinked(t *testing.T) {
	for in, want := range map[string]string{
		"https://a.example/x?b=1&c=2#d":                  "https://a.example/x?b=1&c=2#d",
		" http://a.example ":                             "http://a.example",
		"https://a.example:8443/":                        "https://a.example:8443/",
		"https://[::1]/":                                 "https://[::1]/",
		"https://a.example/über 'x' (y)":                 "https://a.example/%C3%BCber%20%27x%27%20%28y%29",
		"https://a.example/%41%zz":                       "",
		"https://a.example/?q=%zz":                       "https://a.example/?q=%25zz",
		"https://user:pw@a.example/":                     "",
		"https://user@a.example/":                        "",
		"javascript:alert(1)":                            "",
		"data:text/html,x":                               "",
		"mailto:a@b.example":                             "",
		"//a.example/":                                   "",
		"/x":                                             "",
		"https:///x":                                     "",
		"https:a.example":                                "",
		"https://ä.example/":                             "",
		"https://a.example/\r\nBcc: x":                   "",
		"https://a.example\"onclick=x":                   "",
		"https://a.example/" + strings.Repeat("x", 2048): "",
		"": "",
	} {
		if got := webURL(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestLineHasNoBreaks(t *testing.T) {
	for in, want := range map[string]string{
		"as it is":              "as it is",
		"  a \t b\r\nc\u2028d ": "a b c d",
		"a\x00b\x7f\u0085c":     "a b c",
		"a\u00a0b":              "a\u00a0b",
		"\xff":                  "\uFFFD",
		"a\u202eb\u2066 c":      "ab c",
		"\u200fa":               "\u200fa",
		" ":                     "",
		"":                      "",
	} {
		got := line(in)
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if twice := line(got); twice != got {
			t.Errorf("%q: a second time it is %q", got, twice)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add("a\r\nBcc: b")
	f.Add("\u2029\xff ")
	f.Fuzz(func(t *testing.T, s string) {
		got := line(s)
		if strings.ContainsAny(got, "\r\n\x00\u2028\u2029") || !utf8.ValidString(got) || line(got) != got {
			t.Errorf("%q: got %q", s, got)
		}
	})
}

func TestFirstLineNamesTheSecondAndTheThirdAndNeverTheLead(t *testing.T) {
	named := func(headlines ...string) []digest.Article {
		var all []digest.Article
		for _, h := range headlines {
			all = append(all, digest.Article{Headline: h})
		}
		return all
	}
	long := strings.Repeat("Long ", 23) + "End"
	for _, c := range []struct {
		articles []digest.Article
		want     string
	}{
		{named("Lead"), ""},
		{named("Lead", "Second"), "Plus: Second."},
		{named("Lead", "Second?"), "Plus: Second?"},
		{named("Lead", "Second", "Third", "Fourth"), "Plus: Second; Third."},
		{named("Lead", long, "Third"), "Plus: " + strings.Repeat("Long ", 17) + "Long…"},
		{named("Lead", "Second", long, "Fourth"), "Plus: Second; " + strings.Repeat("Long ", 15) + "Long…"},
	} {
		if got := renderer(t).firstLine(c.articles); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestOneOrTwoQuickLooksAreNeverHidden(t *testing.T) {
	for _, c := range []struct{ n, limit, want int }{
		{0, 5, 0}, {5, 5, 5}, {7, 5, 7}, {8, 5, 5}, {10, 5, 5}, {10, -1, 10}, {10, 3, 3}, {10, 8, 10},
	} {
		if got := shown(c.n, c.limit); got != c.want {
			t.Errorf("%d with a limit of %d: got %d, want %d", c.n, c.limit, got, c.want)
		}
	}
}

func TestBadEditionsAreNotRendered(t *testing.T) {
	for name, change := range map[string]func(*Renderer, *digest.Edition){
		"no articles":       func(_ *Renderer, e *digest.Edition) { e.Articles = nil },
		"no headline":       func(_ *Renderer, e *digest.Edition) { e.Articles[0].Headline = " \n" },
		"no postal address": func(r *Renderer, _ *digest.Edition) { r.Publication.PostalAddress = "" },
		"no name":           func(r *Renderer, _ *digest.Edition) { r.Publication.Name = "" },
		"no sender":         func(r *Renderer, _ *digest.Edition) { r.Publication.From = "nobody" },
		"no base":           func(r *Renderer, _ *digest.Edition) { r.Publication.BaseURL = "" },
		"an open base": func(r *Renderer, _ *digest.Edition) {
			r.Publication.BaseURL = "http://mail.courier.example"
		},
		"a base with a query": func(r *Renderer, _ *digest.Edition) {
			r.Publication.BaseURL = "https://mail.courier.example/?x"
		},
		"a zone nobody else knows": func(r *Renderer, _ *digest.Edition) {
			r.Publication.Zone = time.FixedZone("X", 60)
		},
	} {
		r, e := renderer(t), edition(t, five(t)...)
		change(&r, &e)
		if _, err := r.Messages(e); err == nil {
			t.Errorf("%s: rendered", name)
		}
	}
	r, e := renderer(t), edition(t, five(t)...)
	r.Publication.BaseURL = "http://127.0.0.1:8025/"
	if _, err := r.Messages(e); err != nil {
		t.Errorf("http on loopback: %v", err)
	}
}

// TestNamesOfEveryKindAreFolded: display names in any script and of any length
// keep their lines short (RFC 2047 2, RFC 5322 2.1.1), and are read back unchanged.
func TestNamesOfEveryKindAreFolded(t *testing.T) {
	for _, name := range []string{
		"Courier", "The Courier of Port Ellery, Saint Orly and All the Outer Islands, Founded 1871",
		"بريد الميناء والجزر البعيدة كلها منذ البداية",
		"Rédaction du Très Long Journal du Port de Saint-Orly et des Îles", "Kurier, Abend für alle",
		`The "Late" Courier`, "夕方の新聞、離島と港のための長い名前の新聞",
	} {
		r := renderer(t)
		r.Publication.Name = name
		r.Publication.From = (&mail.Address{Name: name, Address: "evening@courier.example"}).String()
		r.Publication.ReplyTo = (&mail.Address{Name: name, Address: "desk@courier.example"}).String()
		envelope, err := composer(t, r, edition(t, five(t)...)).Compose(delivery(ines(t)))
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, envelope.Data)
		head, _, _ := strings.Cut(string(envelope.Data), "\r\n\r\n")
		for _, l := range strings.Split(head, "\r\n") {
			if len(l) > 78 && !strings.HasPrefix(l, "List-Unsubscribe:") {
				t.Errorf("%s: a line of %d octets: %s", name, len(l), l)
			}
		}
		o := open(t, envelope.Data)
		for _, field := range []string{"From", "Reply-To"} {
			got, err := o.header.AddressList(field)
			if err != nil || len(got) != 1 || got[0].Name != name {
				t.Errorf("got %s %v (%v), want %q", field, got, err, name)
			}
		}
	}
}

func TestHeadlinesCannotWriteHeaders(t *testing.T) {
	for _, headline := range []string{
		"Town Wins\r\nBcc: everybody@courier.example", "Town\x00to\x00Wins", "=?utf-8?q?Not_Ours?=",
		strings.Repeat("夕方の新聞", 30), strings.Repeat("x", 500), "Plain \"quoted\" words",
	} {
		r := renderer(t)
		r.Publication.Name = "Kurier für “Brae”"
		r.Publication.From = `"Kurier, Abend für alle" <evening@courier.example>`
		e := edition(t, digest.Article{ID: "x", Headline: headline})
		envelope, err := composer(t, r, e).Compose(delivery(ines(t)))
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, envelope.Data)
		o := open(t, envelope.Data)
		if len(o.header) != 19 || o.header.Get("Bcc") != "" {
			t.Errorf("%q: got %d header fields, want 19", headline, len(o.header))
		}
		subject, err := decoded(o.header.Get("Subject"))
		if want := cut(headerText(headline), maxSubject); err != nil || subject != want {
			t.Errorf("got subject %q (%v), want %q", subject, err, want)
		}
	}
}
