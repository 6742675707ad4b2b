package templates

import (
	"errors"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/language"
)

func builtInSources(t *testing.T) map[string]string {
	t.Helper()
	sources, err := new(Set).read("")
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

// TestEverythingBuiltInIsRight is why the program may parse it when it is used.
func TestEverythingBuiltInIsRight(t *testing.T) {
	if err := BuiltIn().parseAll(); err != nil {
		t.Error(err)
	}
}

func TestEveryTemplateIsSetInTheDesign(t *testing.T) {
	set := BuiltIn()
	for name, source := range builtInSources(t) {
		if filepath.Ext(name) != ".html" {
			continue
		}
		expanded, err := set.Expand(name, source)
		if err != nil {
			t.Error(err)
		}
		if left := strings.ReplaceAll(expanded, "@media", ""); strings.Contains(left, "@") {
			t.Errorf("%s: a token is left over", name)
		}
		if m := regexp.MustCompile(`[^&]#[0-9a-f]{3,6}\b`).FindString(source); m != "" {
			t.Errorf("%s: the colour %s is not a token", name, m)
		}
		if strings.Contains(source, ">") && regexp.MustCompile(`>\s*[A-Z][a-z]+ `).MatchString(source) {
			t.Errorf("%s: words of ours stand outside the catalogue", name)
		}
	}
}

func TestEmailUsesNothingThatMailProgramsDrop(t *testing.T) {
	for name, source := range builtInSources(t) {
		if !strings.HasPrefix(name, "email/") {
			continue
		}
		for _, bad := range []string{
			"var(", "flex", "grid", "float", "position:", "rgba", "rem;", "@import", "<form", "<img", "<script",
			"<details", `href="#`, "@font-face",
		} {
			if strings.Contains(source, bad) {
				t.Errorf("%s uses %s", name, bad)
			}
		}
		styles := 0
		for _, m := range regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindAllStringSubmatch(source, -1) {
			styles += len(m[1])
		}
		if styles > 2048 {
			t.Errorf("%s: the style blocks are %d bytes, want at most 2048", name, styles)
		}
	}
}

func TestEveryLanguageSaysEverythingAndHasAPlaceForEveryValue(t *testing.T) {
	set := BuiltIn()
	if got, want := set.Languages(), []string{"ar", "de", "en", "es", "fr", "it", "pt"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	english := set.Words("en")
	for _, tag := range set.Languages() {
		w := set.Words(tag)
		if got, want := len(w.Letters.Expected), len(english.Letters.Expected); got != want {
			t.Errorf("%s: got %d things to expect, want %d", tag, got, want)
		}
		for key, phrases := range phrasesOf(reflect.ValueOf(*w), "") {
			if tag != "en" && !strings.HasPrefix(key, "dates.") && key != "edition.imprint" &&
				key != "edition.label" && len(phrases[0]) > 12 &&
				slices.Equal(phrases, phrasesOf(reflect.ValueOf(*english), "")[key]) {
				t.Errorf("%s: %s is in English", tag, key)
			}
		}
	}
}

func TestTheNearestLanguageIsSpoken(t *testing.T) {
	set := BuiltIn()
	for tag, want := range map[string]string{
		"en": "en", "en-US": "en", "de-AT": "de", "de-Latn-CH": "de", "es-419": "es", "ar-EG": "ar", "FR": "fr",
		"pt-BR": "pt", "pt-PT": "pt", "it-CH": "it", "nl": "en", "": "en", "no tag at all": "en", "zh-Hant": "en",
	} {
		if got := set.Words(tag).Language; got != want {
			t.Errorf("%q: got %s, want %s", tag, got, want)
		}
		if got := set.Speaks(tag); got != (want != "en" || strings.HasPrefix(tag, "en")) {
			t.Errorf("%q: speaks %v", tag, got)
		}
	}
}

func TestNumbersTakeTheirForm(t *testing.T) {
	set := BuiltIn()
	for _, c := range []struct {
		tag  string
		n    int
		want string
	}{
		{"en", 1, "1 story"},
		{"en", 0, "0 stories"},
		{"en", 21, "21 stories"},
		{"de", 1, "1 Beitrag"},
		{"de", 2, "2 Beiträge"},
		{"fr", 0, "0 article"},
		{"fr", 1, "1 article"},
		{"fr", 2, "2 articles"},
		{"es", 1, "1 noticia"},
		{"es", 30, "30 noticias"},
		{"it", 0, "0 notizie"},
		{"it", 1, "1 notizia"},
		{"it", 2, "2 notizie"},
		{"pt", 0, "0 notícia"},
		{"pt", 1, "1 notícia"},
		{"pt", 2, "2 notícias"},
		{"ar", 1, "خبر واحد"},
		{"ar", 2, "خبران"},
		{"ar", 5, "5 أخبار"},
		{"ar", 11, "11 خبرًا"},
		{"ar", 100, "100 خبر"},
		{"ar", 103, "103 أخبار"},
	} {
		w := set.Words(c.tag)
		if got := w.Count(w.Edition.Stories, c.n); got != c.want {
			t.Errorf("%s, %d: got %q, want %q", c.tag, c.n, got, c.want)
		}
	}
}

func TestDatesAndTimesAreSaidAsTheLanguageDoes(t *testing.T) {
	set := BuiltIn()
	first := time.Date(2026, time.March, 1, 18, 0, 0, 0, time.UTC)
	for _, c := range []struct{ tag, long, since, today, tomorrow, weekday, later string }{
		{
			"en", "Sunday, March 1, 2026", " on March 1, 2026", "today at 6 p.m.", "tomorrow at noon",
			"on Wednesday at 6:05 a.m.", "on April 1 at midnight",
		},
		{
			"de", "Sonntag, 1. März 2026", " am 1. März 2026", "heute um 18 Uhr", "morgen um 12 Uhr",
			"am Mittwoch um 6.05 Uhr", "am 1. April um 0 Uhr",
		},
		{
			"fr", "dimanche 1er mars 2026", " le 1er mars 2026", "aujourd’hui à 18\u00a0h", "demain à midi",
			"mercredi à 6\u00a0h\u00a005", "le 1er avril à minuit",
		},
		{
			"es", "domingo, 1 de marzo de 2026", " el 1 de marzo de 2026", "hoy a las 18:00\u00a0h",
			"mañana a las 12:00\u00a0h", "el miércoles a las 6:05\u00a0h", "el 1 de abril a las 0:00\u00a0h",
		},
		{
			"ar", "الأحد 1 مارس 2026", " في 1 مارس 2026", "اليوم الساعة 6 مساءً", "غدًا ظهرًا",
			"يوم الأربعاء الساعة 6:05 صباحًا", "في 1 أبريل عند منتصف الليل",
		},
		{
			"it", "domenica 1° marzo 2026", " in data 1° marzo 2026", "oggi alle 18", "domani a mezzogiorno",
			"mercoledì alle 6.05", "1° aprile a mezzanotte",
		},
		{
			"pt", "domingo, 1º de março de 2026", " em 1º de março de 2026", "hoje às 18h", "amanhã ao meio-dia",
			"quarta-feira, às 6h05", "em 1º de abril, à meia-noite",
		},
	} {
		w := set.Words(c.tag)
		day := func(d, hour, minute int) time.Time {
			return first.AddDate(0, 0, d).Add(time.Duration(hour-18)*time.Hour + time.Duration(minute)*time.Minute)
		}
		for got, want := range map[string]string{
			w.LongDate(first): c.long, w.Since().On(first): c.since, w.When(first, first): c.today,
			w.When(day(1, 12, 0), first): c.tomorrow, w.When(day(3, 6, 5), first): c.weekday,
			w.When(day(31, 0, 0), first): c.later, w.When(day(-1, 18, 0), first): "",
		} {
			if got != want {
				t.Errorf("%s: got %q, want %q", c.tag, got, want)
			}
		}
	}
}

// TestWhatStandsAloneBeginsWithACapital, and what stands in a sentence does not, unless
// the language writes its days so.
func TestWhatStandsAloneBeginsWithACapital(t *testing.T) {
	day := time.Date(2026, time.November, 22, 18, 0, 0, 0, time.UTC)
	for tag, want := range map[string]string{
		"en": "Sunday, November 22, 2026", "de": "Sonntag, 22. November 2026", "fr": "Dimanche 22 novembre 2026",
		"es": "Domingo, 22 de noviembre de 2026", "ar": "الأحد 22 نوفمبر 2026",
		"it": "Domenica 22 novembre 2026", "pt": "Domingo, 22 de novembro de 2026",
	} {
		w := BuiltIn().Words(tag)
		if got := w.Capital(w.LongDate(day)); got != want {
			t.Errorf("%s: got %q, want %q", tag, got, want)
		}
		if got := w.Within(w.Capital(w.Dates.Weekdays[0])); got != w.Dates.Weekdays[0] {
			t.Errorf("%s, in a sentence: got %q, want %q", tag, got, w.Dates.Weekdays[0])
		}
	}
	turkish := Words{tag: language.Turkish}
	if got := turkish.Capital("istanbul"); got != "İstanbul" {
		t.Errorf("got %q", got)
	}
	if got := turkish.Capital("") + turkish.Within(""); got != "" {
		t.Errorf("got %q of nothing", got)
	}
}

func TestOneOClockIsSingular(t *testing.T) {
	for tag, want := range map[string]string{"es": "la 1:05\u00a0h", "it": "all’1.05", "pt": "à 1h05"} {
		if got := BuiltIn().Words(tag).Clock(time.Date(2026, 3, 1, 1, 5, 0, 0, time.UTC)); got != want {
			t.Errorf("%s: got %q, want %q", tag, got, want)
		}
	}
}

// allPhrasesOf gives each phrase of a language with its key, and all forms of its plurals.
func allPhrasesOf(w *Words) map[string]string {
	all := map[string]string{}
	for key, phrases := range phrasesOf(reflect.ValueOf(*w), "") {
		all[key] = strings.Join(phrases, "\n")
	}
	for key, forms := range pluralsOf(reflect.ValueOf(*w), "") {
		for form, phrase := range forms {
			all[key+"#"+form] = phrase
		}
	}
	return all
}

// TestMarksAreSetAsTheLanguageSetsThem: French has a space before them at which no line is
// broken, Spanish opens a question, Arabic has marks of its own, and none has straight quotes.
func TestMarksAreSetAsTheLanguageSetsThem(t *testing.T) {
	for tag, wrong := range map[string]string{
		"fr": "[^\u202f][;!?]|[^\u00a0][:»]|«[^\u00a0]",
		"es": `^[^¿]*\?|\?[^¿]*\?|^[^¡]*!`,
		"ar": `[,;?]`,
		"de": `[“”][^“„]*”|»|‚|[\s(]“`,
		"it": `[“”„]`,
		"pt": `[«»„]`,
	} {
		for key, phrase := range allPhrasesOf(BuiltIn().Words(tag)) {
			if key == "dates.working_week" {
				continue
			}
			if m := regexp.MustCompile(wrong + `|["']|  `).FindString(phrase); m != "" {
				t.Errorf("%s: %s has %q in %q", tag, key, m, phrase)
			}
		}
	}
}

// TestNoItalianPrepositionLeadsToADate: before the 8th and the 11th it would have another form.
func TestNoItalianPrepositionLeadsToADate(t *testing.T) {
	article := regexp.MustCompile(`(?i)(^|\s)(il|al|dal|del|nel|sul) \{date\}`)
	for key, phrase := range allPhrasesOf(BuiltIn().Words("it")) {
		if article.MatchString(phrase) {
			t.Errorf("%s: %q", key, phrase)
		}
	}
}

// TestArabicLettersHaveNoVowelSigns, which a filter takes for mixed alphabets.
func TestArabicLettersHaveNoVowelSigns(t *testing.T) {
	for key, phrase := range allPhrasesOf(BuiltIn().Words("ar")) {
		if strings.HasPrefix(key, "letters.") && strings.ContainsFunc(phrase, func(r rune) bool {
			return unicode.Is(unicode.Mn, r)
		}) {
			t.Errorf("%s: %q", key, phrase)
		}
	}
}

// TestTheHourZeroIsSingularInPortuguese, unlike in the other languages.
func TestTheHourZeroIsSingularInPortuguese(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "12:42 a.m.", "es": "las 0:42\u00a0h", "it": "alle 0.42", "pt": "à 0h42", "fr": "0\u00a0h\u00a042",
	} {
		if got := BuiltIn().Words(tag).Clock(time.Date(2026, 3, 1, 0, 42, 0, 0, time.UTC)); got != want {
			t.Errorf("%s: got %q, want %q", tag, got, want)
		}
	}
}

// TestAddressesAndStylesAreNoTokens: what is no token of ours stays as it is.
func TestAddressesAndStylesAreNoTokens(t *testing.T) {
	const page = `<style>@supports (color:@ink){a{color:@accent}}@font-face{}</style>` +
		`<a href="mailto:text@text.example">desk@news.example</a>`
	set, err := Load(Options{Dir: write(t, map[string]string{
		"web/notfound.html": page, "email/goodbye.txt": "@text @nothing {{.Heading}}",
	})})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := set.Execute(&out, "web/notfound.html", Chrome{}); err != nil {
		t.Fatal(err)
	}
	if want := strings.NewReplacer("@ink", "#1b1d22", "@accent", "#37409c").Replace(page); out.String() != want {
		t.Errorf("got  %s\nwant %s", out.String(), want)
	}
}

func TestSentencesEndOnce(t *testing.T) {
	w := BuiltIn().Words("en")
	for headline, want := range map[string]string{
		"A town wins": "Plus: A town wins.", "Who pays?": "Plus: Who pays?",
		"“We won’t pay.”":   "Plus: “We won’t pay.”",
		"It came at 6 p.m.": "Plus: It came at 6 p.m.", "“The door”": "Plus: “The door”.", "Wait…": "Plus: Wait…",
		"مرحبا؟":                 "Plus: مرحبا؟",
		"{name} and {headlines}": "Plus: {name} and {headlines}.",
	} {
		if got := w.Sentence(w.Edition.Plus, "headlines", headline); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// FuzzWords: whatever is in an admin's file of words, all of it is taken or it is
// refused.
func FuzzWords(f *testing.F) {
	sources, err := new(Set).read("")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sources["words/en.json"])
	f.Add(`{"edition":{"stories":{"other":"{n}"}}}`)
	f.Add("{\n\"edition\": null")
	f.Fuzz(func(t *testing.T, source string) {
		w, err := readWords(language.English, layer{"words/en.json", source, true})
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%T is not an Error", err)
			}
			return
		}
		now := time.Date(2026, 3, 1, 18, 0, 0, 0, time.UTC)
		_ = w.LongDate(now) + w.Count(w.Edition.Stories, 3) + w.When(now, now)
	})
}
