package config

import (
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// Edition is one [[edition]] of the day. Left out altogether, there is one with
// every default.
type Edition struct {
	// Slot is its short name in IDs, such as 2026-11-22-evening: a small letter, then
	// small letters and digits, 32 at most, and no two editions have the same. Default:
	// "evening".
	Slot string `toml:"slot"`
	// Title is what readers see of it, in at most 60 characters. Default: "Evening
	// Edition".
	Title string `toml:"title"`
	// Schedule is when it is due, as a cron specification of five fields in the
	// publication's time zone that names one time of the day. Default: "0 18 * * *". "" is an
	// extra edition, which is sent by hand alone.
	Schedule string `toml:"schedule"`
	// Except are the days on which there is none although Schedule has one, as "2026-12-25".
	// Their stories wait for the next edition. Default: none; 366 at most.
	Except []string `toml:"except"`
	// MinArticles is how many articles make an edition: with fewer there is none.
	// Default: 1, which is also the least.
	MinArticles int `toml:"min_articles"`
	// BelowMin is what becomes of an evening with fewer: "fold", its stories wait for the next
	// edition; "skip", they are passed over; "send", it is sent all the same, if there is one
	// story at least. Default: "fold".
	BelowMin string `toml:"below_min"`
	// MaxArticles is how many articles it takes, MinArticles at least. Default: 30.
	MaxArticles int `toml:"max_articles"`
	// MaxPerSection is how many articles of one section it takes, beside those that are
	// pinned. Default: 0, no limit.
	MaxPerSection int `toml:"max_per_section"`
	// Grace is how late it may still go out. Who wakes later records it as missed.
	// Default: "4h"; 0 or more.
	Grace Duration `toml:"grace"`
	// Late is what becomes of one that could not go out within Grace: "fold", its stories wait
	// for the next edition; "skip", they are passed over; "send", it is sent however late, of
	// several the last one. What somebody held, or nobody approved, is not sent late. Default: "fold".
	Late string `toml:"late"`
	// Until is for how long after it was opened its messages may begin; then it is too
	// old. Default: "0s", until the slot's next edition is due: at most 24 hours, and at
	// least give_up_after.
	Until Duration `toml:"until"`
	// MaxAge is the age of the oldest articles that it takes, however long there was no
	// edition. Default: "72h"; more than 0.
	MaxAge Duration `toml:"max_age"`
	// CarryOver brings an article back that did not fit into an edition (max_articles, max_per_section),
	// until it is older than MaxAge. Default: false, what did not fit is done with.
	CarryOver bool `toml:"carry_over"`
	// FinishBy is when the last reader is to be served, as "18:30": after Schedule, or in the
	// night after, within 12 hours, in the publication's time zone. If the pace that was measured is too slow
	// for it, plan, status and serve say so. Default: "", whenever that is.
	FinishBy string `toml:"finish_by"`
	// Freeze is how long before Schedule it is opened: no article and no word is taken after
	// that, and its first message leaves at Schedule. Meanwhile the messages are signed. Default:
	// "0s", it is opened at Schedule; at most 12 hours, and less than the time since the edition
	// before it, of whichever slot.
	Freeze Duration `toml:"freeze"`
	// FirstNumber is the number of the first paper, for one that is older than this database: 1
	// to 9999999. Each edition of the slot that is opened has the next number, from this one on.
	// Numbers never go back: changed later, it counts only if it is above the last one that was
	// printed, and then the numbers between are skipped. Default: 1.
	FirstNumber int `toml:"first_number"`
	// ProofBefore is how long before Schedule it is put together and mailed as a proof to those
	// of proof_to in [newsroom]. What changes after that is in the edition all the same, and one
	// more proof says what differs. The edition goes unless somebody holds it. Default: "0s", no
	// proof; more than Freeze, at most 24 hours.
	ProofBefore Duration `toml:"proof_before"`
	// NeedsApproval has it go only as somebody has approved it, once its proof was made: "vesper
	// edition approve". What nobody approved within Grace is missed. Default: false, it goes
	// unless somebody holds it.
	NeedsApproval bool `toml:"needs_approval"`
	// Wave "subscriber" sends it at its hour in each reader's time zone, as far as that is to come
	// when it is opened at Schedule: all others get it then. Readers without a time zone have the
	// publication's. Until counts for each from then on. Default: "", to all at once.
	Wave string `toml:"wave"`
	// Quiet are the hours, as "22:00-07:00" in a reader's time zone, in which none gets an
	// edition whose hour there has passed: those readers get it at their end. It takes Wave.
	// Default: "", none.
	Quiet string `toml:"quiet"`
}

// Layout is [layout]: how the articles of an edition are set.
type Layout struct {
	// Lead is how many articles are set as the lead. Default: 1; 0 or more.
	Lead int `toml:"lead"`
	// Stories is how many articles after the lead are set in full. The rest are briefs.
	// Default: 5; 0 or more.
	Stories int `toml:"stories"`
	// QuickLooks is how many Quick Looks of a story are shown: a number or "all". A lead
	// shows up to nine, and of ten or more seven, or this many if that is more. Default: 5; 1 to 100.
	QuickLooks QuickLooks `toml:"quick_looks"`
	// Look is the ready look of emails and pages: "calm", white with an indigo accent, or
	// "broadsheet", as a classical newspaper: ivory and oxblood, all of it serif, its name in the
	// middle under a double rule, rules between stories, somebody's words in italics between two
	// rules. The colours and the wordmark below go with either. Default: "calm".
	Look string `toml:"look"`
	// Accent is the colour of links, labels and buttons, as #rrggbb. Text in it must have a
	// contrast of 4.5 to Paper. Default: "", the look's: "#37409c" or "#8c1c16".
	Accent string `toml:"accent"`
	// AccentDark is the same on PaperDark, in dark mode. Default: "", the look's: "#b1b8ff" or
	// "#f2a99d".
	AccentDark string `toml:"accent_dark"`
	// Paper is the background, as #rrggbb. Default: "", the look's: "#ffffff" or "#fbf7ee".
	Paper string `toml:"paper"`
	// PaperDark is the same in dark mode, on which the look's light ink must have a contrast of
	// 7. Default: "", the look's: "#15171c" or "#191613".
	PaperDark string `toml:"paper_dark"`
	// Ink is the colour of text, as #rrggbb, with a contrast of 7 to Paper. Default: "", the
	// look's: "#1b1d22" or "#1d1914".
	Ink string `toml:"ink"`
	// Wordmark is how the publication's name is set above the edition: "serif", "serif
	// small-caps", "sans" or "sans small-caps". Default: "serif".
	Wordmark string `toml:"wordmark"`
}

// mostFirstNumber bounds what a paper may begin with: a daily of 20,000 years.
const mostFirstNumber = 9_999_999

func checkEditions(c *Config, r *Report) {
	seen := map[string]bool{}
	for i, e := range c.Edition {
		key := fmt.Sprintf("edition.%d.", i)
		if !digest.SlotName.MatchString(e.Slot) {
			r.Flaw(key+"slot", fmt.Sprintf("slot %q is not a valid slot name", e.Slot),
				`a few small letters, such as "evening"`)
		}
		if seen[e.Slot] {
			r.Flaw(key+"slot", fmt.Sprintf("there are two editions with the slot %q", e.Slot), "give each its own")
		}
		seen[e.Slot] = true
		if strings.TrimSpace(e.Title) == "" {
			r.Flaw(key+"title", "title is empty", `such as "Evening Edition"`)
		}
		r.short(key+"title", "title", e.Title)
		if e.MinArticles < 1 {
			r.Flaw(key+"min_articles", "min_articles is less than 1", "an empty edition is never sent")
		}
		if e.MaxArticles < e.MinArticles {
			r.Flaw(key+"max_articles", fmt.Sprintf("max_articles is less than min_articles, %d", e.MinArticles),
				"how many articles it takes at most")
		}
		if e.MaxPerSection < 0 {
			r.Flaw(key+"max_per_section", "max_per_section is negative", "0 is no limit")
		}
		if e.Grace < 0 {
			r.Flaw(key+"grace", "grace is negative", `how late it may still go out, such as "4h"`)
		}
		r.instead(key, e)
		if e.Until < 0 {
			r.Flaw(key+"until", "until is negative", `"0s" is until the next edition is due`)
		}
		if e.Freeze < 0 {
			r.Flaw(key+"freeze", "freeze is negative", `"0s" opens the edition at its time`)
		}
		if e.FirstNumber < 1 || e.FirstNumber > mostFirstNumber {
			r.Flaw(key+"first_number", fmt.Sprintf("first_number is not between 1 and %d", mostFirstNumber),
				"the number of the paper that comes next")
		}
		if e.MaxAge <= 0 {
			r.Flaw(key+"max_age", "max_age must be more than 0", `the age of the oldest articles, such as "72h"`)
		}
		checkProof(c, r, key, e)
		checkWaves(r, key, e)
	}
	for _, k := range []struct {
		name string
		is   int
	}{{"lead", c.Layout.Lead}, {"stories", c.Layout.Stories}} {
		if k.is < 0 {
			r.Flaw("layout."+k.name, k.name+" is a negative number", "0 sets no article in this way")
		}
	}
}

// longestProof is how long before its time an edition is proved at most: after the one of
// the day before.
const longestProof = Duration(24 * time.Hour)

// checkProof checks when an edition is proved, and by whom.
func checkProof(c *Config, r *Report, key string, e Edition) {
	const addresses = `proof_to = ["desk@news.example"] in [newsroom]`
	switch {
	case e.ProofBefore < 0:
		r.Flaw(key+"proof_before", "proof_before is negative", `"0s" makes no proof`)
	case e.ProofBefore == 0 && e.NeedsApproval:
		r.Flaw(key+"needs_approval", "needs_approval is set, and there is no proof to approve", `proof_before = "20m"`)
	case e.ProofBefore == 0:
	case e.ProofBefore > longestProof:
		r.Flaw(key+"proof_before", "proof_before is more than 24 hours", "it comes after the edition of the day before")
	case e.ProofBefore <= e.Freeze:
		r.Flaw(key+"proof_before", fmt.Sprintf("proof_before is not more than freeze, %s", time.Duration(e.Freeze)),
			"what is frozen does not change any more: the proof comes before")
	}
	if e.ProofBefore > 0 && len(c.Newsroom.ProofTo) == 0 {
		what := "proof_before"
		if e.NeedsApproval {
			what = "needs_approval"
		}
		r.Flaw(key+what, what+" is set, and there is nobody to mail the proof to", addresses)
	}
}
