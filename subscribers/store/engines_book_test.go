package store

import (
	"errors"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// inHand is a message that is under way.
type inHand struct {
	number uint32 // 0 is the outbox
	d      digest.Delivery
}

func (h *engines) later(most time.Duration) {
	h.now = h.now.Add(time.Duration(1+h.Int64N(int64(most/time.Second))) * time.Second)
}

// act does one thing that somebody may do.
func (h *engines) act() {
	h.later(20 * time.Minute)
	if h.often(3) {
		h.later(48 * time.Hour)
	}
	list, book := h.listActs(), h.bookActs()
	if h.often(45) {
		list[h.IntN(len(list))]()
		return
	}
	book[h.IntN(len(book))]()
}

// bookActs are all that is done to editions, letters and what comes back.
func (h *engines) bookActs() []func() {
	return []func(){
		h.opens, h.opens, h.sends, h.sends, h.sends, h.sends, h.sends, h.outcomes, h.outcomes, h.outcomes, h.sweeps, h.sweeps,
		h.stops, h.stops, h.corrects, h.resolves, h.comesBack, h.comesBack, h.weighs, h.proves, h.says, h.polls, h.raises,
		h.enters, h.reports, h.posts, h.keeps, h.lettersGo, h.lettersGo,
	}
}

func (h *engines) id(day int) digest.ID { return opening(day).Edition.ID }

// anyNumber draws an edition, or one that is not there.
func (h *engines) anyNumber() uint32 {
	if len(h.numbers) == 0 || h.often(2) {
		return 77
	}
	// The newest ones are those about which something is done.
	n := len(h.numbers)
	return h.numbers[n-1-h.IntN(min(n, 4))]
}

func (h *engines) anyID() digest.ID {
	id := h.id(max(0, h.next-h.IntN(4)))
	if h.often(10) {
		id.Sequence = 2
	}
	return id
}

func (h *engines) opening() digest.Opening {
	o := opening(h.next)
	o.Edition.Title = one(h, "Evening Edition", "Ausgabe – ‚Abend‘")
	o.Until = one(h, 6*time.Hour, 24*time.Hour)
	o.At = h.now
	if h.often(30) {
		o.Due = o.At.Add(3 * time.Hour)
	}
	if h.often(30) {
		o.Waves = map[string]time.Time{"America/New_York": o.At.Add(5 * time.Hour)}
		if !o.Due.IsZero() {
			o.Waves["America/New_York"] = o.Due.Add(5 * time.Hour)
		}
	}
	for i, v := range []digest.Verdict{
		digest.VerdictFull, digest.VerdictOld, digest.VerdictPrinted, digest.VerdictEmbargo,
	} {
		if h.often(40) {
			a := fmt.Sprintf("story-%d", h.IntN(6)*4+i)
			o.Looks = append(o.Looks, digest.Look{
				ArticleID: a, Verdict: v, Published: h.now.Add(-time.Hour), Text: digest.TextOf(digest.Article{Headline: a}),
			})
		}
	}
	o.Signing = one(h, digest.Signing{}, digest.Signing{Domain: "news.example", Selector: "s1"})
	if h.often(70) {
		o.Edition.PaperNumber = uint32(1 + h.next)
	}
	return o
}

func (h *engines) opens() {
	ctx, o := h.t.Context(), h.opening()
	id := o.Edition.ID
	both(h, "count", func(s *File) (int, error) { return s.List().Count(ctx, id) })
	both(h, "domains", func(s *File) ([]subscribers.Domain, error) { return s.List().Domains(ctx, id) })
	both(h, "zones", func(s *File) ([]digest.Zone, error) { return s.List().Zones(ctx, id) })
	words, _ := both(h, "words", func(s *File) (digest.Words, error) { return s.Book().Words(ctx, id) })
	pins, _ := both(h, "pins", func(s *File) ([]string, error) { return s.Book().Pins(ctx, "evening") })
	if h.often(90) {
		o.Kept, o.Pins = words, pins
	}
	r, err := both(h, "open "+id.String(), func(s *File) (digest.Tallied, error) { return s.Book().OpenEdition(ctx, o) })
	switch {
	case err == nil:
		h.numbers = append(h.numbers, r.Number)
		h.next++
	case !errors.Is(err, digest.ErrNobody):
		h.next++
	}
}

// stops is all that stops an edition, and has it go on.
func (h *engines) stops() {
	ctx, n := h.t.Context(), h.anyNumber()
	act := digest.Act{
		Edition: h.anyID(), By: "maria", Reason: one(h, "", "a wrong name"), At: h.now, Until: one(h, 0, time.Hour),
		Kind: one(h, digest.Hold, digest.Release, digest.Halt, digest.Halt, digest.Resume, digest.Resume, digest.Cancel),
	}
	kind := one(h, digest.PausedAccount, digest.PausedMessage, digest.PausedCrashLoop, digest.PausedDesk)
	until := one(h, 0, time.Hour, 30*time.Hour)
	one(h,
		func() {
			both(h, fmt.Sprintf("act %s %s", act.Kind, act.Edition), func(s *File) ([2]digest.Record, error) {
				was, is, err := s.Book().Act(ctx, act, "Evening Edition")
				return [2]digest.Record{was, is}, err
			})
		},
		func() { h.does("pause", func(s *File) error { return s.Book().Pause(ctx, n, kind, "refused", h.now) }) },
		func() { h.does("resume", func(s *File) error { return s.Book().Resume(ctx, n, until, h.now) }) },
		func() { h.does("revive", func(s *File) error { return s.Book().Revive(ctx, n, h.now) }) },
		func() { h.does("close", func(s *File) error { return s.Book().Close(ctx, n, h.now) }) },
		func() { h.does("close", func(s *File) error { return s.Book().Close(ctx, n, h.now) }) },
		func() { h.does("rest", func(s *File) error { return s.Book().Rest(ctx, n, h.now) }) },
		func() { h.does("waits", func(s *File) error { return s.Book().Waits(ctx, n, "the relay is away") }) },
		func() { h.does("hasten", func(s *File) error { return s.Book().Hasten(ctx, n, h.now) }) },
		func() { h.does("discard", func(s *File) error { return s.Book().Discard(ctx, act.Edition) }) },
		func() { h.does("forget", func(s *File) error { return s.Book().Forget(ctx, act.Edition) }) },
		func() {
			both(h, "tooold", func(s *File) (int, error) { return s.Book().TooOld(ctx, n) })
			if h.often(30) {
				both(h, "cancel", func(s *File) (bool, error) { return s.Book().Cancel(ctx, n, h.now) })
			}
		},
	)()
}

func (h *engines) corrects() {
	ctx, id := h.t.Context(), h.anyID().First()
	last, _ := both(h, "sequence", func(s *File) ([]digest.Record, error) { return s.Book().Sequence(ctx, id) })
	both(h, "toward", func(s *File) (digest.Toward, error) { return s.Book().Toward(ctx, id) })
	if len(last) == 0 {
		return
	}
	day := 0
	for h.id(day) != id {
		day++
	}
	o := opening(day)
	o.Edition.ID.Sequence, o.At = len(last)+1, h.now
	note := one(h, "", "The harbour is closed.")
	o.Edition.Correction = digest.Correction{Note: note, At: h.now}
	if note != "" {
		for _, variant := range []string{digest.CorrectionDesigned, digest.CorrectionPlain} {
			o.Messages = append(o.Messages, digest.Message{Variant: variant, Subject: "Correction", Bytes: []byte("x")})
		}
	}
	act := digest.Act{Edition: o.Edition.ID, Kind: digest.Correct, By: "maria", Reason: "a wrong name", At: h.now}
	if h.often(60) {
		halt := digest.Act{Edition: last[len(last)-1].ID, Kind: digest.Halt, By: "maria", At: h.now}
		h.does("act pause", func(s *File) error { _, _, err := s.Book().Act(ctx, halt, ""); return err })
	}
	r, err := both(h, "correct "+o.Edition.ID.String(), func(s *File) (digest.Tallied, error) {
		return s.Book().OpenCorrection(ctx, o, act)
	})
	if err == nil {
		h.numbers = append(h.numbers, r.Number)
	}
}

func (h *engines) resolves() {
	ctx, n, again, until := h.t.Context(), h.anyNumber(), h.often(50), one(h, 0, 3*time.Hour)
	one(h,
		func() {
			both(h, "resolve", func(s *File) (int, error) { return s.Book().Resolve(ctx, n, again, h.now) })
		},
		func() {
			both(h, "suspects", func(s *File) (int, error) { return s.Book().ResolveSuspects(ctx, n, again, until, h.now) })
		},
		func() {
			all, _ := both(h, "refused", func(s *File) (all []int64, err error) {
				err = s.Book().Refused(ctx, n, func(f digest.Failure, active bool) error {
					all = append(all, f.Subscriber)
					return nil
				})
				return all, err
			})
			both(h, "resend", func(s *File) (int, error) { return s.Book().ResendRefused(ctx, n, all, until, h.now) })
		},
	)()
}
