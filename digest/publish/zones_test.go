package publish_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/digest/whole"
)

// places have clocks of every habit: an hour or half of one in summer, at midnight and in
// the evening, in neither half of the year, around Ramadan, and a day that was left out.
var places = []string{
	"UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Asuncion",
	"America/Santiago", "Asia/Kathmandu", "Asia/Beirut", "Africa/Cairo", "Pacific/Apia", "Pacific/Chatham",
	"America/Havana", "Antarctica/Troll", "Asia/Tehran", "America/Nuuk",
}

// TestEveryStoryIsPrintedOnceWhateverTheClocksDo simulates some weeks of a newsroom around a
// change of its clocks: slots of its own, stories that come at once or days late, machines
// that sleep over an evening, and an edition after each.
func TestEveryStoryIsPrintedOnceWhateverTheClocksDo(t *testing.T) {
	whole.NotRaced(t)
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(places).Draw(t, "zone"))
		if err != nil {
			t.Skip(err)
		}
		n := newWeeks(t, zone)
		n.write(t)
		n.run(t)
		for _, s := range n.stories {
			if len(n.printed[s.a.ID]) != 1 {
				t.Fatalf("%s, published %s, on the desk %s, is printed in %v", s.a.ID, s.a.Published, s.came,
					n.printed[s.a.ID])
			}
		}
	})
}

// weeks is a newsroom over some weeks.
type weeks struct {
	slots   []publish.Slot
	day     digest.Date
	days    int
	stories []story
	printed map[string][]digest.ID
	cutOffs map[string]time.Time
	looks   map[string]map[string]digest.Look
}

type story struct {
	a    digest.Article
	came time.Time
}

// newWeeks draws the slots, and days around a change of the clocks, if the zone has any.
func newWeeks(t *rapid.T, zone *time.Location) *weeks {
	n := &weeks{
		printed: map[string][]digest.ID{}, cutOffs: map[string]time.Time{}, looks: map[string]map[string]digest.Look{},
		days: rapid.IntRange(4, 25).Draw(t, "days"),
	}
	year, month := 2010+rapid.IntRange(0, 20).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")
	from := time.Date(year, time.Month(month), 1, 0, 0, 0, 0, zone)
	if _, change := from.ZoneBounds(); !change.IsZero() {
		from = change.In(zone)
	}
	n.day = digest.DateOf(from).AddDays(-rapid.IntRange(0, 3).Draw(t, "days before the change"))
	for i := range rapid.IntRange(1, 3).Draw(t, "slots") {
		s, err := publish.NewSlot(digest.Slot{
			Name: fmt.Sprint("slot", i), Title: fmt.Sprint("Slot ", i), MinArticles: 1, MaxArticles: 1000,
			MaxAge: 21 * 24 * time.Hour,
			Freeze: rapid.SampledFrom([]time.Duration{0, 0, time.Minute, 10 * time.Minute, 5 * time.Hour, 12 * time.Hour}).
				Draw(t, "freeze"),
			Schedule: fmt.Sprintf("%d %d * * *", rapid.IntRange(0, 59).Draw(t, "minute"),
				rapid.IntRange(0, 23).Draw(t, "hour")),
		}, zone)
		if err != nil {
			t.Fatal(err)
		}
		n.slots = append(n.slots, s)
	}
	return n
}

// write draws the stories. Each comes when it is published or up to three days later, and
// the last ones two days before the end.
func (n *weeks) write(t *rapid.T) {
	begin, ok := n.slots[0].At(n.day)
	for !ok {
		n.day = n.day.AddDays(1)
		begin, ok = n.slots[0].At(n.day)
	}
	for i := range rapid.IntRange(1, 30).Draw(t, "stories") {
		published := begin.Add(time.Duration(rapid.IntRange(0, (n.days-2)*86400).Draw(t, "published")) * time.Second)
		late := time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3600, 86400, 3 * 86400}).Draw(t, "late")) * time.Second
		id := fmt.Sprint("story", i)
		n.stories = append(n.stories, story{
			digest.Article{ID: id, Headline: id, Published: published}, published.Add(late),
		})
	}
}

// run prints the editions in the order in which they are opened, some ahead of their time. The machine sleeps over some
// of them, but not over the last week.
func (n *weeks) run(t *rapid.T) {
	type due struct {
		id   digest.ID
		slot publish.Slot
		at   time.Time
	}
	var all []due
	for i := range n.days + 8 {
		for _, s := range n.slots {
			day := n.day.AddDays(i)
			if at, ok := s.At(day); ok && (i <= 1 || i >= n.days || rapid.IntRange(0, 5).Draw(t, "asleep at 0") > 0) {
				all = append(all, due{digest.ID{Date: day, Slot: s.Name, Sequence: 1}, s, s.Opens(at)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b due) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id.Slot, b.id.Slot))
	})
	for _, d := range all {
		if n.cutOffs[d.id.Slot].IsZero() {
			// The very first edition reaches a day back: it was printed before the stories.
			n.cutOffs[d.id.Slot] = d.at
			continue
		}
		n.print(d.id, d.slot, d.at)
	}
}

// print decides on an edition as the service does, and records it as the book does.
func (n *weeks) print(id digest.ID, slot publish.Slot, cutOff time.Time) {
	call := digest.Call{
		Slot: slot.Slot, Window: digest.WindowAt(n.cutOffs[id.Slot], cutOff, slot.MaxAge), Recorded: true,
		Printed: map[string]digest.ID{}, Looked: map[string]digest.Look{},
	}
	for _, s := range n.slots {
		call.Slots = append(call.Slots, s.Slot)
	}
	for article, in := range n.printed {
		call.Printed[article] = in[0]
		call.Looked[article] = digest.Look{ArticleID: article, Edition: in[0], Verdict: digest.VerdictPrinted}
	}
	for article, l := range n.looks[id.Slot] {
		if _, there := call.Looked[article]; !there {
			call.Looked[article] = l
		}
	}
	var desk []digest.Article
	for _, s := range n.stories {
		if !s.came.After(cutOff) {
			desk = append(desk, s.a)
		}
	}
	choices := digest.Pick(desk, call)
	picked := digest.Picked(choices)
	if len(picked) == 0 {
		return // an empty evening records nothing
	}
	if n.looks[id.Slot] == nil {
		n.looks[id.Slot] = map[string]digest.Look{}
	}
	for _, l := range digest.Looks(choices, call.Looked) {
		l.Edition = id
		n.looks[id.Slot][l.ArticleID] = l
	}
	for _, a := range picked {
		n.printed[a.ID] = append(n.printed[a.ID], id)
	}
	n.cutOffs[id.Slot] = cutOff
}
