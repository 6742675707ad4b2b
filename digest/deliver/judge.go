package deliver

import (
	"context"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/breaker"
)

// judge asks the breaker for all connections of a run, one after another.
type judge struct {
	mu sync.Mutex
	b  breaker.Breaker
	// lines end with each worker's connection, for those that have one.
	lines map[int]context.Context
	// changes counts the times that who waits should ask again. changed is closed at the
	// next one, nil where nobody waits.
	changes int
	changed chan struct{}
}

func newJudge(run Run, known []digest.Envelope) *judge {
	return &judge{
		b:     breaker.Breaker{Slowly: run.Slowly, Served: run.Served, Messages: run.Messages, Known: known},
		lines: map[int]context.Context{},
	}
}

// tell wakes who waits. The caller holds mu.
func (j *judge) tell() {
	j.changes++
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// since gives what is closed when something has changed after so many changes.
func (j *judge) since(changes int) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if changes != j.changes {
		return over
	}
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return j.changed
}

// over is closed.
var over = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// turn gives what the worker n does next, and how many changes there were by then.
func (j *judge) turn(n int, more bool) (breaker.Turn, int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	t := j.b.Turn(n, more)
	if t.Do == breaker.End || t.Do == breaker.Leave {
		j.tell()
	}
	return t, j.changes
}

// release takes back what turn gave, since there is nothing to begin just now. It wakes
// nobody: the worker asks again, or leaves, and that does.
func (j *judge) release(n int, t breaker.Turn) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.b.Release(n, t)
}

// ahead says whether worker n may begin a row while it has another one in hand.
func (j *judge) ahead(n int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Ahead(n)
}

// behind takes back that it may: there is none.
func (j *judge) behind(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.b.Behind(n)
}

// answer takes what became of an envelope.
func (j *judge) answer(n int, e digest.Envelope, o digest.Outcome, now time.Time) breaker.Judgement {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer j.tell()
	if e.Control != nil {
		return j.b.Controlled(n, o)
	}
	return j.b.Answer(n, e, o, now)
}

// recall tells of suspects that the ledger has.
func (j *judge) recall(rows []digest.Delivery) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, row := range rows {
		if judged(row) {
			j.b.Recall(row)
		}
	}
}

// speaks notes over which connection a worker asks for its turn: line ends with it. That
// it is over is known at once then, and not when the worker has another one, which it may
// have to wait for.
func (j *judge) speaks(n int, line context.Context) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lines[n] == line {
		return
	}
	j.b.Leave(n)
	j.lines[n] = line
	context.AfterFunc(line, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		if j.lines[n] == line {
			j.leaves(n)
		}
	})
}

// leave notes that a worker's connection is over, exit that no other follows it.
func (j *judge) leave(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.leaves(n)
}

// leaves is leave for a caller who holds mu.
func (j *judge) leaves(n int) {
	delete(j.lines, n)
	j.b.Leave(n)
	j.tell()
}

func (j *judge) exit(n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.lines, n)
	j.b.Exit(n)
	j.tell()
}

// suspects says whether anybody is under suspicion.
func (j *judge) suspects() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Suspects() > 0
}

// over gives what is left under suspicion after a pass. Owed says that others are owed
// later.
func (j *judge) over(now time.Time, owed bool) ([]breaker.Suspect, breaker.Judgement) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Over(now, owed)
}

// judged says whether a row is a suspect of the breaker's: a relay refused it for good.
func judged(row digest.Delivery) bool {
	return row.Suspect != "" && row.Suspect != digest.OfConnection
}
