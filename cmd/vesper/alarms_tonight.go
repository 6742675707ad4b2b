package main

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
)

const (
	// lastHour is how long before its time an edition that would not go is an alarm.
	lastHour = time.Hour
	// lastStories is the same for one that lacks articles: many a desk has them late, and an
	// alarm of each evening is heard by nobody.
	lastStories = 15 * time.Minute
	// openedBy is how long after its time an edition should be in the book, either way.
	openedBy = 2 * time.Minute
)

// tonightAlarms looks whether the editions of the next hour would go, and those that are
// due and not opened: what "vesper status" ends with 1 for, and /readyz with 503. What is
// held is an alarm of its own.
func (a *app) tonightAlarms(h *house) func(context.Context) ([]digest.Alarm, error) {
	return func(ctx context.Context) ([]digest.Alarm, error) {
		near, err := a.anyNear(ctx, h)
		if err != nil || !near {
			return nil, err
		}
		s, err := a.standing(ctx, h)
		if err != nil {
			return nil, err
		}
		why := h.unable()
		var all []digest.Alarm
		for _, n := range s.next {
			reason := why
			if reason == "" {
				reason = n.refused
			}
			before := lastHour
			if n.Refusal.Kind == publish.TooFew && reason == n.Refusal.Reason {
				before = lastStories
			}
			if reason == "" || n.held != "" || !isNear(n.CutOff, s.at, before) {
				continue
			}
			all = append(all, digest.Alarm{
				Kind: digest.AlarmNotReady, About: n.Edition.ID.Slot, Edition: n.Edition.ID.String(),
				Reason: fmt.Sprintf("the edition of %s would not go: %s", moment(n.SendAt, h.zone), reason),
				Hint:   `"vesper status" says how it stands, "vesper doctor" what to type`,
			})
		}
		return all, nil
	}
}

// anyNear says whether an edition is near. It reads no article.
func (a *app) anyNear(ctx context.Context, h *house) (bool, error) {
	for _, s := range h.publisher.Slots {
		near, err := h.publisher.Near(ctx, s)
		if near || err != nil {
			return near, err
		}
	}
	return false, nil
}

// isNear says whether an edition with this cut-off is to be opened so soon, or should have
// been.
func isNear(at, now time.Time, soon time.Duration) bool {
	left := at.Sub(now)
	return left <= soon && (left > 0 || left <= -openedBy)
}
