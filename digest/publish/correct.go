package publish

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vesper/digest"
)

// Corrections are the editions that correct others.
type Corrections interface {
	// Sequence gives the opened editions of an edition's day and slot: the first one and its
	// corrections, in that order. Without any it is digest.ErrNotFound.
	Sequence(ctx context.Context, id digest.ID) ([]digest.Record, error)
	// Toward gives how many a correction of them would go to.
	Toward(ctx context.Context, id digest.ID) (digest.Toward, error)
	// OpenCorrection opens a correction and takes over who was not sent the edition that it is
	// of, in one transaction: that one is at its end then, and the act is kept with it. It is
	// digest.ErrRunning while that edition goes on, or anything of it is under way;
	// digest.ErrExists if another correction was faster; and digest.ErrNobody if nobody
	// would get it.
	OpenCorrection(ctx context.Context, o digest.Opening, a digest.Act) (digest.Tallied, error)
}

// Printed is the record of what editions printed.
type Printed interface {
	// Edition gives an opened edition as it was printed, or digest.ErrNotFound.
	Edition(ctx context.Context, id digest.ID) (digest.Edition, error)
}

// Correcting is a correction before it is opened.
type Correcting struct {
	Edition digest.Edition
	// Of is the edition that it corrects: the first of the day, or its last correction.
	Of digest.Record
	// Changed are the headlines of stories that the desk has changed, and Gone of those that
	// it has not any more.
	Changed, Gone []string
	// Reworded says that its subject or its note is another.
	Reworded bool
	Toward   digest.Toward
	// Flaws are the files on the desk that can't be read, and are none of the edition's.
	Flaws []*digest.Flaw
}

// Amends says whether a correction says anything that the edition before did not. Whoever
// runs the command again with the same note tells nobody twice.
func (c Correcting) Amends() bool { return len(c.Changed)+len(c.Gone) > 0 || c.Reworded }

// Readers is how many it would go to now.
func (c Correcting) Readers() int {
	if c.Edition.Correction.Note == "" {
		return c.Toward.Whole
	}
	return c.Toward.Whole + c.Toward.Told
}

// DecideCorrection says what a correction of an edition would print: its own stories, as they
// are on the desk now, without those that are not there any more. A story that is new on the
// desk is for the next edition: who was sent this one would not get it. Kept says of a story
// that is not on the desk that nobody took it off for what it says: that one stays. A story
// whose file can't be read is a [*digest.Flaw].
func (p *Publisher) DecideCorrection(
	ctx context.Context, id digest.ID, words digest.Words, kept func(article string) bool,
) (Correcting, error) {
	var c Correcting
	if err := words.Check(); err != nil {
		return c, err
	}
	slot, err := p.Slot(id.Slot)
	if err != nil {
		return c, err
	}
	all, err := p.Corrections.Sequence(ctx, id)
	if err != nil {
		return c, err
	}
	c.Of = all[len(all)-1]
	if err := c.Of.Correctable(); err != nil && !errors.Is(err, digest.ErrRunning) {
		return c, err
	}
	before, err := p.Corrected.Edition(ctx, c.Of.ID)
	if err != nil {
		return c, err
	}
	c.Edition = before
	e := &c.Edition
	e.ID.Sequence++
	e.Number, e.Articles = 0, nil
	e.Correction = digest.Correction{Note: words.Note, At: p.Now().Truncate(time.Second)}
	first, err := p.Editor.Words(ctx, id.First())
	if err != nil {
		return c, err
	}
	said, err := p.subjectOf(ctx, c.Of)
	if err != nil {
		return c, err
	}
	c.Reworded = words.Subject != "" && words.Subject != said ||
		words.Note != "" && words.Note != before.Correction.Note
	e.Subject, e.Note = cmp.Or(words.Subject, first.Subject), first.Note
	if next := slot.After(id.Date).In(p.Zone); next.After(p.Now()) {
		e.Next = next
	}
	if p.Tomorrows != nil {
		t, wrong := p.Tomorrows.Tomorrow(ctx)
		c.Flaws = append(c.Flaws, wrong...)
		if t.For(id.Date) {
			e.Tomorrow = t
		}
	}
	if err := p.readAgain(ctx, &c, before.Articles, kept); err != nil {
		return c, err
	}
	c.Toward, err = p.Corrections.Toward(ctx, id)
	return c, err
}

// subjectOf gives the subject that readers saw of an opened edition; empty if there is none.
func (p *Publisher) subjectOf(ctx context.Context, r digest.Record) (string, error) {
	messages, err := p.Past.Messages(ctx, r.Number)
	for _, m := range messages {
		if m.Variant == digest.Designed {
			return m.Subject, nil
		}
	}
	return "", err
}

// readAgain fills in the stories as they are on the desk.
func (p *Publisher) readAgain(
	ctx context.Context, c *Correcting, before []digest.Article, kept func(article string) bool,
) error {
	articles, flaws, err := p.Source.Articles(ctx)
	if err != nil {
		return &unreadError{err}
	}
	desk := map[string]digest.Article{}
	for _, a := range articles {
		desk[a.ID] = a
	}
	for _, f := range flaws {
		name := filepath.Base(f.File)
		name = strings.TrimSuffix(name, filepath.Ext(name))
		if slices.ContainsFunc(before, func(a digest.Article) bool { return a.ID == name }) {
			return f
		}
		c.Flaws = append(c.Flaws, f)
	}
	for _, was := range before {
		is, there := desk[was.ID]
		if there && is.FileTime {
			// To mend it must not make a story of another day of it.
			is.Published = was.Published
		}
		switch {
		case !there && kept(was.ID):
			is = was
		case !there, is.Embargo.After(p.Now()):
			c.Gone = append(c.Gone, was.Headline)
			continue
		case !sameStory(was, is):
			c.Changed = append(c.Changed, is.Headline)
		}
		c.Edition.Articles = append(c.Edition.Articles, is)
	}
	return nil
}

// sameStory says whether readers see the same of two articles.
func sameStory(a, b digest.Article) bool {
	for _, x := range []*digest.Article{&a, &b} {
		x.Published, x.Embargo, x.FileTime, x.Loose, x.Feed, x.Label = time.Time{}, time.Time{}, false, nil, "", ""
	}
	// An article is plain text: to marshal it can't fail.
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// OpenCorrection renders a correction and opens it: its point of no return. Nothing of the
// edition that it is of may be under way: see [Publisher.Settle].
func (p *Publisher) OpenCorrection(ctx context.Context, c Correcting, a digest.Act) (digest.Tallied, error) {
	if err := p.mayOpen(ctx); err != nil {
		return digest.Tallied{}, fmt.Errorf("open edition %s: %w", c.Edition.ID, err)
	}
	slot, err := p.Slot(c.Edition.ID.Slot)
	if err != nil {
		return digest.Tallied{}, err
	}
	a.At = p.Now()
	c.Edition.Correction.At = a.At.Truncate(time.Second)
	opening, err := p.render(Decision{Slot: slot, Edition: c.Edition})
	if err != nil {
		return digest.Tallied{}, err
	}
	opening.At = a.At
	for _, article := range c.Edition.Articles {
		opening.Looks = append(opening.Looks, digest.Look{
			ArticleID: article.ID, Verdict: digest.VerdictPrinted,
			Published: article.Time().Truncate(time.Second), Text: digest.TextOf(article),
		})
	}
	t, err := p.Corrections.OpenCorrection(ctx, opening, a)
	if err != nil {
		return t, err
	}
	p.Log.Info("edition corrected", "edition", c.Of.ID, "correction", t.ID, "recipients", t.Tally.Opened,
		"changed", len(c.Changed), "gone", len(c.Gone))
	if of, err := p.Past.Record(context.WithoutCancel(ctx), c.Of.ID); err == nil && of.State == digest.Done &&
		c.Of.State != digest.Done {
		p.unsign(of)
		p.tellDone(context.WithoutCancel(ctx), of)
	}
	return t, nil
}

// Settle waits, for no longer than patience, until nothing of a paused edition is under way,
// and says whether that is so. What a process that is gone left there is taken over, if no
// other process has the lock: that one does it then.
func (p *Publisher) Settle(ctx context.Context, r digest.Record, lock Lock, patience time.Duration) (bool, error) {
	for end := p.Now().Add(patience); ; {
		toward, err := p.Corrections.Toward(ctx, r.ID)
		if err != nil || toward.OnTheWire == 0 {
			return err == nil, err
		}
		right, err := lock()
		_, held := errors.AsType[*digest.HeldError](err)
		switch {
		case err == nil:
			err = errors.Join(p.takeOver(ctx, r), right.Release())
		case held:
			err = nil
		}
		if err != nil || ctx.Err() != nil || !p.Now().Before(end) {
			return false, err
		}
		p.pause(ctx, lookOn, nil)
	}
}
