package publish

import (
	"errors"
	"strings"
	"testing"
	"time"

	"vesper/digest"
)

// quiet is an evening of which two articles make an edition, and each evening that comes to
// nothing does so as below and late say.
func quiet(t *testing.T, below, late digest.Instead) *evening {
	t.Helper()
	v := newEvening(t)
	v.Slots[0].MinArticles, v.Slots[0].BelowMin, v.Slots[0].Late = 2, below, late
	v.started()
	v.first(t)
	return v
}

// first has the edition of the 20th printed, and goes on to noon of the next day.
func (v *evening) first(t *testing.T) {
	t.Helper()
	v.write("A bridge is opened")
	v.write("A school is closed")
	v.at(t, 20, 18, 0)
	v.at(t, 21, 12, 0)
}

func TestTheStoriesOfAQuietDayWaitArePassedOverOrGo(t *testing.T) {
	const second = "2026-11-22-evening done sent=2"
	empty := []string{"2026-11-21-evening empty sent=0", second}
	for below, want := range map[digest.Instead]struct {
		evenings []string
		second   string
	}{
		"":          {empty, "Libraries open late, Night trains return"},
		digest.Fold: {empty, "Libraries open late, Night trains return"},
		digest.Skip: {empty, "Libraries open late, The harbour reopens"},
		digest.Send: {[]string{"2026-11-21-evening done sent=2", second}, "Libraries open late"},
	} {
		t.Run(string(below), func(t *testing.T) {
			v := quiet(t, below, "")
			v.write("Night trains return")
			v.at(t, 21, 18, 0)
			v.at(t, 22, 12, 0)
			v.write("Libraries open late")
			if below == digest.Skip {
				v.write("The harbour reopens")
			}
			v.at(t, 22, 18, 0)
			v.expect(t, append([]string{"2026-11-20-evening done sent=2"}, want.evenings...)...)
			printed := printedBy(v, 2)
			for _, headline := range strings.Split(want.second, ", ") {
				if !strings.Contains(printed, headline) {
					t.Errorf("printed %s, want %s", printed, want.second)
				}
			}
			if below == digest.Skip && strings.Contains(printed, "Night") {
				t.Errorf("printed what was passed over: %s", printed)
			}
			few := len(v.log.lines("few articles: the edition goes all the same"))
			if sent := below == digest.Send; few > 0 != sent {
				t.Errorf("said %d times that there are few", few)
			}
		})
	}
}

func TestADayWithoutAnyStoryIsNeverSent(t *testing.T) {
	v := quiet(t, digest.Send, "")
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening empty sent=0")
}

func TestWhatWasPassedOverComesBackByHandOrPinned(t *testing.T) {
	v := quiet(t, digest.Skip, "")
	v.write("Night trains return")
	v.at(t, 21, 18, 0)
	if e := v.store.editions[1]; e.Reason != "1 article, and it needs 2; what there is is passed over" {
		t.Errorf("the day says %q", e.Reason)
	}
	// The day itself may print it after all.
	v.Slots[0].MinArticles = 1
	v.now = v.now.Add(time.Hour)
	d, err := v.Decide(t.Context(), v.Slots[0], on(21).Date, v.now, digest.Words{})
	if err != nil || d.Refused() || len(d.Edition.Articles) != 1 {
		t.Errorf("by hand: %+v, %v", d.Refusal, err)
	}
	// A later one says why it does not, unless an editor wants it.
	v.write("Libraries open late")
	d, err = v.Decide(t.Context(), v.Slots[0], on(22).Date, v.now.AddDate(0, 0, 1), digest.Words{})
	if err != nil || len(d.Edition.Articles) != 1 ||
		d.Choices[1].Reason != "2026-11-21-evening was not sent, and passed it over" {
		t.Errorf("got %+v, %v", d.Choices, err)
	}
	v.store.pins = map[string][]string{"evening": {"Night trains return"}}
	d, err = v.Decide(t.Context(), v.Slots[0], on(22).Date, v.now.AddDate(0, 0, 1), digest.Words{})
	if err != nil || len(d.Edition.Articles) != 2 || !strings.Contains(d.Choices[0].Warning, "passed it over") {
		t.Errorf("pinned: %+v, %v", d.Choices, err)
	}
}

func TestAnEveningThatWasMissedFoldsIsPassedOverOrGoesLate(t *testing.T) {
	for late, want := range map[digest.Instead][]string{
		digest.Fold: {"2026-11-21-evening missed sent=0", "2026-11-22-evening done sent=2 Libraries, Night"},
		digest.Skip: {"2026-11-21-evening missed sent=0", "2026-11-22-evening done sent=2 Libraries"},
		digest.Send: {"2026-11-21-evening done sent=2", "2026-11-22-evening done sent=2 Libraries"},
	} {
		t.Run(string(late), func(t *testing.T) {
			v := newEvening(t)
			v.Slots[0].Late = late
			v.started()
			v.first(t)
			v.write("Night trains return")
			v.at(t, 21, 23, 30)
			v.at(t, 22, 12, 0)
			v.write("Libraries open late")
			v.at(t, 22, 18, 0)
			last, printed, _ := strings.Cut(want[1], "sent=2 ")
			v.expect(t, "2026-11-20-evening done sent=2", want[0], last+"sent=2")
			got := printedBy(v, 2)
			for _, word := range []string{"Libraries", "Night"} {
				if strings.Contains(got, word) != strings.Contains(printed, word) {
					t.Errorf("printed %s", got)
				}
			}
		})
	}
}

func TestOfSeveralMissedEveningsOnlyTheLastGoesLate(t *testing.T) {
	for _, days := range []int{2, 3} {
		v := newEvening(t)
		v.Slots[0].Late = digest.Send
		v.started()
		v.first(t)
		v.write("Night trains return")
		v.at(t, 20+days, 23, 30)
		want := []string{"2026-11-21-evening missed sent=0", "2026-11-22-evening done sent=2"}
		if days == 3 {
			want = []string{"2026-11-22-evening missed sent=0", "2026-11-23-evening done sent=2"}
		}
		v.expect(t, append([]string{"2026-11-20-evening done sent=2"}, want...)...)
		c, _, err := v.Coming(t.Context(), v.Slots[0])
		if err != nil || c.Edition.ID.Date != on(21+days).Date {
			t.Errorf("the next one is %s, %v", c.Edition.ID, err)
		}
	}
}

func TestADeskThatCantBeReadPassesNothingOver(t *testing.T) {
	v := newEvening(t)
	v.Slots[0].Late = digest.Skip
	v.started()
	v.first(t)
	v.write("Night trains return")
	v.desk.err = errors.New("the desk is not mounted")
	v.at(t, 21, 23, 30)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening missed sent=0")
	if len(v.store.passed) > 0 || len(v.log.lines("they wait for the next one")) != 1 {
		t.Errorf("passed over: %v", v.store.passed)
	}
}

func TestAnExceptedDayHasNoEdition(t *testing.T) {
	v := newEvening(t)
	v.Slots[0].Except = []digest.Date{on(21).Date, on(22).Date}
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 18, 0)
	v.write("Libraries open late")
	if c, _, err := v.Coming(t.Context(), v.Slots[0]); err != nil || c.Edition.ID.Date != on(23).Date {
		t.Errorf("the next one is %s, %v", c.Edition.ID, err)
	}
	for day := 21; day <= 23; day++ {
		v.at(t, day, 18, 0)
	}
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-23-evening done sent=2")
	if got := printedBy(v, 1); got != "Libraries open late" {
		t.Errorf("printed %s", got)
	}
}

// A long holiday is no end of the paper.
func TestTheNextEditionIsFoundBehindAnyNumberOfExceptedDays(t *testing.T) {
	slot := newEvening(t).Slots[0]
	for n := range 30 {
		slot.Except = append(slot.Except, on(21).Date.AddDays(n))
	}
	if at := slot.After(on(20).Date); digest.DateOf(at) != on(21).Date.AddDays(30) {
		t.Errorf("the next one is at %s", at)
	}
}

func TestASlotWithoutAScheduleIsSentByHandAlone(t *testing.T) {
	v := newEvening(t)
	extra, err := NewSlot(digest.Slot{
		Name: "extra", Title: "Extra", MinArticles: 1, MaxArticles: 30, MaxAge: 72 * time.Hour,
	}, v.Zone)
	if err != nil || !extra.ByHand() {
		t.Fatal(err)
	}
	v.Slots = append(v.Slots, extra)
	v.started()
	v.write("Night trains return")
	v.at(t, 20, 17, 0)
	if next, err := v.Next(t.Context(), extra); err != nil || !next.IsZero() {
		t.Errorf("it comes by itself at %s, %v", next, err)
	}
	if _, ok, err := v.Coming(t.Context(), extra); err != nil || ok {
		t.Errorf("it is to come: %v, %v", ok, err)
	}
	if former, _ := v.Slots[0].Former(v.Slots); former.Name != "evening" {
		t.Errorf("before the evening comes %s", former.Name)
	}
	d, err := v.Decide(t.Context(), extra, digest.DateOf(v.now), CutOff(v.now), digest.Words{})
	if err == nil {
		d, err = v.Open(t.Context(), d)
	}
	if err != nil || d.Refused() {
		t.Fatal(d.Refusal, err)
	}
	if _, err := v.Deliver(t.Context(), d.Record, 0); err != nil {
		t.Fatal(err)
	}
	v.expect(t, "2026-11-20-extra done sent=2")
}

// A desk of which a part can't be read may be quiet for that alone.
func TestABrokenFileOfAQuietDayPassesNothingOver(t *testing.T) {
	v := quiet(t, digest.Skip, "")
	v.write("Night trains return")
	v.desk.flaws = []*digest.Flaw{{File: "rates.txt", Line: 1, Problem: "5 fields instead of 6"}}
	v.at(t, 21, 18, 0)
	v.expect(t, "2026-11-20-evening done sent=2", "2026-11-21-evening empty sent=0")
	if e := v.store.editions[1]; len(v.store.passed) > 0 || !strings.Contains(e.Reason, "waits, since a file") {
		t.Errorf("passed over %v: %s", v.store.passed, e.Reason)
	}
}
