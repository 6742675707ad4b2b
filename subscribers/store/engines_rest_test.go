package store

import (
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// comesBack is what comes back for a reader, or for an address, perhaps twice.
func (h *engines) comesBack() {
	r := one(h, meanings...)
	reader := h.anyReader()
	h.keys++
	r.Door, r.Kind, r.Key, r.At = subscribers.DoorMail, subscribers.ReportDelivery, fmt.Sprint(h.keys), h.now
	r.State, r.Raw = subscribers.ReportNew, []byte("raw "+reader.Address.String())
	r.Diagnostic = one(h, "550 gone", "<"+reader.Address.String()+">: gone", reader.Address.Mailbox()+" is full")
	r.Proof, r.Subscriber, r.Edition = subscribers.ByReturnPath, reader.ID, h.anyNumber()
	if h.often(25) {
		r.Proof, r.Address, r.Subscriber, r.Edition = subscribers.NotProven, reader.Address.String(), 0, 0
		r.State = subscribers.ReportUnproven
	}
	all := []subscribers.Report{r}
	if h.often(20) {
		other := r
		other.Door = subscribers.WebhookDoor("ses")
		all = append(all, other, r)
	}
	both(h, "record "+string(r.Cause), func(s *File) (int, error) { return s.List().Record(h.t.Context(), all) })
	if h.often(30) {
		both(h, "record again", func(s *File) (int, error) { return s.List().Record(h.t.Context(), all) })
	}
	h.traces(reader)
}

// traces asks whose something is, by what a message has in it.
func (h *engines) traces(reader subscribers.Subscriber) {
	clues := subscribers.Clues{Address: reader.Address.String(), Verified: h.often(30)}
	for _, m := range h.hand {
		if m.number != 0 && h.often(60) {
			clues.MessageIDs = append(clues.MessageIDs, m.d.MessageID)
			clues.Tokens = append(clues.Tokens, m.d.ReturnPath)
		}
	}
	if h.often(50) {
		clues.QueueIDs, clues.Sent = []string{"4F"}, h.now
	}
	both(h, "trace", func(s *File) (subscribers.Found, error) { return s.List().Trace(h.t.Context(), clues) })
}

func (h *engines) weighs() {
	ctx := h.t.Context()
	f := subscribers.ReportFilter{Address: h.anyAddress(), Limit: one(h, 0, 2)}
	if h.often(50) {
		f.Reader, f.States = h.anyReader().ID, one(h, nil, []subscribers.ReportState{subscribers.ReportHeld})
	}
	both(h, "wouldapply", func(s *File) ([]subscribers.Report, error) {
		return s.List().WouldApply(ctx, f, subscribers.DefaultRules, h.now)
	})
	one(h,
		func() {
			all, _ := both(h, "unweighed", func(s *File) ([]subscribers.Report, error) { return s.List().Unweighed(ctx, 0, 50) })
			both(h, "weigh", func(s *File) ([]subscribers.Judgement, error) {
				return s.List().Weigh(ctx, all, subscribers.DefaultRules, h.now)
			})
		},
		func() {
			both(h, "apply", func(s *File) ([]subscribers.Report, error) {
				return s.List().Apply(ctx, f, subscribers.DefaultRules, h.now)
			})
		},
		func() {
			both(h, "discardreports", func(s *File) ([]subscribers.Report, error) { return s.List().Discard(ctx, f, h.now) })
		},
		func() {
			before := h.now.AddDate(0, 0, -2)
			both(h, "forgetraw", func(s *File) (int, error) { return s.List().ForgetRaw(ctx, before) })
		},
	)()
}

// proves keeps a proof of what comes next, and approves one.
func (h *engines) proves() {
	ctx, o := h.t.Context(), opening(h.next)
	id := o.Edition.ID
	o.Messages[0].Subject = one(h, "first", "second")
	kept, _ := both(h, "proofs", func(s *File) ([]digest.KeptProof, error) { return s.Book().Proofs(ctx, id) })
	after := int64(0)
	if n := len(kept); n > 0 {
		after = kept[n-1].Key
		both(h, "proof", func(s *File) (digest.Opening, error) { return s.Book().Proof(ctx, after) })
	}
	letters := []digest.Letter{h.letter(h.anyAddress(), digest.Proof)}
	h.does("prove", func(s *File) error { return s.Book().KeepProof(ctx, o, after, letters, h.now) })
	if h.often(50) {
		act := digest.Act{Edition: id, Kind: digest.Approve, By: "maria", Hash: o.Hash(), At: h.now}
		h.does("act approve", func(s *File) error { _, _, err := s.Book().Act(ctx, act, ""); return err })
	}
	both(h, "contenthash", func(s *File) (digest.ContentHash, error) { return s.Book().ContentHash(ctx, id) })
}

// says is an editor's word on what comes next: its subject and note, and what it begins with.
func (h *engines) says() {
	ctx, id := h.t.Context(), h.id(h.next)
	w := digest.Words{Subject: one(h, "", "Fähre – neu"), Note: one(h, "", "A note.\nOf two lines.")}
	h.does("setwords", func(s *File) error { return s.Book().SetWords(ctx, id, w, h.now) })
	was, _ := both(h, "pins", func(s *File) ([]string, error) { return s.Book().Pins(ctx, "evening") })
	pins := one(h, nil, []string{"ferry-3", "story-1"}, []string{fmt.Sprintf("harbour-%d", h.next)})
	h.does("setpins", func(s *File) error { return s.Book().SetPins(ctx, "evening", was, pins, h.now) })
}

// polls looks at a feed.
func (h *engines) polls() {
	ctx := h.t.Context()
	f := digest.FeedState{
		URL: one(h, "https://post.example/feed", "https://other.example/rss"), Title: "The Post", Format: "RSS 2.0",
		Checked: h.now, Good: h.now, Next: h.now.Add(time.Hour), Failures: h.IntN(3), Error: one(h, "", "500"),
	}
	var stories []digest.Story
	for range h.IntN(4) {
		n := h.IntN(8)
		stories = append(stories, digest.Story{
			Feed: f.URL, GUID: fmt.Sprint(n), URL: fmt.Sprintf("https://post.example/%d", n%6),
			Headline: one(h, "Tides", "Ebbe"),
			Article:  fmt.Sprintf("ferry-%d", n), State: digest.StoryOnDesk, Seen: h.now, Published: h.now.Add(-time.Hour),
			Item: digest.Fingerprint{byte(h.IntN(3))}, File: digest.Fingerprint{2}, Updates: one(h, "", "", "ferry-1"),
		})
		if h.often(10) {
			stories[len(stories)-1].GUID = ""
		}
	}
	h.does("poll", func(s *File) error { return s.Feeds().Record(ctx, f, stories) })
	for _, st := range stories {
		both(h, "known", func(s *File) (digest.Story, error) { return s.Feeds().Known(ctx, st.Feed, st.GUID, st.URL) })
		if st.GUID != "" && h.often(30) {
			st.State, st.Reason, st.Updated = digest.StorySpiked, "an editor took it off the desk", h.now
			h.does("decide", func(s *File) error { return s.Feeds().Decide(ctx, st) })
		}
	}
}

// raises is an alarm and what is told of it.
func (h *engines) raises() {
	ctx, ways := h.t.Context(), []string{"mail", "command"}
	ref := fmt.Sprintf("alarm%d", h.IntN(6))
	a := digest.RaisedAlarm{Alarm: digest.Alarm{
		Kind: one(h, digest.AlarmPaused, digest.AlarmMissed), About: one(h, "evening", ""), Edition: h.anyID().String(),
		Reason: "refused", Hint: "look",
	}, Ref: ref, Began: h.now}
	h.does("alarm "+ref, func(s *File) error { return s.Alarms().Begin(ctx, a, ways) })
	one(h,
		func() { h.does("keep", func(s *File) error { return s.Alarms().Keep(ctx, ref, "still", h.now) }) },
		func() { h.does("end", func(s *File) error { return s.Alarms().End(ctx, ref, ways, h.now) }) },
		func() { h.does("beat", func(s *File) error { return s.Alarms().Beat(ctx, h.id(h.next), h.now) }) },
	)()
	owed, _ := both(h, "alarmwords", func(s *File) ([]digest.AlarmWord, error) { return s.Alarms().Owed(ctx, "mail") })
	for _, w := range owed {
		if h.often(60) {
			h.does("told", func(s *File) error { return s.Alarms().Told(ctx, w) })
			continue
		}
		w.Attempts, w.Due = w.Attempts+1, h.now.Add(time.Minute)
		h.does("telllater", func(s *File) error { return s.Alarms().Later(ctx, w) })
	}
}

// enters is a day without an edition, and what the service runs with.
func (h *engines) enters() {
	ctx := h.t.Context()
	r := digest.Record{
		ID: h.id(h.next), Title: "Evening Edition", Reason: "asleep",
		State: one(h, digest.Missed, digest.Missed, digest.Empty, digest.Held),
	}
	passed := []digest.Look{{
		ArticleID: "story-1", Verdict: digest.VerdictFull, Published: h.now,
		Text: digest.TextOf(digest.Article{Headline: "x"}),
	}}
	h.does("enter", func(s *File) error { return s.Book().Enter(ctx, r, passed, h.now) })
	if h.often(50) {
		h.next++
	}
	times := map[string]string{"evening": one(h, "18:00", "17:30")}
	h.does("started", func(s *File) error { return s.Book().Started(ctx, times, h.now) })
}

// reports writes what is owed on the runs that are over.
func (h *engines) reports() {
	ctx := h.t.Context()
	if n := h.anyNumber(); h.often(30) {
		h.does("owepaused", func(s *File) error { return s.Book().OwePaused(ctx, n, h.now) })
	}
	owed, _ := both(h, "owedreports", func(s *File) ([]digest.OwedReport, error) { return s.Book().OwedReports(ctx) })
	for _, e := range owed {
		back, _ := both(h, "cameback", func(s *File) (digest.CameBack, error) { return s.Book().CameBack(ctx) })
		r := digest.RunReport{ID: e.ID.String(), State: e.State, Reason: e.Reason, EndedAt: e.At, CameBack: back}
		letters := []digest.Letter{h.letter(h.anyAddress(), digest.Report)}
		h.does("keepreport", func(s *File) error { return s.Book().KeepReport(ctx, e.Key, r, letters, h.now) })
	}
}

// posts is a letter that somebody has sent.
func (h *engines) posts() {
	ctx, r := h.t.Context(), h.anyReader()
	l := h.letter(r.Address, one(h, digest.Copy, digest.Report, digest.Welcome))
	l.Subscriber = one(h, 0, r.ID)
	id, err := both(h, "post "+string(l.Kind), func(s *File) (int64, error) { return s.Outbox().Post(ctx, l, h.now) })
	if err != nil {
		return
	}
	both(h, "letter", func(s *File) (digest.PostedLetter, error) { return s.Outbox().Letter(ctx, id) })
	both(h, "compose", func(s *File) ([]byte, error) {
		e, err := s.Outbox().Compose(digest.Delivery{Key: id})
		return e.Data, err
	})
}

// keeps is what else is remembered.
func (h *engines) keeps() {
	ctx, n := h.t.Context(), h.anyNumber()
	pace := digest.RunPace{Messages: 1 + h.IntN(9), Took: time.Duration(1+h.IntN(9)) * time.Second}
	h.does("paced", func(s *File) error { return s.Book().Paced(ctx, n, pace) })
	relays := []digest.RelayState{{Name: one(h, "a.example:25", "b.example:25"), Down: one(h, "", "away"), Seen: h.now}}
	h.does("relays", func(s *File) error { return s.Book().SetRelays(ctx, relays) })
	topic := [32]byte{byte(h.IntN(2))}
	name := one(h, "arn:one", "arn:two")
	both(h, "topic", func(s *File) (string, error) { return s.Topics().Confirm(ctx, topic, name, h.now) })
	number, failed := uint64(h.IntN(4)), one(h, "", "550 refused")
	h.does("testsent", func(s *File) error { return s.Tests().Sent(ctx, number, "a+{token}@post.example", h.now) })
	h.does("testback", func(s *File) error { return s.Tests().CameBack(ctx, number, "mail", failed, h.now) })
	uid := uint32(h.IntN(99))
	h.does("place", func(s *File) error { return s.Mailboxes().KeepPlace(ctx, "in", 7, uid) })
}
