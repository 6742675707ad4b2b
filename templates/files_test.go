package templates

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// write makes a folder of these files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAFileOfTheSameNameStandsIn(t *testing.T) {
	english := builtInSources(t)["words/en.json"]
	set, err := Load(Options{Dir: write(t, map[string]string{
		"web/notfound.html": "{{.Words.Pages.NotFound}} in @ink, {{template \"folio\" .}}",
		"words/nl.json":     strings.Replace(english, "Page not found", "Pagina niet gevonden", 1),
		".DS_Store":         "x", "email/edition.html~": "{{",
	})})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	chrome := Chrome{Words: set.Words("nl-BE"), Folio: "<Evening>"}
	if err := set.Execute(&out, "web/notfound.html", chrome); err != nil {
		t.Fatal(err)
	}
	const want = "Pagina niet gevonden in #1b1d22, <div class=\"wordmark\"></div>\n<p class=\"folio\">&lt;Evening&gt;</p>\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if want := []string{"web/notfound.html", "words/nl.json"}; !slices.Equal(set.Replaced, want) {
		t.Errorf("got replaced %v, want %v", set.Replaced, want)
	}
}

func TestWhatIsWrongIsNamedWithItsLine(t *testing.T) {
	english := func(old, instead string) string {
		return strings.Replace(builtInSources(t)["words/en.json"], old, instead, 1)
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a function": {
			map[string]string{"email/edition.html": "<p>\n{{nothing .}}"},
			`email/edition.html:2: function "nothing" not defined`,
		},
		"an open brace": {
			map[string]string{"web/notfound.html": "a\nb {{if .X}}"}, "web/notfound.html:2: unexpected EOF",
		},
		"a part": {
			map[string]string{"email/parts.txt": "{{define \"rule\"}}{{end}}\n{{end}}"},
			"email/parts.txt:2: unexpected {{end}}",
		},
		"a token": {
			map[string]string{"web/parts.html": "\n\n@inc"}, "web/parts.html:3: there is no design token @inc",
		},
		"an unknown form": {
			map[string]string{"words/nl.json": english(`"one": "{n} story"`, `"onee": "{n} story"`)},
			"edition.stories has a form onee",
		},
		"a plural's value": {
			map[string]string{"words/en.json": english(`"other": "{n} stories"`, `"other": "{m} stories"`)},
			"edition.stories.other leaves out {n}",
		},
		"a date's value": {
			map[string]string{"words/nl.json": english(`"long": "{weekday}`, `"long": "{dia}`)},
			"dates.long has {dia}",
		},
		"our own English": {
			map[string]string{"words/en.json": english(`because {address}`, `because you`)},
			"words/en.json:28: edition.why leaves out {address}",
		},
		"another case": {
			map[string]string{"words/nl-be.json": english(`because {address}`, `because you`)},
			"words/nl-be.json:28: edition.why leaves out {address}",
		},
		"a misplaced file": {
			map[string]string{"edition.html": "x"}, "edition.html: there is no built-in template of this name",
		},
		"broken words": {
			map[string]string{"words/en.json": "{\n\"edition\": {,}"},
			"words/en.json:2: invalid character ',' looking for beginning of object key string",
		},
		"an unknown phrase": {
			map[string]string{"words/en.json": english(`"plus"`, `"plsu"`)},
			`words/en.json:3: there is no phrase "plsu"`,
		},
		"a missing phrase": {
			map[string]string{"words/nl.json": english(`"Unsubscribe?"`, `""`)},
			"words/nl.json: it has no words for pages.unsubscribe",
		},
		"too few months": {
			map[string]string{"words/nl.json": english(`"January", `, ``)},
			"words/nl.json: it has no words for dates.months",
		},
		"a lost value": {
			map[string]string{"words/nl.json": english(`because {address}`, `because you`)},
			"words/nl.json:28: edition.why leaves out {address}",
		},
		"a made-up value": {
			map[string]string{"words/nl.json": english(`because {address}`, `because {address} {mail}`)},
			"words/nl.json:28: edition.why has {mail}",
		},
		"no language": {
			map[string]string{"words/portuguese-language.json": english("", "")}, "its name is not a language tag",
		},
		"something behind": {
			map[string]string{"words/nl.json": english("", "") + "{}"}, "there is something after the end",
		},
		"an empty file of words": {map[string]string{"words/nl.json": ""}, "words/nl.json: the file is empty"},
		"a list of words": {
			map[string]string{"words/nl.json": "[]"}, "words/nl.json:1: a file of words is an object, between { and }",
		},
		"words in Latin-1": {
			map[string]string{"words/de.json": "{\"edition\":\n{\"in_brief\": \"Au\xdferdem\"}}"},
			"words/de.json:2: it is not text in UTF-8",
		},
		"a template in UTF-16": {
			map[string]string{"email/goodbye.txt": "\xff\xfeB\x00"}, "email/goodbye.txt:1: it is not text in UTF-8",
		},
	} {
		_, err := Load(Options{Dir: write(t, c.files)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%s: %T is not an Error", name, err)
		}
		if err != nil && len(Errors(err)) != 1 {
			t.Errorf("%s: said %d times:\n%v", name, len(Errors(err)), err)
		}
	}
	if _, err := Load(Options{Dir: filepath.Join(t.TempDir(), "nowhere")}); err == nil ||
		!strings.Contains(err.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
}

// TestOwnWordsAreMergedKeyByKey: a file says what is its own, and the rest is as built in.
// A region's file goes on from its language, with the folder's own words of that.
func TestOwnWordsAreMergedKeyByKey(t *testing.T) {
	set, err := Load(Options{Dir: write(t, map[string]string{
		"words/en.json":    `{"edition": {"quick_looks": "At a glance", "stories": {"other": "{n} items"}}}`,
		"words/en-GB.json": `{"dates": {"long": "{weekday} {day} {month} {year}"}, "letters": {"expected": ["One."]}}`,
		"words/ar-MA.json": `{"dates": {"working_week": ["monday", "tuesday", "wednesday", "thursday", "friday"]}}`,
	})})
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, time.November, 22, 18, 0, 0, 0, time.UTC)
	w, british, ours := set.Words("en"), set.Words("en-GB"), BuiltIn().Words("en")
	if w.Edition.QuickLooks != "At a glance" || w.Edition.DeepLook != ours.Edition.DeepLook ||
		w.Pages != ours.Pages || w.LongDate(day) != "Sunday, November 22, 2026" {
		t.Errorf("got %+v", w.Edition)
	}
	if got := w.Count(w.Edition.Stories, 1); got != "1 items" {
		t.Errorf("got %q: a form of ours is left beside theirs", got)
	}
	if british.Edition.QuickLooks != "At a glance" || british.LongDate(day) != "Sunday 22 November 2026" ||
		!slices.Equal(british.Letters.Expected, []string{"One."}) || len(w.Letters.Expected) != 4 {
		t.Errorf("got %+v", british)
	}
	if set.Words("ar-MA").Workdays()[0] != time.Monday || set.Words("ar").Workdays()[0] != time.Sunday {
		t.Error("the working week of a region is not its own, or is the language's too")
	}
}

// TestAMarkBeforeAFileIsNoPartOfIt: editors on Windows write one, and a reader must not get it.
func TestAMarkBeforeAFileIsNoPartOfIt(t *testing.T) {
	set, err := Load(Options{Dir: write(t, map[string]string{
		"words/en.json":     "\ufeff{\"edition\": {\"quick_looks\": \"At a glance\"}}",
		"web/notfound.html": "\ufeff<!DOCTYPE html>",
	})})
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	err = set.Execute(&page, "web/notfound.html", Chrome{Words: set.Words("en")})
	got := set.Words("en").Edition.QuickLooks + page.String()
	if err != nil || got != "At a glance<!DOCTYPE html>" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestTheHintAtAFlawIsItsOwn: who wrote a day in another language is told how days are written.
func TestTheHintAtAFlawIsItsOwn(t *testing.T) {
	for words, want := range map[string]string{
		`{"dates": {"working_week": ["montag"]}}`:                   `days are "monday" to "sunday" in all languages`,
		`{"edition": {"stories": {"some": "{n}", "other": "{n}"}}}`: "forms are zero, one, two, few, many, other",
		`{"edition": {"why": "You get this, {address}."}}`:          allPhrases,
		`{"edition": {"plus": "Und: {titel} {headlines}."}}`:        allPhrases,
	} {
		_, err := Load(Options{Dir: write(t, map[string]string{"words/de.json": words})})
		var e *Error
		if !errors.As(err, &e) || e.Hint != want {
			t.Errorf("%s: got %v, hint %q, want %q", words, err, e.Hint, want)
		}
	}
}

func TestEachFlawOfOwnWordsIsOneLine(t *testing.T) {
	_, err := Load(Options{Dir: write(t, map[string]string{
		"words/de.json": "{\n\"edition\": {\n\"plus\": \"Und: {titel}\"\n},\n" +
			"\"dates\": {\"working_week\": [\"montag\"]}\n}",
		"words/fr.json": "{\"edition\": {\"stories\": \"{n}\"}}",
		"words/es.json": "{\"edition\": {\n\"whole\": 3}}",
		"words/nl.json": "{\"edition\": {\"plus\": \"Ook: {headlines}\"}}",
	})})
	got := fmt.Sprint(err)
	for _, want := range []string{
		"words/de.json:3: edition.plus leaves out {headlines} and has {titel}, for which there is no value",
		`words/de.json:5: dates.working_week has "montag", which is no day`,
		"words/fr.json: a plural is an object with a text for each form",
		"words/es.json:2: edition.whole can't be a number",
		"words/nl.json: it has no words for dates.date",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	if n := len(Errors(err)); n != 5 {
		t.Errorf("said in %d lines, want 5", n)
	}
}

func TestWhatFailsWhenFilledIsNamedWithItsLine(t *testing.T) {
	set, err := Load(Options{Dir: write(t, map[string]string{
		"web/notfound.html":    "one\n{{.Nothing}}",
		"web/unsubscribe.html": "one\n<a href=\"{{if .Title}}x\n",
	})})
	if err != nil && !strings.Contains(err.Error(), "unexpected EOF") {
		t.Fatal(err)
	}
	var e *Error
	err = set.Execute(new(strings.Builder), "web/notfound.html", Chrome{Words: set.Words("en")})
	if !errors.As(err, &e) || e.File != "web/notfound.html" || e.Line != 2 {
		t.Errorf("got %v", err)
	}
	if err := set.Execute(new(strings.Builder), "web/nothing.html", nil); err == nil {
		t.Error("there is no such template")
	}
}

func TestDumpWritesAllOrNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	paths, err := Dump(dir)
	if err != nil {
		t.Fatal(err)
	}
	set, err := Load(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Replaced) != len(paths) || len(paths) != len(builtInSources(t)) {
		t.Errorf("got %d files, %d of them used, want %d", len(paths), len(set.Replaced), len(builtInSources(t)))
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	other := write(t, map[string]string{"web/notfound.html": "mine"})
	if _, err := Dump(other); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want that it is there", err)
	}
	left, err := os.ReadDir(other)
	if err != nil || len(left) != 1 {
		t.Errorf("got %v (%v), want nothing but what was there", left, err)
	}
}
