package main

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
)

// lettersWait is how long letters may be due while no relay answers for any: a reader who has signed up waits.
const lettersWait = 10 * time.Minute

// stuckLetters says that letters have waited for long, "" if none has. Where nothing is sent at all, that is said
// elsewhere.
func (a *app) stuckLetters(ctx context.Context, h *house) (string, error) {
	if h.publisher.Ready(ctx) != nil {
		return "", nil
	}
	n, since, err := h.outbox.Stuck(ctx, a.now().Add(-lettersWait))
	if err != nil || n == 0 {
		return "", err
	}
	return fmt.Sprintf("%s waiting, the oldest since %s: no relay has answered for any", are(n, "letter"),
		moment(since, h.zone)), nil
}

// lettersTried is how long a service that has just begun may take for letters that were due before: while none ran,
// no relay was asked.
const lettersTried = 2 * time.Minute

// letterAlarms looks whether letters wait.
func (a *app) letterAlarms(h *house) func(context.Context) ([]digest.Alarm, error) {
	began := a.now()
	return func(ctx context.Context) ([]digest.Alarm, error) {
		if a.now().Sub(began).Abs() < lettersTried {
			return nil, nil
		}
		why, err := a.stuckLetters(ctx, h)
		if err != nil || why == "" {
			return nil, err
		}
		return []digest.Alarm{{Kind: digest.AlarmLetters, Reason: why, Hint: `"vesper doctor relay" says what is wrong`}}, nil
	}
}
