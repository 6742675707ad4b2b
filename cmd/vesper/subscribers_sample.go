package main

import (
	"context"
	"fmt"
	"strings"

	"vesper/subscribers"
)

// sample is a reader of a file, and what would become of them.
type sample struct {
	is     subscribers.Facts
	effect subscribers.Effect
}

// examples shows some of the first readers for each effect, each reader once and in
// the status that the list would have.
func (f *readersFile) examples(ctx context.Context, h *house) error {
	const each, looked = 3, 200
	found, order := map[string]*sample{}, []string(nil)
	f.mute = true
	n := 0
	for row := range f.rows() {
		key := row.Subscriber.Address.Key()
		one, ok := found[key]
		if !ok {
			is, err := h.list.Facts(ctx, row.Subscriber.Address)
			if err != nil {
				return err
			}
			is.Address = row.Subscriber.Address
			one = &sample{is: is, effect: subscribers.LeavesAlone}
			found[key], order = one, append(order, key)
		}
		one.take(row, f)
		if n++; n == looked {
			break
		}
	}
	if f.err != nil {
		return f.err
	}
	for _, effect := range []subscribers.Effect{
		subscribers.Adds, subscribers.Changes, subscribers.LeavesAlone, subscribers.KeepsOff,
	} {
		var some []string
		for _, key := range order {
			if one := found[key]; one.effect == effect && len(some) < each {
				some = append(some, one.String())
			}
		}
		if len(some) > 0 {
			f.app.print("%s, such as %s\n", effectWords[effect], strings.Join(some, ", "))
		}
	}
	return nil
}

var effectWords = map[subscribers.Effect]string{
	subscribers.Adds: "added", subscribers.Changes: "changed", subscribers.LeavesAlone: "unchanged",
	subscribers.KeepsOff: "suppressed",
}

// take does what a row would do. The gravest row of a reader gives the effect.
func (s *sample) take(row subscribers.Row, f *readersFile) {
	change, effect := s.is.Import(row, f.now)
	s.is = change.After
	if effect == subscribers.KeepsOff || s.effect == subscribers.LeavesAlone {
		s.effect = effect
	}
}

func (s *sample) String() string {
	is := s.is
	switch {
	case len(is.Suppressions) > 0:
		return fmt.Sprintf("%s (%s)", is.Address, strings.Join(is.Suppressions, ", "))
	case is.Status == subscribers.Active:
		return fmt.Sprintf("%s (confirmed %s)", is.Address, is.Confirmed.Format("2006-01-02"))
	}
	return fmt.Sprintf("%s (%s)", is.Address, is.Status)
}
