package main

import (
	"cmp"
	"slices"
	"strings"

	"vesper/subscribers"
	"vesper/subscribers/returns"
)

// refusal is why one domain refuses us.
type refusal struct {
	domain, said string
	hint         returns.Hint
	readers      map[int64]bool
}

// mostRefusals is how many are shown.
const mostRefusals = 10

// refusalsOf groups the reports that are about us, and not about a reader: by domain and
// by what there is to do. Those that concern most readers come first. A stranger's word
// is left out.
func refusalsOf(all []subscribers.Report, n names) []*refusal {
	groups := map[[2]string]*refusal{}
	var out []*refusal
	for _, r := range all {
		if r.Class != subscribers.ClassSender || r.Proof == subscribers.NotProven || r.State == subscribers.ReportDiscarded {
			continue
		}
		_, domain, _ := strings.Cut(n.reader(r), "@")
		hint := returns.HintFor(r)
		key := [2]string{strings.ToLower(domain), cmp.Or(hint.Do, r.Status, string(r.Cause))}
		if groups[key] == nil {
			groups[key] = &refusal{
				domain: cmp.Or(key[0], "a domain that is gone"), said: r.Said(), hint: hint, readers: map[int64]bool{},
			}
			out = append(out, groups[key])
		}
		groups[key].readers[r.Subscriber] = true
	}
	slices.SortStableFunc(out, func(a, b *refusal) int { return cmp.Compare(len(b.readers), len(a.readers)) })
	return out
}

// tellRefusals says who refuses us, and what can be done about that.
func (a *app) tellRefusals(all []*refusal) error {
	for i, r := range all {
		if i == mostRefusals {
			return a.print("and %s more refuse us\n", count(len(all)-i, "domain"))
		}
		if err := a.print("refused us for %s at %s: %s\n", count(len(r.readers), "reader"), r.domain, r.said); err != nil {
			return err
		}
		if r.hint.Do != "" {
			if err := a.print("  hint: %s (%s)\n", r.hint.Do, r.hint.Source); err != nil {
				return err
			}
		}
	}
	return nil
}
