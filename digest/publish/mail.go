package publish

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/mail"
	"time"

	"vesper/digest"
	"vesper/digest/render"
)

// Mailed is what became of letters that were mailed by hand.
type Mailed struct {
	// Letters are in the order in which they were given.
	Letters []digest.PostedLetter
	// Stopped says why this process left off although letters are due; its Class is
	// empty if it didn't.
	Stopped digest.Outcome
}

// Mail posts letters and mails what is due of the outbox. Where another process has
// the lock, it follows that one until it has mailed them, or has stood still for
// [Stall].
func (p *Publisher) Mail(ctx context.Context, letters []digest.Letter, h Hand) (Mailed, error) {
	if err := p.Book.Behind(ctx); err != nil {
		return Mailed{}, err
	}
	var ids []int64
	for _, l := range letters {
		id, err := p.Outbox.Post.Post(ctx, l, p.Now())
		if err != nil {
			return Mailed{}, err
		}
		ids = append(ids, id)
	}
	f := &letterFollower{Publisher: p, ids: ids, since: p.Now()}
	var m Mailed
	err := p.byHand(ctx, h.once(), f.over, func(ctx context.Context) (err error) {
		m.Stopped, err = p.mailByHand(ctx, h)
		return err
	})
	if err != nil {
		return m, err
	}
	m.Letters, err = p.posted(ctx, ids)
	return m, err
}

// MailDue mails what is due of the outbox. Where another process has the lock, it
// is that one's to do, and the error is a *digest.HeldError. The outcome says why
// it stopped although letters are due, if it did.
func (p *Publisher) MailDue(ctx context.Context, h Hand) (digest.Outcome, error) {
	right, err := h.Lock()
	if err != nil {
		return digest.Outcome{}, err
	}
	var stopped digest.Outcome
	lost, err := right.do(ctx, func(ctx context.Context) (err error) {
		stopped, err = p.mailByHand(ctx, h)
		return err
	})
	if lost {
		err = cmp.Or(err, ErrLost)
	}
	return stopped, err
}

func (p *Publisher) mailByHand(ctx context.Context, h Hand) (digest.Outcome, error) {
	if err := p.Book.Behind(ctx); err != nil {
		return digest.Outcome{}, err
	}
	return p.mailDue(ctx, h.Patience)
}

// posted gives what has become of letters.
func (p *Publisher) posted(ctx context.Context, ids []int64) ([]digest.PostedLetter, error) {
	var all []digest.PostedLetter
	for _, id := range ids {
		l, err := p.Outbox.Post.Letter(context.WithoutCancel(ctx), id)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// letterFollower looks on while another process mails letters.
type letterFollower struct {
	*Publisher
	ids   []int64
	owed  int
	since time.Time
}

// over says whether all are at their end, or the other process stands still.
func (f *letterFollower) over(ctx context.Context) (bool, error) {
	all, err := f.posted(ctx, f.ids)
	if err != nil {
		return true, err
	}
	owed := 0
	for _, l := range all {
		if l.Step == digest.Pending || l.Step == digest.Attempting {
			owed++
		}
	}
	now := f.Now()
	if owed != f.owed {
		f.owed, f.since = owed, now
	}
	return owed == 0 || now.Sub(f.since) >= Stall, nil
}

// Proofs writes an edition that nobody has opened, marked as a proof, to each of
// these addresses, with remarks for the desk. What bounces goes to the sender, since a proof is nobody's
// delivery.
func (p *Publisher) Proofs(
	e digest.Edition, to []string, variant string, remarks ...string,
) ([]digest.Letter, error) {
	return p.proofsOf(p.Renderer.Proof(remarks...), e, to, variant)
}

func (p *Publisher) proofsOf(
	renderer render.Renderer, e digest.Edition, to []string, variant string,
) ([]digest.Letter, error) {
	messages, err := renderer.Messages(e)
	if err != nil {
		return nil, err
	}
	return p.proofs(messages, to, variant)
}

func (p *Publisher) proofs(messages []digest.Message, to []string, variant string) ([]digest.Letter, error) {
	from, err := mail.ParseAddress(p.Renderer.Publication.From)
	if err != nil {
		return nil, err
	}
	composer, err := p.composer(messages, from.Address)
	if err != nil {
		return nil, err
	}
	var letters []digest.Letter
	for _, address := range to {
		envelope, err := composer.Compose(digest.Delivery{
			Variant: variant, Address: address, FirstDue: p.Now().Truncate(time.Second),
			MessageID: "proof." + rand.Text(), Unsubscribe: "proof", Preferences: "proof", Leave: "proof",
		})
		if err != nil {
			return nil, err
		}
		letters = append(letters, digest.Letter{
			Kind: digest.Proof, Address: address, ReturnPath: envelope.From, Bytes: envelope.Data,
		})
	}
	return letters, nil
}

// StoredProofs writes an edition that was opened, marked as a proof, to each of these
// addresses, as readers got it.
func (p *Publisher) StoredProofs(ctx context.Context, r digest.Record, to []string, variant string,
) ([]digest.Letter, error) {
	messages, err := p.Past.Messages(ctx, r.Number)
	if err != nil {
		return nil, err
	}
	for i, m := range messages {
		if messages[i], err = p.Renderer.StoredProof(m); err != nil {
			return nil, err
		}
	}
	return p.proofs(messages, to, variant)
}

// CopyOf writes a copy of an edition that was opened, of this message of its own, to a reader
// who asked for it. Its return path and its links are the reader's.
func (p *Publisher) CopyOf(ctx context.Context, r digest.Record, d digest.Delivery) (digest.Letter, error) {
	messages, err := p.Past.Messages(ctx, r.Number)
	if err != nil {
		return digest.Letter{}, err
	}
	composer, err := p.composer(messages, p.ReturnPath)
	if err != nil {
		return digest.Letter{}, err
	}
	d.MessageID = "copy." + rand.Text()
	envelope, err := composer.Compose(d)
	return digest.Letter{
		Kind: digest.Copy, Address: envelope.To, ReturnPath: envelope.From, Bytes: envelope.Data, Subscriber: d.Key,
	}, err
}

// Sample gives the whole message of an edition that nobody has opened as one reader
// would get it. Its links and its return path do not work.
func (p *Publisher) Sample(e digest.Edition, reader render.Reader, variant string) ([]byte, error) {
	messages, err := p.Renderer.Messages(e)
	if err != nil {
		return nil, err
	}
	return p.Copy(messages, reader, variant, p.Now())
}

// Copy gives one of an edition's messages, those of one that was opened or would be, as
// one reader gets it who is first due at due. Its links and its return path do not work.
func (p *Publisher) Copy(messages []digest.Message, reader render.Reader, variant string, due time.Time,
) ([]byte, error) {
	composer, err := p.composer(messages, p.ReturnPath)
	if err != nil {
		return nil, err
	}
	envelope, err := composer.Compose(digest.Delivery{
		Variant: variant, Address: reader.Address, Since: reader.Since, FirstDue: due,
		MessageID: "preview", Unsubscribe: reader.Unsubscribe, Preferences: reader.Preferences, ReturnPath: "preview",
		Leave: "preview",
	})
	return envelope.Data, err
}
