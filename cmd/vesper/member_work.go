package main

import (
	"context"
	"sync"
	"time"

	"vesper/digest"
)

// refusedBy is what a relay said to this machine, or that none was reached, and until when it is left
// alone for that.
type refusedBy struct {
	why   string
	until time.Time
}

// How long a machine is left alone that a relay refuses, or that reaches none, while others may get
// through.
const (
	refusedRests = 5 * time.Minute
	awayRests    = 30 * time.Second
)

// work works on a chunk.
func (m *member) work(ctx context.Context, c digest.Chunk) (digest.Worked, error) {
	c.Others = m.machines.Load() > 1
	worked, err := m.house.publisher.WorkChunk(ctx, c)
	switch said := worked.Stopped; {
	case said.Class == digest.Account, said.Class == digest.Refused:
		m.refused.Store(&refusedBy{"the relay refuses it: " + said.Reason(), time.Now().Add(refusedRests)})
	case worked.Away.Class != "":
		m.refused.Store(&refusedBy{"it reaches no relay: " + worked.Away.Reason(), time.Now().Add(awayRests)})
	}
	return worked, err
}

// joined is the work on chunks as long as it lasts; nil is none.
type joined struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

func (m *member) join(ctx context.Context) *joined {
	ctx, cancel := context.WithCancel(ctx)
	j := &joined{cancel, make(chan struct{})}
	var signing sync.WaitGroup
	if m.role == "serve" {
		// A send by hand has a service beside it, which signs.
		signing.Go(func() { m.house.publisher.SignFrozen(ctx) })
	}
	go func() {
		defer close(j.ended)
		defer signing.Wait()
		// Where it can't begin, it is begun anew: signing must not keep it from that.
		defer cancel()
		if err := m.house.file.Join(ctx, m.house.crew(m)); err != nil && ctx.Err() == nil {
			m.log.Error("this machine can't do its part of the editions", "err", err)
		}
	}()
	return j
}

// stop has it begin nothing new.
func (j *joined) stop() {
	if j != nil {
		j.cancel()
	}
}

// wait waits until what is in hand has come to its end.
func (j *joined) wait() {
	if j != nil {
		<-j.ended
	}
}

// over says that it has ended.
func (j *joined) over() bool {
	if j == nil {
		return false
	}
	select {
	case <-j.ended:
		return true
	default:
		return false
	}
}
