package main

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vesper/digest"
	"vesper/digest/deliver"
)

// looseLedger reads the ledger, and keeps what was sent in memory: so it is seen what the
// ledger costs. It is for the bench alone, since a crash would send everything twice.
type looseLedger struct {
	deliver.Ledger
	// over is called once, when everything is sent and before the real ledger is told.
	over func()

	mu   sync.Mutex
	sent []looseOutcome
}

type looseOutcome struct {
	row    digest.Delivery
	result digest.Settlement
}

// Sweep tells the real ledger first what was sent.
func (l *looseLedger) Sweep(ctx context.Context, s digest.Sweeping) (digest.Swept, error) {
	l.mu.Lock()
	sent := l.sent
	l.sent = nil
	l.mu.Unlock()
	if len(sent) > 0 {
		l.over()
	}
	var telling errgroup.Group
	telling.SetLimit(64)
	for _, o := range sent {
		telling.Go(func() error { return l.tell(ctx, o.row, o.result) })
	}
	if err := telling.Wait(); err != nil {
		return digest.Swept{}, err
	}
	return l.Ledger.Sweep(ctx, s)
}

// IntendInTurn lets everything be sent.
func (l *looseLedger) IntendInTurn(
	_ context.Context, _ digest.Delivery, _ time.Time, looked func(bool), durable func(error),
) {
	looked(true)
	durable(nil)
}

// Settle keeps what was sent. Anything else is for the real ledger.
func (l *looseLedger) Settle(ctx context.Context, d digest.Delivery, s digest.Settlement) error {
	if s.Step != digest.Sent {
		return l.tell(ctx, d, s)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, looseOutcome{d, s})
	return nil
}

// SettleInTurn is Settle.
func (l *looseLedger) SettleInTurn(
	ctx context.Context, d digest.Delivery, s digest.Settlement, durable func(error),
) {
	durable(l.Settle(ctx, d, s))
}

// tell has the real ledger record the intent and the outcome.
func (l *looseLedger) tell(ctx context.Context, d digest.Delivery, s digest.Settlement) error {
	intended := make(chan error, 1)
	l.Ledger.IntendInTurn(ctx, d, s.At, func(bool) {}, func(err error) { intended <- err })
	if err := <-intended; err != nil {
		return err
	}
	return l.Ledger.Settle(ctx, d, s)
}
