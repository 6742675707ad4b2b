package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"vesper/digest"
	"vesper/subscribers/web"
)

// Do implements web.Desk. The verbs of the command line do it, and what they print is what is
// said of it.
func (d *deskPages) Do(ctx context.Context, id digest.ID, w web.Wish) (string, error) {
	d.acting.Lock()
	defer d.acting.Unlock()
	sheet, err := d.Sheet(ctx, id)
	if err != nil {
		return "", err
	}
	if err := d.stale(ctx, sheet, w); err != nil {
		return "", err
	}
	var said strings.Builder
	err = d.does(ctx, d.app.apart(&said), sheet, w)
	if refused, ok := errors.AsType[*exitError](err); ok {
		return "", &web.RefusedError{Reason: inSentences(refused.Error())}
	}
	return inSentences(said.String()), err
}

// apart is the same program that prints elsewhere, and asks nobody.
func (a *app) apart(to *strings.Builder) *app {
	b := &app{
		stdin: strings.NewReader(""), stdout: to, stderr: to, env: a.env, environ: a.environ, now: a.now,
		dns: a.dns, sns: a.sns, bedside: a.bedside, configFile: a.configFile,
	}
	b.log.Store(a.log.Load())
	return b
}

// does has a verb do what somebody wants. What is kept of a verb that keeps nobody's name
// itself is an act of its own.
func (d *deskPages) does(ctx context.Context, a *app, sheet web.Sheet, w web.Wish) error {
	h, id, f := d.house, sheet.Record.ID, actFlags{by: w.By, reason: w.Reason}
	if err := (digest.Act{By: w.By, Reason: w.Reason}).Check(); err != nil {
		return usage(errors.New(strings.TrimPrefix(err.Error(), "--")), "")
	}
	switch w.Kind {
	case web.WishHold:
		return a.hold(ctx, h, id, digest.Hold, f)
	case web.WishRelease:
		return a.release(ctx, h, id, f)
	case web.WishApprove:
		return a.approve(ctx, h, id, w.Version, f)
	}
	if sheet.Fixed {
		return usage(fmt.Errorf("edition %s is put together: nothing of it can be changed", id), "")
	}
	what, err := d.edits(ctx, a, id, w)
	if err != nil {
		return err
	}
	_, _, err = h.publisher.Act(ctx, digest.Act{Edition: id, Kind: digest.Edit, By: w.By, Reason: asReason(what)})
	return err
}

// edits changes what an edition to come prints, and says in a few words what was changed.
func (d *deskPages) edits(ctx context.Context, a *app, id digest.ID, w web.Wish) (what string, err error) {
	h, slot, named := d.house, id.Slot, strings.Join(w.Articles, ", ")
	switch w.Kind {
	case web.WishPin:
		return "pinned " + named, a.pin(ctx, h, slot, w.Articles, pinning{})
	case web.WishUnpin:
		return "unpinned " + named, a.pin(ctx, h, slot, w.Articles, pinning{off: true})
	case web.WishOrder:
		return "put first " + named, a.repin(ctx, h, slot, w.Articles, nil, pinning{})
	case web.WishSpike:
		return "spiked " + named, a.spike(ctx, h, w.Articles)
	case web.WishUnspike:
		return "put back " + named, a.unspike(ctx, h, w.Articles, nil)
	case web.WishWords:
		return "set the subject and the note", a.edit(ctx, h, id, editFlags{words: w.Words, subject: true, note: true})
	}
	return "", usage(fmt.Errorf("there is no act %q", w.Kind), "")
}

// asReason is a reason that is not too long to be kept.
func asReason(what string) string {
	const most = 400
	if len(what) <= most {
		return what
	}
	return strings.ToValidUTF8(what[:most], "") + "…"
}

// stale says what differs from what somebody was shown, as a *web.StaleError. Whoever wants an
// edition held need not have seen what others did.
func (d *deskPages) stale(ctx context.Context, s web.Sheet, w web.Wish) error {
	if !s.Live {
		return &web.StaleError{Differs: []string{"it can't be changed any more"}}
	}
	var differs []string
	if w.Version != s.Hash.String() {
		was, ok, err := d.wasShown(ctx, s.Record.ID, w.Version)
		switch {
		case err != nil:
			return err
		case ok:
			differs = digest.Differences(was, s.Edition)
		}
		if len(differs) == 0 {
			differs = []string{"how it looks, in no word"}
		}
		if !ok {
			differs = []string{fmt.Sprintf("it is version %s, and what you saw is not known any more", s.Hash)}
		}
	}
	if w.Kind != web.WishHold && w.Acts != len(s.Acts) {
		for i, act := range s.Acts {
			if i >= w.Acts {
				differs = append(differs, fmt.Sprintf("%s %s", act.Kind, act.Said()))
			}
		}
		if w.Acts > len(s.Acts) {
			differs = append(differs, "what was done to it")
		}
	}
	if len(differs) == 0 {
		return nil
	}
	return &web.StaleError{Differs: differs}
}

// wasShown gives the edition of a version that a desk page, or a proof, showed.
func (d *deskPages) wasShown(ctx context.Context, id digest.ID, version string) (digest.Edition, bool, error) {
	if e, ok := d.shown.of(version); ok {
		return e, true, nil
	}
	proofs, err := d.house.book.Proofs(ctx, id)
	if err != nil {
		return digest.Edition{}, false, err
	}
	for _, p := range proofs {
		if !p.Hash.Is(version) {
			continue
		}
		switch o, err := d.house.book.Proof(ctx, p.Key); {
		case errors.Is(err, digest.ErrNotFound):
		case err != nil:
			return digest.Edition{}, false, err
		default:
			return o.Edition, true, nil
		}
	}
	return digest.Edition{}, false, nil
}
