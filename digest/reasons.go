package digest

import (
	"cmp"
	"slices"
)

// How much of its reasons and domains a report names; the others are added up. A domain
// that fewer readers have is as good as their name.
const (
	mostReasons = 10
	mostDomains = 10
	fewReaders  = 5
)

// mostSaid is how many different words of relays are counted for one reason.
const mostSaid = 1000

// Reasons counts why readers were not sent an edition.
type Reasons struct {
	counts map[ReasonCount]int
	said   map[ReasonCount]map[string]int
}

// Add counts a reader. Said is what the relay said, without addresses; it may be empty.
func (r *Reasons) Add(step Step, code int, enhanced, why, said string) {
	if r.counts == nil {
		r.counts, r.said = map[ReasonCount]int{}, map[ReasonCount]map[string]int{}
	}
	key := ReasonCount{Step: step, Code: code, Enhanced: enhanced, Why: why}
	r.counts[key]++
	if r.said[key] == nil {
		r.said[key] = map[string]int{}
	}
	if _, known := r.said[key][said]; said != "" && (known || len(r.said[key]) < mostSaid) {
		r.said[key][said]++
	}
}

// Counts gives the reasons of most readers first, and the others as one.
func (r *Reasons) Counts() []ReasonCount {
	var all []ReasonCount
	for key, n := range r.counts {
		key.Readers, key.Said = n, most(r.said[key])
		all = append(all, key)
	}
	slices.SortFunc(all, func(a, b ReasonCount) int {
		return cmp.Or(b.Readers-a.Readers, cmp.Compare(a.Step, b.Step), a.Code-b.Code,
			cmp.Compare(a.Enhanced, b.Enhanced), cmp.Compare(a.Why, b.Why))
	})
	if len(all) <= mostReasons {
		return all
	}
	others := ReasonCount{Why: "other reasons"}
	for _, one := range all[mostReasons:] {
		others.Readers += one.Readers
	}
	return append(all[:mostReasons:mostReasons], others)
}

// most gives the words that were counted most often.
func most(said map[string]int) string {
	best := ""
	for words, n := range said {
		if best == "" || n > said[best] || n == said[best] && words < best {
			best = words
		}
	}
	return best
}

// DomainsNotSent gives the domains at which most readers were not sent an edition, and the
// others as one: small ones too, which would tell who their readers are.
func DomainsNotSent(tallies []DomainTally) []DomainCount {
	var all []DomainCount
	var others DomainCount
	for _, d := range tallies {
		one := DomainCount{
			Name: d.Domain, Readers: d.Tally.Opened,
			NotSent: d.Tally.Failed + d.Tally.Expired + d.Tally.Skipped + d.Tally.Unknown,
		}
		switch {
		case one.NotSent == 0:
		case one.Name == "" || one.Readers < fewReaders:
			others.add(one)
		default:
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b DomainCount) int {
		return cmp.Or(b.NotSent-a.NotSent, b.Readers-a.Readers, cmp.Compare(a.Name, b.Name))
	})
	for len(all) > mostDomains {
		others.add(all[len(all)-1])
		all = all[:len(all)-1]
	}
	if others.Others > 0 {
		all = append(all, others)
	}
	return all
}

func (d *DomainCount) add(one DomainCount) {
	d.Others++
	d.Readers += one.Readers
	d.NotSent += one.NotSent
}

// NotSent is a reader who was not sent an edition.
type NotSent struct {
	Step     Step
	Code     int
	Enhanced string
	// Reply is what the relay said, with the mailboxes in it, and Said without: it is empty
	// where it may still name somebody. Reason says why a row was skipped.
	Reply, Said, Reason string
}
