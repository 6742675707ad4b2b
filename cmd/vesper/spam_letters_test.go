package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/templates"
)

// domains are one under a top-level domain that filters know and one that they don't:
// of the latter they see the links of the HTML alone.
var domains = []string{"example.com", "news.example"}

// onTheInternet gives a newsroom with pages and a site under a domain, which signs, and
// its key's DNS record.
func onTheInternet(t *testing.T, domain string) (n *newsroom, key, keyText string) {
	t.Helper()
	n = newNewsroom(t, 0)
	n.publish(t, domain)
	key, keyText = n.sign(t)
	return n, key, keyText
}

// letters has a newsroom write every letter in every language, and gives them as they
// arrive.
func (n *newsroom) letters(t *testing.T, domain string) (all []arrived) {
	t.Helper()
	config, err := os.ReadFile(filepath.Join(n.dir, "vesper.toml"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, language := range templates.BuiltIn().Languages() {
		names = append(names, n.posts(t, config, language, "0 18 * * *")...)
	}
	messages := n.box.Messages()
	if len(messages) != len(names) || len(names) == 0 {
		t.Fatalf("%d letters arrived, want %d", len(messages), len(names))
	}
	for i, m := range messages {
		source, err := m.Source()
		if err != nil {
			t.Fatal(err)
		}
		// A filter takes two senders for a forged one where there is no list.
		if alone := m.From == "evening@"+domain; alone == strings.Contains(names[i], "welcome") {
			t.Errorf("%s comes from %s", names[i], m.From)
		}
		all = append(all, arrived{name: names[i] + " from " + domain, from: m.From, to: m.To, message: source})
	}
	return all
}

// posts has a newsroom post every letter in a language, one after the other, and gives
// their names. Its edition comes by the schedule.
func (n *newsroom) posts(t *testing.T, config []byte, language, schedule string) (names []string) {
	t.Helper()
	p, title := render.SpecimenPublication(language)
	config = bytes.Replace(config, []byte(`name = "Newslooks"`),
		fmt.Appendf(nil, "name = %q\nlanguage = %q", p.Name, language), 1)
	config = fmt.Appendf(config, "[[edition]]\ntitle = %q\nschedule = %q\n", title, schedule)
	if err := os.WriteFile(filepath.Join(n.dir, "vesper.toml"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	a, h := n.house(t, time.Now)
	door := a.door(h, a.quiet())
	address := func(local string) subscribers.Address {
		is, err := subscribers.ParseAddress(local + "-" + language + "@reader.example")
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	reader := address("ines")
	wish := subscribers.Move{To: address("ines.elsewhere"), AskedAt: time.Now().Truncate(time.Second), From: "192.0.2.1"}
	var publicID uint64
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"the desk's confirmation", func() error {
			_, err := door.Ask(t.Context(), address("asked"), time.Now())
			return err
		}},
		{"the confirmation", func() error {
			_, err := door.SignUp(t.Context(), subscribers.SignUp{Address: reader, At: time.Now(), From: "192.0.2.1"})
			return cmp.Or(err, door.Answer(t.Context()))
		}},
		{"the welcome", func() error {
			is, err := h.list.Facts(t.Context(), reader)
			if err != nil {
				return err
			}
			publicID = is.PublicID
			_, err = door.Confirm(t.Context(), publicID, "192.0.2.1", time.Now())
			return err
		}},
		{"the question at a new address", func() error {
			_, err := door.AskMove(t.Context(), publicID, wish)
			return err
		}},
		{"the word to the former address", func() error {
			_, err := door.Move(t.Context(), publicID, wish.AskedAt, "192.0.2.1", time.Now())
			return err
		}},
		{"the goodbye", func() error {
			_, err := door.Remove(t.Context(), wish.To, true, time.Now())
			return err
		}},
	} {
		last, err := h.outbox.Last(t.Context())
		if err := cmp.Or(err, step.do(), a.mailPosted(t.Context(), h, last)); err != nil {
			t.Fatal(err)
		}
		names = append(names, step.name+" in "+language)
	}
	return names
}

// editionsOfEverySize gives signed editions of 1 to 30 articles in each look with a site of
// the publication's own, and in ours without one.
func (n *newsroom) editionsOfEverySize(t *testing.T) (all []arrived) {
	t.Helper()
	sizes := make([]int, 30)
	for i := range sizes {
		sizes[i] = i + 1
	}
	for _, look := range readyLooks {
		all = append(all, n.editions(t, look, true, sizes)...)
	}
	return append(all, n.editions(t, readyLooks[0], false, sizes)...)
}

// editions gives signed editions of so many articles each in a look, with or without a site
// of the publication's own.
func (n *newsroom) editions(t *testing.T, look string, site bool, sizes []int) (all []arrived) {
	t.Helper()
	articles, err := render.Fixtures("articles")
	if err != nil {
		t.Fatal(err)
	}
	_, h := n.house(t, time.Now)
	h.renderer.Templates = setIn(t, look)
	p := &h.renderer.Publication
	for i := range articles {
		// A filter may know one domain and not the other, and so count some links twice.
		articles[i].URL = strings.Replace(articles[i].URL, "https://www.courier.example/", p.URL, 1)
	}
	if !site {
		p.URL = ""
	}
	p.ArticleURL = p.URL + "{slug}/"
	for _, size := range sizes {
		a := h.composed(t, articles[:size])
		a.name = fmt.Sprintf("%d articles in the look %s, from %s, url %q", size, look, a.from, p.URL)
		all = append(all, a)
	}
	return all
}

// corrections gives the email that says what was wrong, in every language.
func (n *newsroom) corrections(t *testing.T, domain string) (all []arrived) {
	t.Helper()
	for _, language := range templates.BuiltIn().Languages() {
		articles, err := render.Fixtures(fixturesOf[language])
		if err != nil {
			t.Fatal(err)
		}
		_, h := n.house(t, time.Now)
		p, title := render.SpecimenPublication(language)
		h.renderer.Publication.Language, h.renderer.Publication.Name = language, p.Name
		e := todays(title, articles)
		e.ID.Sequence = 2
		e.Correction = digest.Correction{At: time.Now(), Note: "There are four ferries, and not fourteen."}
		a := h.composedAs(t, e, digest.CorrectionDesigned)
		a.name = "the correction in " + language + " from " + domain
		all = append(all, a)
	}
	return all
}

// todays is today's edition of these articles.
func todays(title string, articles []digest.Article) digest.Edition {
	at := time.Now().Truncate(time.Second)
	return digest.Edition{
		ID: digest.ID{Date: digest.DateOf(at), Slot: "evening", Sequence: 1}, PaperNumber: 214,
		Title: title, Next: at.AddDate(0, 0, 1), Articles: articles,
	}
}

// composed gives an edition of these articles as a reader gets it.
func (h *house) composed(t *testing.T, articles []digest.Article) arrived {
	t.Helper()
	return h.composedAs(t, todays("Evening Edition", articles), digest.Designed)
}

func (h *house) composedAs(t *testing.T, e digest.Edition, variant string) arrived {
	t.Helper()
	at := time.Now().Truncate(time.Second)
	messages, err := h.renderer.Messages(e)
	if err != nil {
		t.Fatal(err)
	}
	composer, err := render.NewComposer(messages, h.publisher.ReturnPath)
	if err != nil {
		t.Fatal(err)
	}
	composer.Signer = h.publisher.Signer
	const token = "AQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT"
	envelope, err := composer.Compose(digest.Delivery{
		Key: 1, Variant: variant, Address: "ines@reader.example", Since: at.AddDate(0, -1, 0), FirstDue: at,
		MessageID: "mkq2v6h4y3z", Unsubscribe: token, Preferences: "p" + token[1:], ReturnPath: "aebagbaf",
	})
	if err != nil {
		t.Fatal(err)
	}
	return arrived{from: envelope.From, to: envelope.To, message: envelope.Data}
}
