package publish

import (
	"context"
	"log/slog"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

// Outbox is where letters wait, by role.
type Outbox struct {
	Post     Post
	Ledger   deliver.Ledger
	Composer deliver.Composer
}

// lookForLetters is how often the outbox is looked at: a reader who has signed up
// waits for the letter.
const lookForLetters = 500 * time.Millisecond

// ServeLetters mails what is due of the outbox until ctx ends. Only who has the lock
// may call it.
func (p *Publisher) ServeLetters(ctx context.Context) {
	m := &mailer{Publisher: p}
	for ctx.Err() == nil {
		m.look(ctx)
		p.pause(ctx, lookForLetters, nil)
	}
}

// mailUntil mails letters as ServeLetters does until over is closed: then once
// more, for what was posted meanwhile. It does not wait for a relay that can't be
// reached.
func (p *Publisher) mailUntil(ctx context.Context, over <-chan struct{}) {
	m := &mailer{Publisher: p, patience: 2}
	// Who is told to stop has no more letters to begin, however long the edition takes.
	for ctx.Err() == nil {
		select {
		case <-over:
			m.look(ctx)
			return
		default:
			m.look(ctx)
			p.pause(ctx, lookForLetters, over)
		}
	}
}

// restAfterError is how long letters wait when the outbox could not be read: a
// database that is busy is so for a moment.
const restAfterError = 5 * time.Second

// mailer mails letters beside editions.
type mailer struct {
	*Publisher
	patience int
	// rests is until when letters wait, after an error or the relay's refusal.
	rests time.Time
}

// look mails what is due.
func (m *mailer) look(ctx context.Context) {
	if ctx.Err() != nil || m.Now().Before(m.rests) || m.ready(ctx) != nil {
		return
	}
	stopped, err := m.mailDue(ctx, m.patience)
	if err != nil {
		m.Log.Error("can't deliver letters", "err", err)
	}
	switch {
	case stopped.Class != "":
		m.rests = m.Now().Add(firstProbe)
	case err != nil:
		m.rests = m.Now().Add(restAfterError)
	}
}

// mailDue mails what is due of the outbox now. The outcome says why it stopped
// although letters are due, if it did.
func (p *Publisher) mailDue(ctx context.Context, patience int) (digest.Outcome, error) {
	log := p.Log.With("ledger", "letters")
	defer p.reach.mailing(time.Time{})
	report, err := p.Deliverer.Work(ctx, deliver.Run{
		Ledger: p.Outbox.Ledger, Relay: tried{p.Letters, p.reach.mailing}, Composer: p.Outbox.Composer,
		Range: digest.Whole(), Connections: 1, Patience: patience, Log: log, Row: "letter", Known: p.taken, Waits: p.Tried,
		Until: max(aDay, p.Deliverer.GiveUpAfter),
	})
	if report.Stopped.Class == digest.Account {
		p.Tried(report.Stopped)
	}
	p.tellRecovered(log, report)
	p.tellDoubted(log, report)
	if report.TooOld > 0 {
		log.Error("letters were not sent: they were too old", "letters", report.TooOld)
	}
	return report.Stopped, err
}

// tellRecovered logs what a process that is gone left under way in a ledger.
func (p *Publisher) tellRecovered(log *slog.Logger, report deliver.Report) {
	if report.Recovered > 0 {
		log.Warn("an earlier process ended while it was sending: these messages may have arrived",
			"messages", report.Recovered, "hold", p.Deliverer.Hold)
	}
}
