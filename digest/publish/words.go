package publish

import (
	"context"
	"errors"

	"vesper/digest"
)

// Words gives what the editor said of an edition to come: the zero Words if
// nothing.
func (p *Publisher) Words(ctx context.Context, id digest.ID) (digest.Words, error) {
	return p.Editor.Words(ctx, id)
}

// SetWords keeps the editor's words on an edition to come, in place of those kept
// before. Whoever opens it prints them. An edition that is opened already, or that
// a later one overtook, is refused. The error is a *[digest.WordsFlaw] for words
// that would make a bad email.
func (p *Publisher) SetWords(ctx context.Context, id digest.ID, w digest.Words) (Refusal, error) {
	if err := w.Check(); err != nil {
		return Refusal{}, err
	}
	if _, err := p.Slot(id.Slot); err != nil {
		return Refusal{}, err
	}
	d, _, err := p.recall(ctx, id)
	if err != nil {
		return Refusal{}, err
	}
	if refusal := d.byBook(); refusal.Kind == Opened || refusal.Kind == Overtaken {
		return refusal, nil
	}
	err = p.Editor.SetWords(ctx, id, w, p.Now())
	if errors.Is(err, digest.ErrExists) {
		// It was opened just then.
		d, err = p.notOpened(ctx, d, err)
		return d.Refusal, err
	}
	return Refusal{}, err
}
