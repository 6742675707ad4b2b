package relay_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
	"vesper/digest/relay"
)

// book is a ledger in memory, and composes its rows' messages. It takes every
// outcome for what it is.
type book struct {
	name string

	mu    sync.Mutex
	steps map[int64]digest.Step
	due   time.Time
}

func newBook(name string, rows int64) *book {
	b := &book{name: name, steps: map[int64]digest.Step{}, due: time.Now()}
	for key := range rows {
		b.steps[key+1] = digest.Pending
	}
	return b
}

func (b *book) Sweep(context.Context, digest.Sweeping) (digest.Swept, error) {
	if b.count(digest.Pending) == 0 {
		return digest.Swept{}, nil
	}
	return digest.Swept{Next: b.due}, nil
}

func (b *book) Owed(
	_ context.Context, _ digest.Range, _ time.Time, after *digest.Delivery, limit int,
) ([]digest.Delivery, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var owed []digest.Delivery
	for key, step := range b.steps {
		if step == digest.Pending && (after == nil || key > after.Key) {
			owed = append(owed, digest.Delivery{Key: key, Due: b.due, FirstDue: b.due, Lease: 15 * time.Minute})
		}
	}
	slices.SortFunc(owed, func(a, b digest.Delivery) int { return cmp.Compare(a.Key, b.Key) })
	return owed[:min(limit, len(owed))], nil
}

func (b *book) IntendInTurn(
	_ context.Context, d digest.Delivery, _ time.Time, looked func(bool), durable func(error),
) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.steps[d.Key] = digest.Attempting
	looked(true)
	durable(nil)
}

func (b *book) SettleInTurn(
	ctx context.Context, d digest.Delivery, s digest.Settlement, durable func(error),
) {
	durable(b.Settle(ctx, d, s))
}

func (b *book) Settle(_ context.Context, d digest.Delivery, s digest.Settlement) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.steps[d.Key] = s.Step
	return nil
}

func (b *book) Compose(d digest.Delivery) (digest.Envelope, error) {
	to := fmt.Sprintf("%s%d@reader.example", b.name, d.Key)
	return digest.Envelope{From: "bounces@paper.example", To: to, Data: []byte(body)}, nil
}

func (b *book) count(step digest.Step) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.steps {
		if s == step {
			n++
		}
	}
	return n
}

// deliverOver works through a book over a share.
func deliverOver(ctx context.Context, t *testing.T, b *book, share *relay.Share, connections int) {
	d := &deliver.Deliverer{GiveUpAfter: time.Hour, Now: time.Now, Jitter: func() float64 { return 0.5 }}
	report, err := d.Work(ctx, deliver.Run{
		Ledger: b, Composer: b, Relay: share, Range: digest.Whole(), Connections: connections,
		Log: slog.New(slog.DiscardHandler), Row: b.name,
	})
	if err != nil || report.Stopped.Class != "" {
		t.Errorf("%s: got %+v, %v", b.name, report, err)
	}
}

// middle is a relay that is watched while an edition goes over it: when so many
// messages have come, a letter is posted.
type middle struct {
	after int
	post  func()
	// slow is how long each reply takes from then on.
	slow time.Duration

	mu                 sync.Mutex
	messages, atLetter int
	posted, arrived    time.Time
	reply              atomic.Int64
}

func (m *middle) answer(phase, line string) string {
	if phase == "dot" {
		m.dot(line)
	}
	if wait := time.Duration(m.reply.Load()); wait > 0 {
		<-time.After(wait)
	}
	return ""
}

func (m *middle) dot(to string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case strings.HasPrefix(to, "letter"):
		m.arrived, m.atLetter = time.Now(), m.messages-m.after
		m.reply.Store(0)
		return
	case m.messages == m.after-1:
		m.posted = time.Now()
		m.reply.Store(int64(m.slow))
		m.post()
	}
	m.messages++
}

// check says whether the letter came soon enough.
func (m *middle) check(t *testing.T) {
	t.Helper()
	took := m.arrived.Sub(m.posted)
	if m.arrived.IsZero() || m.atLetter > 5 && took > time.Second {
		t.Errorf("the letter came %d messages and %s after it was posted", m.atLetter, took)
	}
	t.Logf("the letter came %d messages and %s after it was posted", m.atLetter, took.Round(time.Millisecond))
}

func TestALetterPostedInTheMiddleOfAnEditionComesAtOnce(t *testing.T) {
	for _, connections := range []int{8, 2, 1} {
		t.Run(fmt.Sprint(connections), func(t *testing.T) {
			t.Parallel()
			edition, outbox := newBook("reader", 500), newBook("letter", 1)
			p := &relay.Pool{}
			var all sync.WaitGroup
			m := &middle{after: 250, slow: 40 * time.Millisecond, post: func() {
				all.Go(func() { deliverOver(t.Context(), t, outbox, p.Letters(), 1) })
			}}
			server := (&scripted{answer: m.answer}).start(t)
			p.Relays = []*relay.Relay{plainTo(server)}
			p.Relays[0].Connections = connections
			deliverOver(t.Context(), t, edition, p.Edition(1), connections)
			all.Wait()
			m.check(t)
			taken := map[string]int{}
			for _, message := range server.taken() {
				taken[message.to]++
			}
			messages, sent := len(server.taken()), edition.count(digest.Sent)
			if len(taken) != 501 || messages != 501 || sent != 500 || outbox.count(digest.Sent) != 1 {
				t.Errorf("%d messages to %d people, want 501; %d of the edition are sent", messages, len(taken), sent)
			}
		})
	}
}

func TestALetterDoesNotWaitForTheRateBehindAnEdition(t *testing.T) {
	t.Parallel()
	edition, outbox := newBook("reader", 500), newBook("letter", 1)
	ctx, stop := context.WithCancel(t.Context())
	p := &relay.Pool{}
	var all sync.WaitGroup
	m := &middle{after: 6, post: func() {
		all.Go(func() {
			deliverOver(t.Context(), t, outbox, p.Letters(), 1)
			stop()
		})
	}}
	server := (&scripted{answer: m.answer}).start(t)
	p.Relays = []*relay.Relay{plainTo(server)}
	p.Relays[0].Connections, p.Relays[0].Rate = 8, 5
	deliverOver(ctx, t, edition, p.Edition(1), 8)
	all.Wait()
	// Its turn is the next message's. One more may be on its way.
	if m.check(t); m.atLetter > 2 {
		t.Errorf("%d messages went before the letter", m.atLetter)
	}
	if sent := len(server.taken()); edition.count(digest.Sent)+1 != sent || edition.count(digest.Attempting) != 0 {
		t.Errorf("%d are sent, %d messages taken", edition.count(digest.Sent), sent)
	}
}
