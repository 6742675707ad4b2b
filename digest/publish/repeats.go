package publish

import (
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/render"
)

// repeats signs copies that may have arrived before: as the edition was opened, even
// if the keys have changed since. Receivers take a copy for the same message by its
// bytes, or by its Message-ID, which stays in any case.
type repeats struct{ find func() render.Signer }

// repeats gives what signs an edition's repeats; nil where that is the signer of all.
// The old keys are looked for when they are needed.
func (p *Publisher) repeats(r digest.Record) render.Signer {
	if r.Signing == (digest.Signing{}) || r.Signing == p.Signing || p.Known == nil {
		return nil
	}
	return repeats{sync.OnceValue(func() render.Signer {
		s, err := p.Known(r.Signing)
		if err != nil {
			p.Log.Warn("messages that are sent again have another signature: the key of the first one is missing",
				"edition", r.ID, "domain", r.Signing.Domain, "selector", r.Signing.Selector, "err", err)
			return p.Signer
		}
		p.Log.Info("messages that are sent again are signed with the key that the edition was opened with",
			"edition", r.ID, "domain", r.Signing.Domain, "selector", r.Signing.Selector)
		return s
	})}
}

// Sign implements render.Signer.
func (r repeats) Sign(message []byte, at time.Time) ([]byte, error) {
	s := r.find()
	if s == nil {
		return nil, nil
	}
	return s.Sign(message, at)
}
