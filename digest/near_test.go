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

// TestNearlyTheSameWordsWaitForAnEmbargo though another feed has them without one.
func TestNearlyTheSameWordsWaitForAnEmbargo(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ends := at.Add(8 * 24 * time.Hour) // later than two stories of one event are apart
	waits := Article{
		ID: "waits", Feed: "one.example", Headline: "Rail strike ends", Summary: agency, Published: at, Embargo: ends,
	}
	early := Article{
		ID: "early", Feed: "two.example", Headline: "Orlanda: strike over", Published: at.Add(time.Hour), Summary: agency,
	}
	call := Call{Window: Window{at.Add(-time.Hour), at.Add(2 * time.Hour)}}
	for _, pins := range [][]string{nil, {"early"}} {
		call.Pins = pins
		for _, c := range Pick([]Article{waits, early}, call) {
			if c.Picked || c.Verdict != VerdictEmbargo {
				t.Errorf("with the pins %q %s is %s: %s", pins, c.Article.ID, c.Verdict, c.Reason)
			}
			if c.Article.ID == "early" && !strings.HasSuffix(c.Reason, "that one waits: embargo until 2026-11-28 12:00:00 UTC") {
				t.Errorf("the reason is %s", c.Reason)
			}
		}
	}
	// When it ends one of the two is printed.
	call.Pins, call.Recorded = nil, true
	call.Looked = map[string]Look{"early": {ArticleID: "early", Verdict: VerdictEmbargo}, "waits": {ArticleID: "waits", Verdict: VerdictEmbargo}}
	call.Window = Window{at.Add(2 * time.Hour), ends.Add(time.Hour)}
	if picked := Picked(Pick([]Article{waits, early}, call)); len(picked) != 1 {
		t.Errorf("after the embargo's end %d are printed", len(picked))
	}
}

// TestOneStoryInScriptsWithoutSpaces is found by its letters.
func TestOneStoryInScriptsWithoutSpaces(t *testing.T) {
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for language, c := range map[string]struct{ story, copied, other string }{
		"ja": {
			"東京の地下鉄は月曜日の朝から全線で運転を再開すると、都の交通局が土曜日に発表した。労働組合との交渉がまとまり、九日間続いたストライキが終わる。" +
				"組合は8%の賃上げを求めていたが、今年は5.5%、来年は2%の引き上げで合意した。",
			"都の交通局は土曜日、東京の地下鉄が月曜日の朝から全線で運転を再開すると発表した。労働組合との交渉がまとまり、九日間続いたストライキが終わる。" +
				"組合は8%の賃上げを求めていたが、今年は5.5%、来年は2%の引き上げで合意した。",
			"東京の港で新しい橋が土曜日に開通した。工事は九年かかり、費用は当初の見込みの二倍になった。都は観光客が5.5%増えると見ているが、" +
				"住民の間では騒音への不安も残る。来年には歩行者のための道も開かれる予定だと、都の担当者は話した。",
		},
		"zh": {
			"市交通局周六宣布，地铁将于周一早上恢复全线运营。与工会的谈判已经达成协议，持续九天的罢工就此结束。工会原本要求加薪8%，现在同意今年加薪5.5%，明年再加薪2%。",
			"地铁将于周一早上恢复全线运营，市交通局周六宣布。与工会的谈判已经达成协议，持续九天的罢工就此结束。工会原本要求加薪8%，现在同意今年加薪5.5%，明年再加薪2%。",
			"市港口的新大桥周六正式通车。工程历时九年，造价是最初预算的两倍。市政府预计游客将增加5.5%，但附近居民担心噪音。负责人表示，明年还将开放一条步行道，连接旧城和海边的公园。",
		},
		"th": {
			"รถไฟใต้ดินจะกลับมาให้บริการทุกสายในเช้าวันจันทร์ สำนักงานขนส่งของเมืองแถลงเมื่อวันเสาร์ การเจรจากับสหภาพแรงงานได้ข้อยุติ และการนัดหยุดงานเก้าวันสิ้นสุดลง",
			"สำนักงานขนส่งของเมืองแถลงเมื่อวันเสาร์ว่า รถไฟใต้ดินจะกลับมาให้บริการทุกสายในเช้าวันจันทร์ การเจรจากับสหภาพแรงงานได้ข้อยุติและการนัดหยุดงานเก้าวันสิ้นสุดลง",
			"สะพานใหม่ที่ท่าเรือเปิดใช้เมื่อวันเสาร์หลังการก่อสร้างเก้าปี ค่าใช้จ่ายสูงเป็นสองเท่าของที่คาดไว้ เมืองหวังว่านักท่องเที่ยวจะเพิ่มขึ้น แต่ชาวบ้านกังวลเรื่องเสียง",
		},
	} {
		call := Call{Window: Window{at.Add(-time.Hour), at.Add(time.Hour)}}
		first := Article{ID: "a", Feed: "one.example", Language: language, Headline: c.story[:30], Summary: c.story, Published: at}
		second := Article{ID: "b", Feed: "two.example", Language: language, Headline: c.copied[:30], Published: at}
		if second.Summary = c.copied; len(Picked(Pick([]Article{first, second}, call))) != 1 {
			t.Errorf("%s: a copy is printed beside its story", language)
		}
		if second.Summary = c.other; len(Picked(Pick([]Article{first, second}, call))) != 2 {
			t.Errorf("%s: another story is taken for a copy", language)
		}
	}
}
