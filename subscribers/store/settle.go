package store

import (
	"context"
	"fmt"

	"vesper/digest"
)

// Settle implements deliver.Ledger. An outcome that comes late is recorded where
// the row is pending again. It is refused with digest.ErrTaken where another
// process attempts the row by now, and where the row is at its end or gone.
func (q *queue) Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error {
	if err := q.settles(d, s); err != nil {
		return err
	}
	said := q.replyOf(d, s)
	n, err := q.write.settleAndWait(ctx, q, d, s, said)
	if err = q.settled(ctx, d, s, said, n, err); err == nil && s.Step == digest.Sent && len(q.edition) > 0 {
		q.goesOn(ctx, s.At)
	}
	return err
}

func (w *writer) settleAndWait(
	ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply,
) (int64, error) {
	r, n := q.settling(ctx, d, s, said)
	err := w.put(r)
	w.hands.end(q.inHand(d.Key))
	if err == nil {
		err = r.wait()
	}
	return *n, err
}

// settles refuses what is no outcome.
func (q *queue) settles(d digest.Delivery, s digest.Settlement) error {
	switch s.Step {
	case digest.Pending, digest.Sent, digest.Failed, digest.Expired, digest.Unknown:
		return nil
	}
	return q.failed("settle", d.Key, fmt.Errorf("an attempt does not end as %q", s.Step))
}

// settling gives the request for an outcome, and where it says how many rows had it.
func (q *queue) settling(ctx context.Context, d digest.Delivery, s digest.Settlement, said reply) (*request, *int64) {
	n := new(int64)
	r := newRequest(ctx, func(ctx context.Context, c conn) (err error) {
		*n, err = q.settle(ctx, c, d, s, said)
		return err
	})
	r.alone = refusesReader(s)
	return r, n
}

// settled gives how an outcome ended that so many rows had.
func (q *queue) settled(
	ctx context.Context, d digest.Delivery, s digest.Settlement, said reply, n int64, err error,
) error {
	if err == nil && n == 0 {
		err = q.refuse(ctx, d, s, said)
	}
	if err != nil {
		return q.failed("settle", d.Key, err)
	}
	return nil
}

// SettleInTurn implements deliver.Ledger.
func (q *queue) SettleInTurn(
	ctx context.Context, d digest.Delivery, s digest.Settlement, durable func(err error),
) {
	err := q.settles(d, s)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		q.write.drops(q, d.Key)
		durable(err)
		return
	}
	q.write.settle(ctx, q, d, s, q.replyOf(d, s), durable)
}

// drops forgets a message that was in hand and gets no outcome from here.
func (w *writer) drops(q *queue, key int64) { w.hands.end(q.inHand(key)) }

func (w *writer) settle(
	ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply, durable func(err error),
) {
	var p *party
	if !refusesReader(s) {
		p = w.enter()
	}
	if p == nil {
		w.settleLater(ctx, q, d, s, said, durable)
		return
	}
	n, err := q.settle(context.Background(), p.conn, d, s, said)
	if err == nil && n == 0 {
		durable = q.refused(ctx, d, s, said, durable)
	}
	w.hands.end(q.inHand(d.Key))
	p.sit(guest{queue: q, key: d.Key, err: err, done: durable})
	if err == nil && n > 0 {
		q.sentOne(ctx, s)
	}
}

// refused gives who hears of an outcome that no row had: why not, or that one has it now.
func (q *queue) refused(
	ctx context.Context, d digest.Delivery, s digest.Settlement, said reply, durable func(err error),
) func(err error) {
	return func(err error) {
		if err != nil {
			durable(err)
			return
		}
		go func() { durable(q.settled(ctx, d, s, said, 0, nil)) }()
	}
}

// settleLater takes a place in the line.
func (w *writer) settleLater(
	ctx context.Context, q *queue, d digest.Delivery, s digest.Settlement, said reply, durable func(err error),
) {
	r, n := q.settling(ctx, d, s, said)
	r.goesOn = true
	err := w.put(r)
	w.hands.end(q.inHand(d.Key))
	go func() {
		if err == nil {
			err = r.wait()
		}
		if err = q.settled(ctx, d, s, said, *n, err); err == nil {
			q.sentOne(ctx, s)
		}
		durable(err)
	}()
}

// sentOne notes beside it that the run of an edition goes on.
func (q *queue) sentOne(ctx context.Context, s digest.Settlement) {
	if s.Step == digest.Sent && len(q.edition) > 0 {
		q.goesOnBeside(ctx, s.At)
	}
}

// settle records an outcome where the row is to have one, and gives how many rows
// that were.
func (q *queue) settle(
	ctx context.Context, c conn, d digest.Delivery, s digest.Settlement, r reply,
) (int64, error) {
	if isPlainlySent(s, r) {
		query, args := q.sending(d, s, r)
		return c.Exec(ctx, query, args...)
	}
	var due any
	text := q.endSQL
	switch {
	case givesBack(d, s):
		due, text = seconds(s.Due), q.giveBackSQL
	case s.Step == digest.Pending:
		due, text = seconds(s.Due), q.settleSQL
	}
	r, err := r.asOf(ctx, c, d.Key)
	if err != nil {
		return 0, err
	}
	n, err := c.Exec(ctx, text, q.with(s.Step, due, asNumber(s.Counted), asNumber(s.Doubted), s.Outcome.Code,
		plain(s.Outcome.Enhanced), r.text, r.queueID, r.quotes, s.At.Unix(), s.Suspect, d.Key, q.owner)...)
	if err == nil && n > 0 && s.Step == digest.Pending && q.status != "" {
		// The reader may have left while the message was on the wire.
		err = q.withdraw(ctx, c, d.Key, s.At)
	}
	if err == nil && n > 0 && refusesReader(s) {
		err = q.reportRefusal(ctx, c, d, s)
	}
	return n, err
}

// sending is the statement for a message that was plainly sent.
func (q *queue) sending(d digest.Delivery, s digest.Settlement, r reply) (query string, args []any) {
	p := q.parameters()
	args = append(p.args[:0], s.Outcome.Code, p.enhanced.of(plain(s.Outcome.Enhanced)), p.reply.of(r.text), r.queueID,
		p.now.of(s.At.Unix()), d.Key, p.owner.of(q.owner))
	return q.sentSQL, append(args, q.edition...)
}

// isPlainlySent says that a settlement is that a message was sent, and nothing more.
func isPlainlySent(s digest.Settlement, r reply) bool {
	return s.Step == digest.Sent && !s.Counted && !s.Doubted && s.Suspect == "" && r.quotes == quotesNobody &&
		r.text == r.clean
}

// givesBack says whether a settlement only gives a row back, since nobody answered
// for its reader. Where another process had the row meanwhile, what that wrote stays.
// That a row has come under suspicion is more.
func givesBack(d digest.Delivery, s digest.Settlement) bool {
	return s.Step == digest.Pending && !s.Counted && !s.Doubted && s.Suspect == d.Suspect
}

// refuse gives digest.ErrTaken for an outcome that settle did not record, unless
// the row has come free meanwhile.
func (q *queue) refuse(ctx context.Context, d digest.Delivery, s digest.Settlement, r reply) error {
	taken := false
	err := q.write.whole(ctx, func(ctx context.Context, c conn) error {
		taken = false
		n, err := q.settle(ctx, c, d, s, r)
		if err != nil || n > 0 {
			return err
		}
		// An erased letter has no outcome any more, and that is nobody's fault.
		erased, err := has(ctx, c, `SELECT 1 FROM `+q.rows()+` WHERE `+q.key+` = $1 AND reply = $2`+q.within(3),
			q.with(d.Key, cutByErasure)...)
		if taken = !erased; err != nil || erased {
			return err
		}
		if givesBack(d, s) {
			owed, err := has(ctx, c, `SELECT 1 FROM `+q.rows()+` WHERE step = 'pending' AND `+q.key+` = $1`+q.within(2),
				q.with(d.Key)...)
			if taken = !owed; err != nil || owed {
				return err
			}
		}
		return q.doubt(ctx, c, d, s, r)
	})
	if q.server != nil && unheard(err) {
		q.server.untold.Store(q.attempt(d, s), true)
	}
	if err == nil && taken {
		err = digest.ErrTaken
	}
	return err
}

// doubt keeps that a message may arrive twice whose outcome is refused: the row has
// at least one doubt then. Whoever took it over has counted that, unless it was to
// hold the row. A row that has this very outcome already was written by an earlier
// try, and is in no doubt.
func (q *queue) doubt(ctx context.Context, c conn, d digest.Delivery, s digest.Settlement, r reply) error {
	if s.Outcome.Class != digest.Accepted && s.Outcome.Class != digest.InDoubt {
		return nil
	}
	n, err := c.Exec(ctx, `UPDATE `+q.rows()+` SET doubts = 1 WHERE `+q.key+` = $1 AND doubts = 0
		AND NOT (step = $2 AND at = $3 AND reply = $4 AND queue_id = $5)`+q.within(6),
		q.with(d.Key, s.Step, s.At.Unix(), r.text, r.queueID)...)
	if err != nil || n == 0 || len(q.edition) == 0 {
		return err
	}
	// The sums of an edition that is not over are NULL, and stay so.
	_, err = c.Exec(ctx, `UPDATE editions SET doubts = doubts + 1 WHERE number = $1`, q.edition...)
	return err
}
