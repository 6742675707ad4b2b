package publish

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"vesper/digest"
	"vesper/digest/render"
)

// Signatures keeps what was signed ahead of an edition's time. Nothing depends on it: what
// is not there is signed when it is sent.
type Signatures interface {
	// Room says, by an error, that there is none for so many signatures of this length.
	Room(size, many int) error
	// Make gives an edition's file to be added to. Its signatures have this length, and a
	// name for what all have in common; what was made under another one is not used.
	Make(number uint32, size int, name [32]byte) (SignatureFile, error)
	// Open gives an edition's file to look in; nil if there is none of that length and name.
	Open(number uint32, size int, name [32]byte) SignatureFile
	// Remove deletes an edition's file, and Keep those of all editions but these.
	Remove(number uint32) error
	Keep(numbers ...uint32) error
}

// SignatureFile has the signatures of an edition, in the order of their keys.
type SignatureFile interface {
	render.Ahead
	// Last is the last key that is in it; 0 if none is.
	Last() int64
	// Add adds what was made for a key, and Flush writes what was added.
	Add(key int64, sum [32]byte, made []byte) error
	Flush() error
	Close() error
}

// signedAtOnce is how many deliveries are read, signed and kept at once.
const signedAtOnce = 512

// signer signs editions ahead of their time.
type signer struct {
	*Publisher
	// over are the editions with which it has nothing more to do.
	over map[uint32]bool
	// kept are the unfinished editions at the last look; nil before the first.
	kept map[uint32]bool
}

// signAhead signs what is frozen, until ctx ends.
func (p *Publisher) signAhead(ctx context.Context) {
	if p.Signatures == nil {
		return
	}
	s := &signer{Publisher: p, over: map[uint32]bool{}}
	rest := lookEvery
	for _, slot := range p.Slots {
		if slot.Freeze > 0 {
			rest = lookForWork
		}
	}
	for ctx.Err() == nil {
		s.look(ctx)
		p.pause(ctx, rest, nil)
	}
}

// look deletes what belongs to no unfinished edition, and signs what is frozen.
func (s *signer) look(ctx context.Context) {
	unfinished, err := s.Book.Unfinished(ctx)
	if err != nil {
		return // who delivers says so
	}
	left := map[uint32]bool{}
	for _, u := range unfinished {
		left[u.Number] = true
	}
	if s.kept == nil || !maps.Equal(s.kept, left) {
		if err := s.Signatures.Keep(slices.Collect(maps.Keys(left))...); err != nil {
			s.Log.Warn("signatures that are not needed any more stay on the disk", "err", err)
		}
		s.kept = left
	}
	for _, u := range unfinished {
		if ctx.Err() != nil || s.over[u.Number] || !u.Frozen(s.Now()) || !u.Ahead() {
			continue
		}
		s.over[u.Number] = true
		if err := s.sign(ctx, u.Record); err != nil && ctx.Err() == nil {
			s.Log.Warn("the edition is not signed ahead: its messages are signed as they are sent", "edition", u.ID,
				"err", err)
			if err := s.Signatures.Remove(u.Number); err != nil {
				s.Log.Warn("signatures that are not needed any more stay on the disk", "err", err)
			}
		}
	}
}

// sign signs an edition's messages, from where it was left, until it is due.
func (s *signer) sign(ctx context.Context, r digest.Record) error {
	messages, err := s.Past.Messages(ctx, r.Number)
	if err != nil {
		return err
	}
	composer, err := s.composer(messages, s.ReturnPath)
	if err != nil {
		return err
	}
	name, size := composer.AheadName(r.DueAt)
	if size == 0 {
		return nil // the relay signs
	}
	t, err := s.Counts.Tallied(ctx, r.ID)
	if err != nil {
		return err
	}
	if err := s.Signatures.Room(size, t.Tally.Owed()); err != nil {
		return err
	}
	file, err := s.Signatures.Make(r.Number, size, name)
	if err != nil {
		return err
	}
	defer file.Close()
	began, all := s.Now(), 0
	ctx, stop := context.WithTimeout(ctx, r.DueAt.Sub(began))
	defer stop()
	after := digest.Delivery{Due: r.DueAt, Key: file.Last()}
	for s.waits(ctx, r) {
		rows, err := s.Ledger(r.Number).Owed(ctx, digest.Whole(), r.DueAt, &after, signedAtOnce)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		n, err := signAll(ctx, composer, file, rows)
		if err != nil {
			return err
		}
		all += n
		after = rows[len(rows)-1]
	}
	s.Log.Info("signed ahead", "edition", r.ID, "messages", all, "duration_seconds", s.Now().Sub(began).Seconds())
	return nil
}

// waits says whether an edition is frozen still: neither sent early nor discarded.
func (s *signer) waits(ctx context.Context, r digest.Record) bool {
	now, err := s.Past.Record(ctx, r.ID)
	return err == nil && now.Number == r.Number && now.DueAt.Equal(r.DueAt) && now.Frozen(s.Now())
}

// madeAhead is what was made for one delivery.
type madeAhead struct {
	sum  [32]byte
	made []byte
	ok   bool
}

// signAll signs some deliveries on all cores, and keeps what could be signed, in their order.
func signAll(ctx context.Context, composer *render.Composer, file SignatureFile, rows []digest.Delivery) (int, error) {
	all := make([]madeAhead, len(rows))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(rows)) {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(rows) {
					return
				}
				all[i] = signOne(composer, rows[i])
				// Whoever reads a page comes first.
				runtime.Gosched()
			}
		})
	}
	workers.Wait()
	n := 0
	for i, one := range all {
		if !one.ok {
			continue
		}
		n++
		if err := file.Add(rows[i].Key, one.sum, one.made); err != nil {
			return n, err
		}
	}
	return n, file.Flush()
}

// signOne signs one delivery. What goes wrong with it is left to who sends it, and is told
// and counted there.
func signOne(composer *render.Composer, d digest.Delivery) (one madeAhead) {
	defer func() {
		if recover() != nil {
			one = madeAhead{}
		}
	}()
	var err error
	if one.sum, one.made, one.ok, err = composer.SignAhead(d); err != nil {
		return madeAhead{}
	}
	return one
}

// signed gives a composer what was signed ahead for an edition, and what closes it.
func (p *Publisher) signed(composer *render.Composer, r digest.Record) (release func()) {
	if p.Signatures == nil || r.DueAt.IsZero() {
		return func() {}
	}
	name, size := composer.AheadName(r.DueAt)
	if size == 0 {
		return func() {}
	}
	file := p.Signatures.Open(r.Number, size, name)
	if file == nil {
		return func() {}
	}
	composer.Ahead = file
	return func() { file.Close() }
}

// unsign deletes what was signed ahead for an edition that is done.
func (p *Publisher) unsign(r digest.Record) {
	if p.Signatures == nil || r.DueAt.IsZero() {
		return
	}
	if err := p.Signatures.Remove(r.Number); err != nil {
		p.Log.Warn("signatures that are not needed any more stay on the disk", "err", err)
	}
}
