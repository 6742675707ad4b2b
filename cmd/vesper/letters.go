package main

import (
	"context"
	"errors"
	"fmt"

	"vesper/digest"
)

// mailPosted mails the letters that were posted after the one with this ID. Where
// another process has the lock, that one does. The status is 4 if one is not sent.
func (a *app) mailPosted(ctx context.Context, h *house, after int64) error {
	stopped, err := h.publisher.MailDue(ctx, a.hand(h, ""))
	if held, ok := errors.AsType[*digest.HeldError](err); ok {
		a.tell("%s; it will send the emails\n", held)
		return nil
	}
	if err != nil {
		return err
	}
	letters, err := h.outbox.LettersAfter(context.WithoutCancel(ctx), after)
	if err != nil {
		return err
	}
	waiting, failed, said := 0, 0, ""
	for _, l := range letters {
		switch l.Step {
		case digest.Sent, digest.Skipped:
		case digest.Pending, digest.Attempting:
			waiting++
		default:
			failed, said = failed+1, prefixed(": the relay said ", l.Reply)
		}
	}
	switch {
	case failed > 0:
		return &exitError{exitPartly, fmt.Errorf("%s not sent%s", were(failed, "email"), said), ""}
	case waiting > 0 && stopped.Class != "":
		said = ": " + h.relayStopped(stopped)
		fallthrough
	case waiting > 0:
		return &exitError{
			exitPartly, fmt.Errorf("%s not sent yet%s", were(waiting, "email"), said),
			`"vesper serve" sends it, or the next command that sends mail`,
		}
	}
	return nil
}
