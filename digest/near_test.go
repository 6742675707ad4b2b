package digest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const agency = "The government of Orlanda has agreed with the unions of the railways on a new contract for 41,000 workers. " +
	"Trains will run again from Monday at 4 a.m., a spokeswoman said in the capital on Saturday. The strike had stopped " +
	"most trains for nine days. The unions had asked for 8 percent more pay; they now get 5.5 percent this year and 2 " +
	"percent in the next. Both sides called it a fair result after a long week of talks behind closed doors."

// TestOneStoryOfTwoFeedsIsOneArticle and what only looks alike is two.
func TestOneStoryOfTwoFeedsIsOneArticle(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	article := func(id, feed, headline, text string) Article {
		return Article{ID: id, Feed: feed, Headline: headline, Summary: text, Published: at}
	}
	changed := strings.Replace(agency, "The government of Orlanda has agreed", "Orlanda's government has on Saturday agreed", 1)
	const weather = "Tomorrow it will be mostly sunny along the coast with light winds from the west and a few clouds in the " +
		"afternoon. The temperature reaches %d degrees by day and %d at night. The chance of rain is %d percent. The " +
		"water at the beaches has %d degrees. The sun rises at %s and sets at %s. The next days stay mild and dry."
	north := fmt.Sprintf(weather, 14, 7, 10, 12, "7:41", "16:52")
	south := fmt.Sprintf(weather, 19, 11, 5, 16, "7:20", "17:10")
	const other = "After nine days without trains the strike in Orlanda is over. Commuters cheered when the first news came " +
		"late on Saturday. Many had slept at their offices, others had walked for hours. The deal gives railway workers " +
		"5.5 percent more now. Economists warned that tickets could become dearer as early as spring, and that the lines " +
		"in the north still wait for the money that was promised to them years ago."
	with := func(a Article, change func(*Article)) Article { change(&a); return a }
	a, b := article("a", "one.example", "Rail strike ends", agency), article("b", "two.example", "Orlanda: strike over", changed)
	for name, c := range map[string]struct {
		articles []Article
		// kept is the one of two that is printed; empty means both.
		kept, why string
	}{
		"changed headline and lead":   {[]Article{a, b}, "a", "is older"},
		"the second has Quick Looks":  {[]Article{a, with(b, func(a *Article) { a.QuickLooks = []string{"Trains run."} })}, "b", "has Quick Looks"},
		"the second has its text":     {[]Article{a, with(b, func(a *Article) { a.DeepLook = []Block{{Text: "Trains run."}} })}, "b", "has its text"},
		"the second was written here": {[]Article{a, with(b, func(a *Article) { a.Feed = "" })}, "b", "was written here"},
		"the second came first":       {[]Article{a, with(b, func(a *Article) { a.Published = at.Add(-time.Hour) })}, "b", "is older"},
		"one feed has both":           {[]Article{a, with(b, func(b *Article) { b.Feed = a.Feed })}, "", ""},
		"people wrote both": {[]Article{
			with(a, func(a *Article) { a.Feed = "" }), with(b, func(a *Article) { a.Feed = "" }),
		}, "", ""},
		"two authors on one event": {[]Article{a, article("b", "two.example", "Rail strike ends", other)}, "", ""},
		"weather of two coasts": {[]Article{
			article("a", "one.example", "The weather", north), article("b", "two.example", "The weather", south),
		}, "", ""},
		"a column of two days": {[]Article{
			article("a", "one.example", "The daily column", agency), article("b", "two.example", "The daily column", other),
		}, "", ""},
		"too short to tell": {[]Article{
			article("a", "one.example", "Tides", "Watch it live."), article("b", "two.example", "Tides today", "Watch it live."),
		}, "", ""},
		"four days apart": {[]Article{a, with(b, func(a *Article) { a.Published = at.Add(-96 * time.Hour) })}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			call := Call{Slot: Slot{Name: "evening"}, Window: Window{at.Add(-200 * time.Hour), at.Add(time.Hour)}}
			choices := Pick(c.articles, call)
			if c.kept == "" {
				if len(Picked(choices)) != 2 {
					t.Errorf("one is left out: %s", choices[1].Reason)
				}
				return
			}
			picked := Picked(choices)
			if len(picked) != 1 || picked[0].ID != c.kept || choices[1].Verdict != VerdictCopy ||
				!strings.HasPrefix(choices[1].Reason, fmt.Sprintf("the same story as %q, because ", c.kept)) ||
				!strings.HasSuffix(choices[1].Reason, "that one "+c.why) {
				t.Errorf("printed is %v; %s", picked, choices[1].Reason)
			}
		})
	}
	pins := Call{
		Slot: Slot{Name: "evening"}, Window: Window{at.Add(-time.Hour), at.Add(time.Hour)}, Pins: []string{"b"},
	}
	if choices := Pick([]Article{a, b}, pins); len(Picked(choices)) != 1 || choices[0].Article.ID != "b" {
		t.Errorf("what is pinned is not kept: %+v", choices)
	}
	printed := Call{
		Slot: Slot{Name: "evening"}, Window: Window{at.Add(-time.Minute), at.Add(time.Hour)},
		Printed: map[string]ID{"a": {Slot: "morning", Sequence: 1}},
	}
	if choices := Pick([]Article{a, b}, printed); len(Picked(choices)) != 0 || !strings.HasSuffix(choices[1].Reason, "that one was printed") {
		t.Errorf("a printed story is printed again: %+v", choices)
	}
}
