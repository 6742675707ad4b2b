package digest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// leaveOutCopies leaves one of the picked articles that have the same text, the pinned one
// if there is any, and none if a choice before them was printed or one of them is under
// embargo. Marks are the texts of the choices.
func (call Call) leaveOutCopies(choices []Choice, marks []Text) {
	same := map[Text][]*Choice{}
	for i := range choices {
		same[marks[i]] = append(same[marks[i]], &choices[i])
	}
	for _, twins := range same {
		if len(twins) < 2 {
			continue
		}
		slices.SortFunc(twins, func(a, b *Choice) int {
			return cmp.Or(cmp.Compare(rank(*a), rank(*b)), call.pinned(*a)-call.pinned(*b),
				cmp.Compare(len(a.Article.ID), len(b.Article.ID)), cmp.Compare(a.Article.ID, b.Article.ID))
		})
		keep := twins[0]
		var copies []string
		for _, c := range twins[1:] {
			if c.Picked {
				verdict, reason := VerdictCopy, fmt.Sprintf("the same text as %q", keep.Article.ID)
				if !keep.Picked {
					reason += ": " + keep.Reason
				}
				if keep.Verdict == VerdictEmbargo {
					verdict = VerdictEmbargo // the embargo's end brings it back
				}
				c.leaveOut(verdict, reason)
				c.Twin = keep.Article.ID
			}
			copies = append(copies, fmt.Sprintf("%q", c.Article.ID))
		}
		if keep.Picked {
			keep.warn("the same text is on the desk as " + strings.Join(copies, ", "))
		}
	}
}

// rank orders the choices of one text: what was printed, what is under embargo, what
// is to be printed, and the rest.
func rank(c Choice) int {
	switch {
	case !c.Picked && c.Verdict == VerdictPrinted:
		return 0
	case c.Verdict == VerdictEmbargo:
		return 1
	case c.Picked:
		return 2
	}
	return 3
}

// warnOfHeadlines warns of a headline that an edition would print twice.
func warnOfHeadlines(choices []Choice) {
	same := map[string][]*Choice{}
	for i := range choices {
		if headline := plain(choices[i].Article.Headline); choices[i].Picked {
			same[headline] = append(same[headline], &choices[i])
		}
	}
	for _, twins := range same {
		for i, c := range twins {
			if len(twins) > 1 {
				other := twins[(i+1)%len(twins)]
				c.warn(fmt.Sprintf("the edition has its headline twice: %q has the same", other.Article.ID))
			}
		}
	}
}

// plain gives a headline for comparing: without regard to case and white space.
func plain(headline string) string {
	return strings.ToLower(strings.Join(strings.Fields(headline), " "))
}
