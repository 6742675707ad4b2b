package render

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

var machineData = regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)

// dataOf gives what a page says to machines.
func dataOf(t *testing.T, page []byte) map[string]any {
	t.Helper()
	found := machineData.FindAllSubmatch(page, -1)
	if len(found) != 1 || strings.Count(string(page), "<script") != 1 {
		t.Fatalf("%d such elements, want one and no other script", len(found))
	}
	var data map[string]any
	if err := json.Unmarshal(found[0][1], &data); err != nil {
		t.Fatalf("%v: %s", err, found[0][1])
	}
	return data
}

func TestPagesTellMachinesWhatPeopleSee(t *testing.T) {
	r, e := renderer(t), edition(t, five(t)...)
	a := &e.Articles[0]
	a.Byline, a.Published = "Ines </script><b>Okafor", time.Date(2026, 11, 22, 16, 40, 0, 0, time.UTC)
	page, err := r.DeepLook(e, *a)
	if err != nil {
		t.Fatal(err)
	}
	data := dataOf(t, page)
	author, _ := data["author"].(map[string]any)
	if data["@type"] != "NewsArticle" || data["headline"] != a.Headline || author["name"] != a.Byline ||
		!strings.HasPrefix(data["datePublished"].(string), "2026-11-22T") {
		t.Errorf("the article is %v", data)
	}
	for _, want := range []string{
		`<link rel="canonical" href="` + data["mainEntityOfPage"].(string) + `">`, `content="article"`,
		`<time datetime="2026-11-22">`, `/s">Subscribe</a>`, `/e">All editions</a>`,
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the article's page lacks %s", want)
		}
	}
	page, err = r.WebView(e)
	if err != nil {
		t.Fatal(err)
	}
	data = dataOf(t, page)
	if items, _ := data["itemListElement"].([]any); data["@type"] != "ItemList" || len(items) != len(e.Articles) {
		t.Errorf("the edition is %v", data)
	}
}

// TestADeepLookSaysWhichEditionItIsFrom in each language: whoever got the link from somebody
// else knows what paper it was in, and of which day.
func TestADeepLookSaysWhichEditionItIsFrom(t *testing.T) {
	for language, want := range map[string]string{
		"en": "From the Evening Edition of Sunday, November 22, 2026.",
		"de": "Aus „Abendausgabe“ vom Sonntag, 22. November 2026.",
		"fr": "Extrait de «\u00a0Édition du soir\u00a0» du dimanche 22 novembre 2026.",
		"es": "Publicado en «Edición de la tarde» del domingo, 22 de noviembre de 2026.",
		"it": "Da «Edizione della sera» di domenica 22 novembre 2026.",
		"pt": "Publicado em “Edição da noite” de domingo, 22 de novembro de 2026.",
		"ar": "من النشرة المسائية، عدد الأحد 22 نوفمبر 2026.",
	} {
		r, e := renderer(t), edition(t, five(t)...)
		r.Publication, e.Title = SpecimenPublication(language)
		page, err := r.DeepLook(e, e.Articles[0])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), ">"+want+"</p>") {
			t.Errorf("%s: the page lacks %q", language, want)
		}
		e.Title = ""
		if page, err = r.DeepLook(e, e.Articles[0]); err != nil {
			t.Fatal(err)
		}
		_, name := SpecimenPublication(language)
		want = strings.Replace(want, name, r.Publication.Name, 1)
		if !strings.Contains(string(page), ">"+want+"</p>") {
			t.Errorf("%s, without a title: the page lacks %q", language, want)
		}
	}
}

// TestADateIsWrittenAsItsPlaceWants: it begins with a capital where it stands alone, and
// without one behind a comma or a colon, unless the language writes its days so.
func TestADateIsWrittenAsItsPlaceWants(t *testing.T) {
	for language, want := range map[string]struct{ subject, alone, tomorrow string }{
		"en": {", Sunday, November 22", ">Sunday, November 22, 2026", "Tomorrow: Monday, November 23\n"},
		"de": {", Sonntag, 22. November", ">Sonntag, 22. November 2026", "Morgen: Montag, 23. November\n"},
		"fr": {", dimanche 22 novembre", ">Dimanche 22 novembre 2026", "Demain\u00a0: lundi 23 novembre\n"},
		"es": {", domingo, 22 de noviembre", ">Domingo, 22 de noviembre de 2026", "Mañana: lunes, 23 de noviembre\n"},
		"it": {", domenica 22 novembre", ">Domenica 22 novembre 2026", "Domani: lunedì 23 novembre\n"},
		"pt": {", domingo, 22 de novembro", ">Domingo, 22 de novembro de 2026", "Amanhã: segunda-feira, 23 de novembro\n"},
	} {
		r, e := renderer(t), edition(t, five(t)...)
		r.Publication, e.Title = SpecimenPublication(language)
		e.Tomorrow = digest.Tomorrow{Date: e.ID.Date.AddDays(1), Lines: []string{"14"}}
		if got := r.correctionSubject(e); !strings.HasSuffix(got, want.subject) {
			t.Errorf("%s: the subject of a correction is %q", language, got)
		}
		page, err := r.DeepLook(e, e.Articles[0])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), want.alone) {
			t.Errorf("%s: an article's page lacks %q", language, want.alone)
		}
		if _, text := bothParts(t, r, e); !strings.Contains(text, "\n"+want.tomorrow) {
			t.Errorf("%s: the text lacks %q", language, want.tomorrow)
		}
	}
}

// TestAnUnlistedPaperIsNotFound by search engines, and its mail names no archive.
func TestAnUnlistedPaperIsNotFound(t *testing.T) {
	r, e := renderer(t), edition(t, five(t)...)
	r.Publication.Unlisted = true
	web, err := r.WebView(e)
	if err != nil {
		t.Fatal(err)
	}
	deep, err := r.DeepLook(e, e.Articles[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{string(web), string(deep)} {
		if !strings.Contains(page, `<meta name="robots" content="noindex">`) || strings.Contains(page, "All editions") {
			t.Errorf("a page may be found, or leads to the list:\n%s", page)
		}
	}
	envelope, err := composer(t, r, e).Compose(delivery(ines(t)))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(envelope.Data), "List-Archive") {
		t.Error("the mail names an archive")
	}
	// Without a site of its own the wordmark of a letter leads to the list, which there is not.
	r.Publication.URL = ""
	to := Recipient{Reader: ines(t), Confirm: "cQF1kJ3vQmR0aTzC5xJbW8LnA7Yk2vQmR0aT", Expires: e.Next}
	for name, set := range map[string]func(Recipient) (setLetter, error){
		"confirmation": r.setConfirmation, "welcome": r.setWelcome, "goodbye": r.setGoodbye,
	} {
		to.NothingPrinted = true // as the door says of such a paper
		l, err := set(to)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(l.html+l.text, r.base()+"/e") {
			t.Errorf("the %s leads to the list:\n%s", name, l.text)
		}
	}
}
