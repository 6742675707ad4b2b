package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// TestTheWorkingWeekIsTheLanguages: an Arabic paper's readers are offered Sunday to
// Thursday, and Friday with Saturday, on both pages.
func TestTheWorkingWeekIsTheLanguages(t *testing.T) {
	arabic := func(p *Pages) { p.Publication.Language = "ar" }
	const workdays, weekend = "mon,tue,wed,thu,sun", "fri,sat"
	b := serve(t, arabic)
	for _, path := range []string{"/p/" + preferToken(), "/u/" + token()} {
		_, page := b.ask(t, "GET", path, "", "")
		for _, want := range []string{
			`value="` + workdays + `"`, "من الأحد إلى الخميس", `value="` + weekend + `"`, "الجمعة والسبت",
		} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %s", path, want)
			}
		}
	}
	_, page := b.ask(t, "GET", "/p/"+preferToken(), "", "")
	if strings.Index(page, `name="day" value="sun"`) > strings.Index(page, `name="day" value="mon"`) {
		t.Error("the days do not begin with Sunday")
	}
	for body, want := range map[string]subscribers.Evenings{
		"instead=" + weekend:  1<<time.Friday | 1<<time.Saturday,
		"instead=" + workdays: subscribers.EveryEvening &^ (1<<time.Friday | 1<<time.Saturday),
	} {
		b := serve(t, arabic)
		w, _ := b.ask(t, "POST", "/u/"+token(), encoded, body)
		if got := b.list.chosen[reader].Evenings; w.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: got %d and %s, want %s", body, w.StatusCode, got, want)
		}
	}
}

func TestASetOfEveningsIsNamedInsideItsSentence(t *testing.T) {
	for language, want := range map[string]string{
		"en": "on these evenings: Monday to Friday.", "de": "an diesen Abenden: Montag bis Freitag.",
		"fr": "ces soirs-là\u00a0: du lundi au vendredi.", "es": "estas tardes: de lunes a viernes.",
		"it": "in queste sere: dal lunedì al venerdì.", "pt": "nestas noites: de segunda a sexta-feira.",
	} {
		b := serve(t, func(p *Pages) { p.Publication.Language = language })
		if _, page := b.ask(t, "POST", "/u/"+token(), encoded, "instead=monday-friday"); !strings.Contains(page, want) {
			t.Errorf("%s: the page lacks %q", language, want)
		}
	}
}

// TestAPauseOfEveryEveningNamesNoEvenings: "on these evenings: every evening" is no sentence.
func TestAPauseOfEveryEveningNamesNoEvenings(t *testing.T) {
	b := serve(t, nil)
	_, page := b.ask(t, "POST", "/u/"+token(), encoded, "instead=month")
	if strings.Contains(page, "these evenings") || !strings.Contains(page, "Editions come again from ") {
		t.Errorf("the page is\n%s", page)
	}
}
