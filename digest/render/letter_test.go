package render

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
	"vesper/digest/whole"
	"vesper/templates"
)

func recipient(t testing.TB) Recipient {
	six := time.Date(2026, time.November, 22, 18, 0, 0, 0, newYork(t))
	return Recipient{
		Reader: ines(t), Slot: digest.Slot{Name: "evening", Title: "Evening Edition"}, Next: six.AddDate(0, 0, 1),
		Confirm: "AQFjkJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT", Expires: six.Add(72 * time.Hour), At: six,
		MessageID: "letter.x2",
	}
}

// letters are the three kinds with how each is written.
func letters(r Renderer) map[digest.LetterKind]func(Recipient) (digest.Letter, error) {
	return map[digest.LetterKind]func(Recipient) (digest.Letter, error){
		digest.Confirmation: r.Confirmation, digest.Welcome: r.Welcome, digest.Goodbye: r.Goodbye,
	}
}

func TestLettersHaveEachFieldOnceAndOnlyAWelcomeCanBeLeft(t *testing.T) {
	common := []string{"From", "Reply-To", "To", "Subject", "Date", "Message-ID"}
	rest := []string{"Auto-Submitted", "Content-Language", "MIME-Version", "Content-Type"}
	list := []string{
		"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Help", "List-Subscribe", "List-Archive",
		"List-Owner",
	}
	for kind, write := range letters(renderer(t)) {
		l, err := write(recipient(t))
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, l.Bytes)
		head, _, _ := strings.Cut(string(l.Bytes), "\r\n\r\n")
		var names []string
		for _, line := range strings.Split(head, "\r\n") {
			if name, _, ok := strings.Cut(line, ":"); ok && !strings.HasPrefix(line, " ") {
				names = append(names, name)
			}
		}
		want := append(append([]string{}, common...), rest...)
		if kind == digest.Welcome {
			want = append(append(append([]string{}, common...), list...), rest...)
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("%s: fields (-want +got):\n%s", kind, diff)
		}
		o := open(t, l.Bytes)
		if o.header.Get("To") != "ines@reader.example" ||
			o.header.Get("Message-ID") != "<letter.x2@courier.example>" ||
			o.header.Get("Date") != "Sun, 22 Nov 2026 23:00:00 +0000" {
			t.Errorf("%s: got %v", kind, o.header)
		}
		if l.Kind != kind || l.Address != "ines@reader.example" {
			t.Errorf("got a %s letter to %s, want a %s letter to the reader", l.Kind, l.Address, kind)
		}
		second, err := write(recipient(t))
		if err != nil || string(second.Bytes) != string(l.Bytes) {
			t.Errorf("%s: a second time it is not the same (%v)", kind, err)
		}
	}
}

func TestAConfirmationHasNothingThatWasTyped(t *testing.T) {
	to := recipient(t)
	l, err := renderer(t).Confirmation(to)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, l.Bytes)
	for name, part := range map[string]string{"text": o.text, "HTML": o.html} {
		for _, want := range []string{
			"https://mail.courier.example/c/" + to.Confirm, "at this address", "6 p.m. on November 25, 2026",
			"14 Chandlers Row", "mail.courier.example",
		} {
			if !strings.Contains(part, want) {
				t.Errorf("the %s lacks %q", name, want)
			}
		}
		for _, private := range []string{to.Unsubscribe, to.Preferences, "/u/", "/p/", "ines", "reader.example"} {
			if strings.Contains(part, private) {
				t.Errorf("the %s has %q", name, private)
			}
		}
	}
}

func TestWelcomesSayWhenTheNextEditionComes(t *testing.T) {
	r, to := renderer(t), recipient(t)
	l, err := r.Welcome(to)
	if err != nil {
		t.Fatal(err)
	}
	const confirmed = "Your subscription is confirmed. The next edition arrives tomorrow at 6 p.m.\n"
	if text := open(t, l.Bytes).text; !strings.Contains(text, confirmed) ||
		!strings.Contains(text, "https://mail.courier.example/e/latest") ||
		!strings.Contains(text, "add evening@courier.example to") {
		t.Errorf("got\n%s", text)
	}
	to.Next = time.Time{}
	if l, err = r.Welcome(to); err != nil || !strings.Contains(open(t, l.Bytes).text, "is confirmed.\n") {
		t.Errorf("without a next edition: %v\n%s", err, l.Bytes)
	}
}

// TestLettersReadAsTheyWereSet in every language: what is decoded is what the
// templates gave.
func TestLettersReadAsTheyWereSet(t *testing.T) {
	whole.NotRaced(t)
	for _, language := range templates.BuiltIn().Languages() {
		p, title := SpecimenPublication(language)
		r := Renderer{Publication: p}
		addresses := rapid.StringMatching(`[a-z0-9!#$%&'*+/=?^_{|}~\-.é日ü]{1,64}@[a-z0-9\-]{1,60}\.[a-z]{2,20}`)
		rapid.Check(t, func(t *rapid.T) {
			to := Recipient{
				Reader: Reader{
					Address:     addresses.Draw(t, "address"),
					Unsubscribe: rapid.StringMatching(`[A-Za-z0-9_\-]{1,90}`).Draw(t, "token"),
				},
				Slot: digest.Slot{Name: "evening", Title: title}, Confirm: "x", Expires: time.Unix(1e9, 0),
				At: time.Unix(rapid.Int64Range(0, 4102444800).Draw(t, "at"), 0), MessageID: "m",
			}
			for kind, set := range map[digest.LetterKind]func(Recipient) (setLetter, error){
				digest.Confirmation: r.setConfirmation, digest.Welcome: r.setWelcome, digest.Goodbye: r.setGoodbye,
			} {
				want, err := set(to)
				if err != nil {
					t.Fatal(err)
				}
				l, err := letters(r)[kind](to)
				if err != nil {
					t.Fatal(err)
				}
				wellFormed(t, l.Bytes)
				if got := open(t, l.Bytes); got.text != want.text || got.html != want.html {
					t.Fatalf("%s in %s differs from what was set", kind, language)
				}
			}
		})
	}
}

// TestNoLetterSaysWhatAnAddressSays: who types an address into the page writes to its
// owner with it, as far as letters show it.
func TestNoLetterSaysWhatAnAddressSays(t *testing.T) {
	whole.NotRaced(t)
	for _, language := range templates.BuiltIn().Languages() {
		p, title := SpecimenPublication(language)
		for _, local := range []string{"you-have-won.claim-it-at-evil", "ines+pay", "日本", "o'neill"} {
			to := recipient(t)
			to.Address, to.Slot.Title = local+"@reader.example", title
			for kind, write := range letters(Renderer{Publication: p}) {
				l, err := write(to)
				if err != nil {
					t.Fatal(err)
				}
				if o := open(t, l.Bytes); strings.Contains(o.text+o.html+o.header.Get("Subject"), local) ||
					strings.Contains(o.html, htmlText(local)) {
					t.Errorf("%s in %s says %s", kind, language, local)
				}
			}
		}
	}
}

// TestLettersHaveAnEvenNumberOfLinks: filters mark down an odd one, in the HTML and in
// both parts.
func TestLettersHaveAnEvenNumberOfLinks(t *testing.T) {
	for i := range 16 {
		r, to := renderer(t), recipient(t)
		r.Publication.Language = []string{"en", "de", "ar", "fr", "es", "it", "pt"}[i%7]
		to.NothingPrinted = i&1 != 0
		if i&2 != 0 {
			r.Publication.URL = ""
		}
		if i&4 != 0 {
			to.Preferences = ""
		}
		if i&8 != 0 {
			r.Publication.PrivacyURL = privacyPolicy
		}
		for kind, write := range letters(r) {
			l, err := write(to)
			if err != nil {
				t.Fatal(err)
			}
			o := open(t, l.Bytes)
			inHTML, inText := links(t, o.html), textLinks(o.text, o.html)
			shown := strings.Count(pageText(t, o.html), "https://")
			if total := len(inHTML) + shown + strings.Count(o.text, "https://"); len(inHTML)%2 != 0 || total%2 != 0 {
				t.Errorf("%s: %d links in the HTML, %d in all", kind, len(inHTML), total)
			}
			// Where the wordmark leads is there to make them even, in one part or in both.
			home := r.Publication.URL
			if home == "" {
				home = r.base() + "/e"
			}
			wordmark := func(url string) bool { return url == home }
			inHTML, inText = slices.DeleteFunc(inHTML, wordmark), slices.DeleteFunc(inText, wordmark)
			if diff := cmp.Diff(inHTML, inText); diff != "" {
				t.Errorf("%s: links (-HTML +text):\n%s", kind, diff)
			}
		}
	}
}

const privacyPolicy = "https://www.courier.example/privacy/?of=readers&in=full"

// TestEveryFooterLeadsToThePrivacyPolicy where there is one: in letters and editions, in
// each of their forms and languages, and on the pages of an edition.
func TestEveryFooterLeadsToThePrivacyPolicy(t *testing.T) {
	whole.NotRaced(t)
	for _, language := range templates.BuiltIn().Languages() {
		for _, url := range []string{"", privacyPolicy} {
			r, e := renderer(t), edition(t, many(t, 3)...)
			r.Publication.Language, r.Publication.PrivacyURL = language, url
			shown := map[string]string{}
			for kind, write := range letters(r) {
				l, err := write(recipient(t))
				if err != nil {
					t.Fatal(err)
				}
				o := open(t, l.Bytes)
				shown[string(kind)+", HTML"], shown[string(kind)+", text"] = o.html, o.text
			}
			shown["edition, HTML"], shown["edition, text"] = bothParts(t, r, e)
			for name, page := range map[string]func() ([]byte, error){
				"web view": func() ([]byte, error) { return r.WebView(e) },
				"article":  func() ([]byte, error) { return r.DeepLook(e, e.Articles[0]) },
			} {
				html, err := page()
				if err != nil {
					t.Fatal(err)
				}
				shown[name+", HTML"] = string(html)
			}
			label := r.words().Edition.Privacy
			for name, part := range shown {
				found := strings.Count(part, "\n"+label+r.words().Colon()+"\n"+privacyPolicy+"\n")
				if strings.HasSuffix(name, "HTML") {
					link := regexp.MustCompile(`href="` + regexp.QuoteMeta(htmlText(privacyPolicy)) + `"[^>]*>` + label + `</a>`)
					found = len(link.FindAllString(part, -1))
				}
				if want := min(1, len(url)); found != want {
					t.Errorf("%s, %s: %d links to the privacy policy, want %d", language, name, found, want)
				}
			}
		}
	}
}

func TestLettersThatLeadNowhereAreNotWritten(t *testing.T) {
	for name, change := range map[string]func(*Renderer, *Recipient){
		"no address":             func(_ *Renderer, to *Recipient) { to.Address = "" },
		"two addresses":          func(_ *Renderer, to *Recipient) { to.Address = "a@b.example, c@d.example" },
		"a line in the address":  func(_ *Renderer, to *Recipient) { to.Address = "a@b.example\r\nBcc: c@d.example" },
		"no link to confirm":     func(_ *Renderer, to *Recipient) { to.Confirm = "" },
		"a link with a bracket":  func(_ *Renderer, to *Recipient) { to.Confirm = "a>b" },
		"no end of the link":     func(_ *Renderer, to *Recipient) { to.Expires = time.Time{} },
		"no date":                func(_ *Renderer, to *Recipient) { to.At = time.Time{} },
		"no Message-ID":          func(_ *Renderer, to *Recipient) { to.MessageID = "" },
		"no postal address":      func(r *Renderer, _ *Recipient) { r.Publication.PostalAddress = " " },
		"no sender":              func(r *Renderer, _ *Recipient) { r.Publication.From = "nobody" },
		"a base that is no base": func(r *Renderer, _ *Recipient) { r.Publication.BaseURL = "mail.courier.example" },
	} {
		r, to := renderer(t), recipient(t)
		change(&r, &to)
		if _, err := r.Confirmation(to); err == nil {
			t.Errorf("%s: written", name)
		} else if strings.Contains(err.Error(), "b.example") {
			t.Errorf("%s: the error names the reader: %v", name, err)
		}
	}
	to := recipient(t)
	to.Unsubscribe = ""
	if _, err := renderer(t).Welcome(to); err == nil {
		t.Error("a welcome that can't be left: written")
	}
}

func TestAWelcomeBeforeTheFirstEditionHasNoDeadLink(t *testing.T) {
	for _, nothing := range []bool{true, false} {
		to := recipient(t)
		to.NothingPrinted = nothing
		l, err := renderer(t).Welcome(to)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{open(t, l.Bytes).text, open(t, l.Bytes).html} {
			if got := strings.Contains(part, "/e/latest"); got == nothing {
				t.Errorf("nothing printed: %v, and a link to the latest edition: %v", nothing, got)
			}
		}
	}
}

func TestALetterOfSeveralEditionsSpeaksOfThePublication(t *testing.T) {
	for kind, write := range letters(renderer(t)) {
		to := recipient(t)
		to.Slot.Title = ""
		l, err := write(to)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, l.Bytes)
		o := open(t, l.Bytes)
		if strings.Contains(o.text+o.html, "Evening Edition") || !strings.Contains(o.text, "Harbour Courier") {
			t.Errorf("%s: %s", kind, o.text)
		}
	}
}
