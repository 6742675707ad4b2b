package store

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"
)

// line is where intents and outcomes of messages stand in front of a server. What comes
// together goes there together, as one transaction in one message. Of one connection's
// messages what comes later is never durable earlier; the others don't wait for it where
// something needs a transaction of its own.
type line struct {
	mu  sync.Mutex
	all []*hot
	// slow are the connections whose messages wait for such a transaction.
	slow   map[int64]bool
	closed bool
	more   *sync.Cond
	ended  chan struct{}
}

// hot is one statement about one row.
type hot struct {
	// connection is that of the message.
	connection int64
	query      string
	args       []any
	// slowly does what the statement can't alone, where it changed no row, or from the
	// beginning where there is none. Tried says that an earlier try may have been made durable
	// although that was not heard of.
	slowly func(tried bool) error
	// done hears how it ended.
	done  func(err error)
	tried bool
}

func (l *line) begin(sv *server) {
	l.more, l.ended, l.slow = sync.NewCond(&l.mu), make(chan struct{}), map[int64]bool{}
	go func() {
		defer close(l.ended)
		for all := l.take(); len(all) > 0; all = l.take() {
			sv.some(all)
		}
	}()
}

// end lets what has come finish.
func (l *line) end() {
	l.mu.Lock()
	l.closed = true
	l.more.Broadcast()
	l.mu.Unlock()
	<-l.ended
}

func (l *line) put(h *hot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		go h.done(errClosed)
		return
	}
	l.all = append(l.all, h)
	l.more.Signal()
}

// take waits for what comes, and gives what may go now. It gives nothing once the line is
// closed and all have gone.
func (l *line) take() []*hot {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if all := l.free(); len(all) > 0 {
			return all
		}
		if l.closed && len(l.all) == 0 && len(l.slow) == 0 {
			return nil
		}
		l.more.Wait()
	}
}

// free takes those out of the line whose connections wait for nothing: as many as go together,
// and no more of a connection after one that needs more than a statement. It is called with mu.
func (l *line) free() (all []*hot) {
	held := map[int64]bool{}
	left := l.all[:0]
	for _, h := range l.all {
		if len(all) == together || l.slow[h.connection] || held[h.connection] {
			left, held[h.connection] = append(left, h), true
			continue
		}
		all = append(all, h)
		held[h.connection] = h.query == ""
	}
	clear(l.all[len(left):])
	l.all = left
	return all
}

// slowDown has a connection's messages wait until it is called for.
func (l *line) slowDown(connection int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slow[connection] = true
}

func (l *line) goOn(connection int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.slow, connection)
	l.more.Broadcast()
}

// some does these: all that need one statement together, and what needs more beside them.
func (sv *server) some(all []*hot) {
	var plain []*hot
	slow := map[int64][]*hot{}
	for _, h := range all {
		if h.query != "" {
			plain = append(plain, h)
		} else {
			slow[h.connection] = append(slow[h.connection], h)
		}
	}
	sv.beside(slow)
	clear(slow)
	if len(plain) == 0 {
		return
	}
	changed := make([]int64, len(plain))
	err := sv.patiently(context.Background(), func() error {
		err := sv.together(plain, changed)
		for _, h := range plain {
			h.tried = h.tried || unheard(err)
		}
		return err
	})
	for i, h := range plain {
		if err == nil && changed[i] > 0 {
			h.done(nil)
			continue
		}
		// Whose fault is it? Each is tried alone.
		h.tried = h.tried || err != nil
		slow[h.connection] = append(slow[h.connection], h)
	}
	sv.beside(slow)
}

// beside does what needs more than a statement beside the line, those of one connection one
// after another.
func (sv *server) beside(slow map[int64][]*hot) {
	for connection, all := range slow {
		sv.line.slowDown(connection)
		go func() {
			defer sv.line.goOn(connection)
			for _, h := range all {
				h.done(sv.alone(h))
			}
		}()
	}
}

// alone does what needs more than a statement.
func (sv *server) alone(h *hot) error {
	return sv.patiently(context.Background(), func() error {
		err := h.slowly(h.tried)
		h.tried = h.tried || unheard(err)
		return err
	})
}

// shortly has a transaction wait for others' rows no longer than a turn.
const shortly = `SELECT set_config('lock_timeout', '` + aTurn + `', true)`

// together sends statements as one transaction. A row that somebody holds ends it, and then keeps only the
// messages of its own connection waiting.
func (sv *server) together(all []*hot, changed []int64) error {
	var b pgx.Batch
	b.Queue(shortly)
	for _, h := range all {
		b.Queue(h.query, asTexts(h.args)...)
	}
	ctx, cancel := sv.within(context.Background(), away)
	defer cancel()
	results := sv.pool.SendBatch(ctx, &b)
	if _, err := results.Exec(); err != nil {
		return errors.Join(err, results.Close())
	}
	for i := range all {
		tag, err := results.Exec()
		if err != nil {
			return errors.Join(err, results.Close())
		}
		changed[i] = tag.RowsAffected()
	}
	if err := results.Close(); err != nil {
		return err
	}
	sv.committed(false, len(all))
	return nil
}
