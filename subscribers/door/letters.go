package door

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/subscribers"
)

// Writer writes the letters: render.Renderer does.
type Writer interface {
	// Confirmation writes the letter that asks a reader to confirm.
	Confirmation(to render.Recipient) (digest.Letter, error)
	// Welcome writes the letter to a reader who has confirmed.
	Welcome(to render.Recipient) (digest.Letter, error)
	// Goodbye writes the letter to a reader who is off the list, where no page has
	// told them.
	Goodbye(to render.Recipient) (digest.Letter, error)
	// Move writes the letter that asks at a new address, Moved the one that tells the former.
	Move(to render.Recipient) (digest.Letter, error)
	Moved(to render.Recipient) (digest.Letter, error)
}

// Signer signs a message as of a moment, and gives the header fields that go before
// it.
type Signer interface {
	Sign(message []byte, at time.Time) ([]byte, error)
}

// Letters are what the door's letters have in common.
type Letters struct {
	Writer Writer
	// Signer is nil where the relay signs.
	Signer Signer
	// Slot is the edition that the letters speak of.
	Slot digest.Slot
	// ReturnPath is the envelope sender. "{token}" in it stands for the reader's
	// token. A confirmation and a goodbye come from From instead, the bare mailbox of the
	// field: filters mark down what has two senders and is from no list.
	ReturnPath, From string
}

// confirmation asks an address to confirm what somebody asked for: on the sign-up
// page, or the desk.
func (l Letters) confirmation(a subscribers.Address, q subscribers.Asking, k subscribers.Key, publicID uint64,
) (digest.Letter, error) {
	expires := q.At.Add(subscribers.ConfirmWithin)
	to := l.to(a, q.At)
	to.Desk = q.ByDesk
	to.Confirm, to.Expires = k.Link(subscribers.ToConfirm, publicID, expires), expires
	return l.single(l.finish(l.Writer.Confirmation, to, k, publicID))
}

// welcome greets a reader who has confirmed.
func (l Letters) welcome(s subscribers.Subscriber, k subscribers.Key, next time.Time, nothing bool,
	now time.Time,
) (digest.Letter, error) {
	to := l.to(s.Address, now)
	to.Since, to.Next, to.NothingPrinted = s.Confirmed, next, nothing
	to.Unsubscribe = k.Link(subscribers.ToUnsubscribe, s.PublicID, time.Time{})
	to.Preferences = k.Link(subscribers.ToPrefer, s.PublicID, time.Time{})
	return l.finish(l.Writer.Welcome, to, k, s.PublicID)
}

// goodbye tells a reader who is off the list.
func (l Letters) goodbye(s subscribers.Subscriber, k subscribers.Key, now time.Time) (digest.Letter, error) {
	return l.single(l.finish(l.Writer.Goodbye, l.to(s.Address, now), k, s.PublicID))
}

// single gives a letter that is from no list the sender that it says it is from.
func (l Letters) single(letter digest.Letter, err error) (digest.Letter, error) {
	letter.ReturnPath = cmp.Or(l.From, letter.ReturnPath)
	return letter, err
}

func (l Letters) to(a subscribers.Address, at time.Time) render.Recipient {
	return render.Recipient{
		Reader: render.Reader{Address: a.Mailbox()}, Slot: l.Slot,
		At: at.Truncate(time.Second), MessageID: "letter." + rand.Text(),
	}
}

// finish writes a letter, signs it as of its date and gives it the return path of
// its reader.
func (l Letters) finish(write func(render.Recipient) (digest.Letter, error), to render.Recipient,
	k subscribers.Key, publicID uint64,
) (digest.Letter, error) {
	letter, err := write(to)
	if err != nil {
		return letter, err
	}
	letter.ReturnPath = strings.ReplaceAll(l.ReturnPath, "{token}", k.LetterReturnPath(publicID))
	if l.Signer != nil {
		signature, err := l.Signer.Sign(letter.Bytes, to.At)
		if err != nil {
			return letter, err
		}
		letter.Bytes = append(signature, letter.Bytes...)
	}
	return letter, nil
}

// drawID draws the public ID of a new reader. 0 is none.
func drawID() uint64 {
	for {
		var b [8]byte
		rand.Read(b[:])
		if id := binary.BigEndian.Uint64(b[:]); id != 0 {
			return id
		}
	}
}
