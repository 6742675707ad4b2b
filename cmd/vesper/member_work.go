package main

import (
	"context"
	"time"

	"vesper/digest"
)

// refusedBy is what a relay said to this machine, and when.
type refusedBy struct {
	why digest.Outcome
	at  time.Time
}

// work works on a chunk.
func (m *member) work(ctx context.Context, c digest.Chunk) (digest.Worked, error) {
	worked, err := m.house.publisher.WorkChunk(ctx, c)
	if c := worked.Stopped.Class; c == digest.Account || c == digest.Refused {
		m.refused.Store(&refusedBy{worked.Stopped, time.Now()})
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
	go func() {
		defer close(j.ended)
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
