package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/digest/alarm"
	"vesper/digest/publish"
	"vesper/subscribers"
)

// How often it is looked whether somebody has to.
const (
	editionsLooked     = 20 * time.Second
	houseLooked        = time.Minute
	certificatesLooked = 10 * time.Minute
)

// alarmLooks are all looks at what somebody has to look at.
func (a *app) alarmLooks(h *house) []alarm.Look {
	certificates := &certificates{app: a, house: h}
	return append(houseLooks(h), []alarm.Look{
		{Name: "editions", Kinds: publish.AlarmKinds(), Every: editionsLooked, Find: h.publisher.Alarms},
		{Name: "deliveries", Every: houseLooked, Find: a.deliveryAlarms(h), Kinds: []digest.AlarmKind{
			digest.AlarmFailures, digest.AlarmBounces, digest.AlarmComplaints, digest.AlarmDisk,
		}},
		{
			Name: "tonight", Kinds: []digest.AlarmKind{digest.AlarmNotReady}, Every: houseLooked,
			Find: a.tonightAlarms(h),
		},
		{Name: "letters", Kinds: []digest.AlarmKind{digest.AlarmLetters}, Every: houseLooked, Find: a.letterAlarms(h)},
		{Name: "feeds", Kinds: []digest.AlarmKind{digest.AlarmFeed}, Every: houseLooked, Find: a.feedAlarms(h)},
		{
			Name: "certificates", Kinds: []digest.AlarmKind{digest.AlarmCertificate}, Every: certificatesLooked,
			Find: certificates.look,
		},
	}...)
}

// deliveryAlarms looks at what became of each slot's last edition, and at the disk.
func (a *app) deliveryAlarms(h *house) func(context.Context) ([]digest.Alarm, error) {
	return func(ctx context.Context) ([]digest.Alarm, error) {
		var all []digest.Alarm
		most := 0
		for _, slot := range h.publisher.Slots {
			r, _, err := h.book.NewestOf(ctx, slot.Name, a.now().In(h.zone))
			if errors.Is(err, digest.ErrNotFound) || err == nil && !r.State.Opened() {
				continue
			}
			if err != nil {
				return nil, err
			}
			t, err := h.book.Tallied(ctx, r.ID)
			if err != nil {
				return nil, err
			}
			most = max(most, t.Tally.Opened)
			sums, err := h.list.ReportSums(ctx, r.Number)
			if err != nil {
				return nil, err
			}
			all = append(all, ofEdition(t, sums)...)
		}
		held, err := a.heldReports(ctx, h)
		if err != nil {
			return nil, err
		}
		free, err := h.file.Free()
		if err != nil {
			return nil, err
		}
		return append(append(all, held...), diskAlarms(free, most)...), nil
	}
}

// ofEdition says what is wrong with the sums of an edition.
func ofEdition(t digest.Tallied, sums subscribers.ReportSums) []digest.Alarm {
	var all []digest.Alarm
	say := func(kind digest.AlarmKind, hint, form string, args ...any) {
		all = append(all, digest.Alarm{
			Kind: kind, About: t.ID.Slot, Edition: t.ID.String(), Reason: fmt.Sprintf(form, args...), Hint: hint,
		})
	}
	show := fmt.Sprintf(`"vesper edition show %s"`, t.ID)
	if n, many := t.Tally.ManyFailed(); many {
		say(digest.AlarmFailures, show+" says of whom, and what the relay said",
			"%d of %d deliveries failed, expired or may be lost", n, t.Tally.Opened)
	}
	if sums.ManyDead() {
		say(digest.AlarmBounces, `see where they came from: "vesper bounces list --class remove"`,
			"%d of %d addresses do not exist", sums.Dead, sums.Of)
	}
	if sums.ManyComplaints() {
		say(digest.AlarmComplaints, "see who was put on the list without asking; providers block senders from 0.3 % up",
			"%d of %d readers call it spam", sums.Complained, sums.Of)
	}
	return all
}

// heldReports says whether readers would be taken off that are too many at once: they wait
// for an admin's word.
func (a *app) heldReports(ctx context.Context, h *house) ([]digest.Alarm, error) {
	held, err := h.list.Reports(ctx, subscribers.ReportFilter{
		States: []subscribers.ReportState{subscribers.ReportHeld}, Limit: 1,
	})
	if err != nil || len(held) == 0 {
		return nil, err
	}
	return []digest.Alarm{{
		Kind: digest.AlarmBounces, About: "held", Edition: held[0].EditionID, Reason: held[0].Why,
		Hint: `look with "vesper bounces list", then "vesper bounces apply" or "discard"`,
	}}, nil
}

// leastFree is how much of the disk must be free however few readers there are.
const leastFree = 256 << 20

// diskAlarms says whether there is less room than the next two editions of so many readers
// need.
func diskAlarms(free uint64, readers int) []digest.Alarm {
	need := max(leastFree, 2*room(readers))
	if free >= need {
		return nil
	}
	return []digest.Alarm{{
		Kind: digest.AlarmDisk, Reason: fmt.Sprintf("%d MB are free beside the database, less than %d", free>>20, need>>20),
		Hint: "make room on that disk",
	}}
}

// backedUp gives what is told how a backup went.
func (h *house) backedUp(ctx context.Context) func(error) {
	return func(err error) {
		if err == nil {
			h.alarms.Well(ctx, digest.AlarmBackup, "")
			return
		}
		h.alarms.Raise(ctx, digest.Alarm{
			Kind: digest.AlarmBackup, Reason: "no backup was made: " + err.Error(), Hint: "look at dir in [backup]",
		})
	}
}
