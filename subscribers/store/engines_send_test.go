package store

import (
	"fmt"
	"slices"
	"time"

	"vesper/digest"
)

// outcomes of every class, as a deliverer settles them.
func (h *engines) settlement(d digest.Delivery) digest.Settlement {
	later := h.now.Add(time.Duration(1+h.IntN(60)) * time.Minute)
	quoted := one(h, "no such user", "<"+d.Address+">: gone", d.Address+" is unknown, ask postmaster@paper.example")
	said := digest.Outcome{
		Code: 250, Reply: "2.0.0 Ok: queued as 4F" + d.Address[:4], QueueID: "4F", Class: digest.Accepted,
	}
	refused := digest.Outcome{Code: 550, Enhanced: "5.1.1", Reply: quoted, Class: digest.Permanent}
	return one(h,
		digest.Settlement{Step: digest.Sent, At: h.now, Outcome: said},
		digest.Settlement{Step: digest.Sent, At: h.now, Outcome: said},
		accepted(h.now), accepted(h.now),
		digest.Settlement{Step: digest.Failed, At: h.now, Outcome: refused},
		digest.Settlement{Step: digest.Pending, At: h.now, Due: d.Due, Suspect: digest.OfAddress, Outcome: refused},
		digest.Settlement{Step: digest.Pending, At: h.now, Due: d.Due, Suspect: digest.OfMessage, Outcome: digest.Outcome{
			Code: 554, Reply: quoted, Class: digest.Refused,
		}},
		digest.Settlement{Step: digest.Pending, At: h.now, Due: later, Counted: true, Outcome: digest.Outcome{
			Code: 451, Enhanced: "4.7.1", Reply: quoted, Class: digest.Transient,
		}},
		digest.Settlement{Step: digest.Pending, At: h.now, Due: later, Counted: true, Doubted: true, Outcome: digest.Outcome{
			Class: digest.InDoubt, Reply: "the connection ended",
		}},
		digest.Settlement{Step: digest.Unknown, At: h.now, Outcome: digest.Outcome{Class: digest.InDoubt}},
		digest.Settlement{Step: digest.Expired, At: h.now, Outcome: digest.Outcome{Class: digest.Transient, Reply: "late"}},
		digest.Settlement{Step: digest.Pending, At: h.now, Due: d.Due, Outcome: digest.Outcome{Class: digest.Session}},
		digest.Settlement{Step: digest.Pending, At: h.now, Due: d.Due, Suspect: digest.OfConnection, Outcome: digest.Outcome{
			Class: digest.Session,
		}},
		digest.Settlement{Step: digest.Skipped, At: h.now},
	)
}

// queueOf is an edition's ledger, or the outbox.
func queueOf(s *File, number uint32) *queue {
	if number == 0 {
		return s.Outbox().queue
	}
	return s.Ledger(number).queue
}

func (h *engines) owed(number uint32) []digest.Delivery {
	limit := one(h, 1, 3, 5, 100)
	all, _ := both(h, fmt.Sprintf("owed %d", number), func(s *File) ([]digest.Delivery, error) {
		return queueOf(s, number).Owed(h.t.Context(), digest.Whole(), h.now, nil, limit)
	})
	if n := len(all); n > 0 && h.often(20) {
		after := all[n-1]
		both(h, "owedafter", func(s *File) ([]digest.Delivery, error) {
			return queueOf(s, number).Owed(h.t.Context(), digest.Whole(), h.now, &after, 100)
		})
	}
	return all
}

func (h *engines) sends() {
	number := h.anyNumber()
	both(h, fmt.Sprintf("begin %d", number), func(s *File) (digest.Tallied, error) {
		return s.Book().Begin(h.t.Context(), number, h.now)
	})
	h.begins(number)
}

func (h *engines) lettersGo() { h.begins(0) }

// begins has some messages begun that are owed.
func (h *engines) begins(number uint32) {
	for i, d := range h.owed(number) {
		if h.often(10) {
			continue
		}
		d.Connection, d.Ordinal = int64(1+i%3), int64(1+i)
		taken, err := both(h, fmt.Sprintf("intend %d/%d", number, d.Key), func(s *File) (bool, error) {
			return queueOf(s, number).Intend(h.t.Context(), d, h.now, nil)
		})
		if taken && err == nil {
			h.hand = append(h.hand, inHand{number, d})
		}
	}
	if h.often(70) {
		h.outcomes()
	}
}

func (h *engines) outcomes() {
	for range h.IntN(8) {
		if len(h.hand) == 0 {
			return
		}
		i := h.IntN(len(h.hand))
		m := h.hand[i]
		if h.often(92) {
			h.hand = slices.Delete(h.hand, i, i+1)
		}
		s := h.settlement(m.d)
		h.does(fmt.Sprintf("settle %d/%d %s %s", m.number, m.d.Key, s.Step, s.Outcome.Class), func(f *File) error {
			return queueOf(f, m.number).Settle(h.t.Context(), m.d, s)
		})
	}
}

func (h *engines) sweeps() {
	number := h.anyNumber()
	if h.often(25) {
		number = 0
	}
	// Whoever is due in a chunk is known to have left once that is entered.
	both(h, "owed before a sweep", func(s *File) ([]digest.Delivery, error) {
		return queueOf(s, number).Owed(h.t.Context(), digest.Whole(), h.now, nil, 1000)
	})
	s := digest.Sweeping{Range: digest.Whole(), Now: h.now, Hold: h.often(20)}
	if h.often(40) {
		s.TooOld = h.now.Add(-time.Duration(1+h.IntN(24)) * time.Hour)
	}
	both(h, fmt.Sprintf("sweep %d", number), func(f *File) (digest.Swept, error) {
		return queueOf(f, number).Sweep(h.t.Context(), s)
	})
}
