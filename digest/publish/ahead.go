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
	Room(number uint32, size, many int) error
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

// SignFrozen signs what is frozen, until ctx ends. Nobody knows before the hour which chunks a machine will get:
// so each machine that works on chunks signs all, with the lock or without it. One process at a time may, of
// those that keep their signatures in one place.
func (p *Publisher) SignFrozen(ctx context.Context) {
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
		if _, err := s.SignAhead(ctx, u.Record); err != nil && ctx.Err() == nil {
			s.Log.Warn("the edition is not signed ahead: its messages are signed as they are sent", "edition", u.ID,
				"err", err)
			if err := s.Signatures.Remove(u.Number); err != nil {
				s.Log.Warn("signatures that are not needed any more stay on the disk", "err", err)
			}
		}
	}
}

// SignAhead signs a frozen edition's messages, from where it was left, until it is due. It
// gives how many it has signed: none where the relay signs.
func (p *Publisher) SignAhead(ctx context.Context, r digest.Record) (all int, err error) {
	messages, err := p.Past.Messages(ctx, r.Number)
	if err != nil {
		return 0, err
	}
	composer, err := p.composer(messages, p.ReturnPath)
	if err != nil {
		return 0, err
	}
	file, err := p.aheadFile(ctx, composer, r)
	if err != nil || file == nil {
		return 0, err
	}
	defer file.Close()
	began := p.Now()
	ctx, stop := context.WithTimeout(ctx, r.DueAt.Sub(began))
	defer stop()
	after := digest.Delivery{Due: r.DueAt, Key: file.Last()}
	for p.waits(ctx, r) {
		rows, err := p.Ledger(r.Number).Owed(ctx, digest.Whole(), r.DueAt, &after, signedAtOnce)
		if err != nil && ctx.Err() == nil {
			return all, err
		}
		if len(rows) == 0 {
			break
		}
		n, err := signAll(ctx, composer, file, rows)
		if all += n; err != nil {
			return all, err
		}
		after = rows[len(rows)-1]
	}
	p.Log.Info("signed ahead", "edition", r.ID, "messages", all, "duration_seconds", p.Now().Sub(began).Seconds())
	return all, nil
}

// aheadFile gives the file for an edition's signatures, if there is room for them; nil where
// the relay signs.
func (p *Publisher) aheadFile(ctx context.Context, composer *render.Composer, r digest.Record) (SignatureFile, error) {
	name, size := composer.AheadName(r.DueAt)
	if size == 0 {
		return nil, nil
	}
	t, err := p.Counts.Tallied(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := p.Signatures.Room(r.Number, size, t.Tally.Owed()); err != nil {
		return nil, err
	}
	return p.Signatures.Make(r.Number, size, name)
}

// waits says whether an edition is frozen still: neither sent early nor discarded.
func (p *Publisher) waits(ctx context.Context, r digest.Record) bool {
	now, err := p.Past.Record(ctx, r.ID)
	return err == nil && now.Number == r.Number && now.DueAt.Equal(r.DueAt) && now.Frozen(p.Now())
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
