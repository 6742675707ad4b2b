package main

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/publish"
	"vesper/digest/render"
	"vesper/subscribers"
)

// letters writes the letters to single readers: signed, and ready for the outbox.
type letters struct {
	publisher *publish.Publisher
	// slot is the edition that they speak of.
	slot digest.Slot
}

// letters speak of the first slot, as the pages do.
func (h *house) letters() letters { return letters{h.publisher, h.slots[0]} }

// confirmation asks an address to confirm what somebody asked for at a moment: on
// the sign-up page, or the desk.
func (l letters) confirmation(a subscribers.Address, asked time.Time, desk bool) func(subscribers.Key, uint64) (digest.Letter, error) {
	return func(k subscribers.Key, publicID uint64) (digest.Letter, error) {
		expires := asked.Add(subscribers.ConfirmWithin)
		to := l.to(a, asked)
		to.Desk = desk
		to.Confirm, to.Expires = k.Link(subscribers.ToConfirm, publicID, expires), expires
		return l.sealed(l.publisher.Renderer.Confirmation, to, k, publicID)
	}
}

// welcome greets a reader who has confirmed.
func (l letters) welcome(ctx context.Context, now time.Time) func(subscribers.Key, subscribers.Subscriber) (digest.Letter, error) {
	// A letter that does not say when the next edition comes is better than none.
	next, err := l.publisher.Next(ctx, l.slot, now)
	if err != nil {
		next = time.Time{}
	}
	return func(k subscribers.Key, s subscribers.Subscriber) (digest.Letter, error) {
		to := l.to(s.Address, now)
		to.Since, to.Next = s.Confirmed, next
		to.Unsubscribe = k.Link(subscribers.ToUnsubscribe, s.PublicID, time.Time{})
		to.Preferences = k.Link(subscribers.ToPrefer, s.PublicID, time.Time{})
		return l.sealed(l.publisher.Renderer.Welcome, to, k, s.PublicID)
	}
}

// goodbye tells one who is off the list, where no page has.
func (l letters) goodbye(s subscribers.Subscriber, k subscribers.Key, now time.Time) (digest.Letter, error) {
	return l.sealed(l.publisher.Renderer.Goodbye, l.to(s.Address, now), k, s.PublicID)
}

func (l letters) to(a subscribers.Address, at time.Time) render.Recipient {
	return render.Recipient{
		Reader: render.Reader{Address: a.Mailbox()}, Slot: l.slot,
		At: at.Truncate(time.Second), MessageID: "letter." + rand.Text(),
	}
}

// sealed writes a letter, signs it as of its date and gives it the return path of
// its reader. Letters have the edition number 0 there, which no edition has.
func (l letters) sealed(write func(render.Recipient) (digest.Letter, error), to render.Recipient, k subscribers.Key, publicID uint64) (digest.Letter, error) {
	letter, err := write(to)
	if err != nil {
		return letter, err
	}
	letter.ReturnPath = strings.ReplaceAll(l.publisher.ReturnPath, "{token}", k.ReturnPath(publicID, 0))
	if l.publisher.Signer != nil {
		signature, err := l.publisher.Signer.Sign(letter.Bytes, to.At)
		if err != nil {
			return letter, err
		}
		letter.Bytes = append(signature, letter.Bytes...)
	}
	return letter, nil
}
