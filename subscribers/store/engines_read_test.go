package store

import (
	"context"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// agree compares all that can be read.
func (h *engines) agree() {
	h.t.Helper()
	h.tables()
	h.readList(h.t.Context())
	h.readBook(h.t.Context())
	h.readRest(h.t.Context())
}

// readList compares what the list has.
func (h *engines) readList(ctx context.Context) {
	both(h, "subscribers", func(s *File) (all []subscribers.Subscriber, err error) {
		for one, err := range s.List().Subscribers(ctx) {
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
		return all, nil
	})
	for _, r := range h.everybody() {
		a := r.Address
		both(h, "facts "+a.String(), func(s *File) (subscribers.Facts, error) { return s.List().Facts(ctx, a) })
		both(h, "quotes", func(s *File) (digest.Quotes, error) { return s.List().Quotes(ctx, a, r.ID) })
		both(h, "confirmations", func(s *File) ([]subscribers.Confirmation, error) { return s.List().Confirmations(ctx, a) })
		both(h, "suppressions", func(s *File) ([]subscribers.Suppression, error) { return s.List().Suppressions(ctx, a) })
		both(h, "moves", func(s *File) ([]subscribers.Move, error) { return s.List().Moves(ctx, r.ID) })
		both(h, "receipts", func(s *File) ([]digest.Receipt, error) { return s.Book().Receipts(ctx, r.ID) })
		both(h, "letters", func(s *File) ([]digest.PostedLetter, error) { return s.Outbox().LettersTo(ctx, r.ID) })
	}
	both(h, "status", func(s *File) (map[subscribers.Status]int, error) { return s.List().CountByStatus(ctx) })
	both(h, "reason", func(s *File) (map[string]int, error) { return s.List().CountByReason(ctx) })
	for _, zone := range []string{"UTC", "America/New_York"} {
		in, err := time.LoadLocation(zone)
		if err != nil {
			h.t.Fatal(err)
		}
		both(h, "numbers", func(s *File) (subscribers.Numbers, error) { return s.List().Numbers(ctx, in) })
	}
	moments := []time.Time{h.now.AddDate(0, 0, -20), h.now.AddDate(0, 0, -2), h.now}
	both(h, "active", func(s *File) ([]int, error) { return s.List().ActiveAt(ctx, moments) })
	both(h, "departures", func(s *File) ([]subscribers.Departure, error) { return s.List().Departures(ctx, 0, 1000) })
	both(h, "keys", func(s *File) (subscribers.Keyring, error) { return s.List().Keyring(ctx) })
	both(h, "waiting", func(s *File) ([]subscribers.SignUp, error) { return s.List().Waiting(ctx, 0, 100) })
}

// readBook compares what the editions are.
func (h *engines) readBook(ctx context.Context) {
	both(h, "tallies", func(s *File) ([]digest.Tallied, error) { return s.Book().Tallies(ctx) })
	both(h, "records", func(s *File) ([]digest.Record, error) { return s.Book().Records(ctx) })
	both(h, "unfinished", func(s *File) ([]digest.Unfinished, error) { return s.Book().Unfinished(ctx) })
	for _, n := range h.numbers {
		faults, err := both(h, "verify", func(s *File) ([]string, error) { return s.Book().Verify(ctx, n) })
		if err == nil && len(faults) > 0 {
			h.fatal("edition %d: %v", n, faults)
		}
		both(h, "failures", func(s *File) ([]digest.Failure, error) { return s.Book().Failures(ctx, n, 50) })
		both(h, "bydomain", func(s *File) ([]digest.DomainTally, error) { return s.Book().ByDomain(ctx, n) })
		both(h, "waves", func(s *File) ([]digest.Wave, error) { return s.Book().Waves(ctx, n) })
		both(h, "suspects", func(s *File) (int, error) { return s.Book().Suspects(ctx, n) })
		both(h, "messages", func(s *File) ([]digest.Message, error) { return s.Book().Messages(ctx, n) })
		both(h, "articles", func(s *File) ([]digest.Article, error) { return s.Book().PrintedArticles(ctx, n) })
		both(h, "leftout", func(s *File) (map[string]int, error) { return s.Book().LeftOut(ctx, n) })
		both(h, "sums", func(s *File) (subscribers.ReportSums, error) { return s.List().ReportSums(ctx, n) })
		both(h, "paceof", func(s *File) (digest.RunPace, error) { return s.Book().PaceOf(ctx, n) })
		both(h, "copy", func(s *File) (digest.Delivery, error) {
			return s.Book().CopyFor(ctx, n, int64(1+len(h.said)%20), h.now)
		})
		both(h, "notsent", func(s *File) (all []digest.NotSent, err error) {
			err = s.Book().NotSent(ctx, n, func(one digest.NotSent) error { all = append(all, one); return nil })
			return all, err
		})
	}
	for day := range h.next + 1 {
		id := h.id(day)
		both(h, "edition", func(s *File) (digest.Edition, error) { return s.Book().Edition(ctx, id) })
		both(h, "acts", func(s *File) ([]digest.Act, error) { return s.Book().Acts(ctx, id) })
		both(h, "webview", func(s *File) ([]byte, error) { return s.Book().WebView(ctx, id) })
		both(h, "headlines", func(s *File) ([]digest.Found, error) { return s.Book().Headlines(ctx, id) })
		both(h, "corrections", func(s *File) ([]digest.Corrected, error) { return s.Book().CorrectionsOf(ctx, id) })
		both(h, "kept", func(s *File) ([]digest.KeptProof, error) { return s.Book().Proofs(ctx, id) })
		both(h, "runreport", func(s *File) ([]digest.RunReport, error) { return s.Book().RunReport(ctx, id) })
	}
	both(h, "history", func(s *File) (digest.History, error) { return s.Book().History(ctx, "evening", h.now) })
	both(h, "latest", func(s *File) (time.Time, error) { return s.Book().Latest(ctx) })
	both(h, "printed", func(s *File) (map[string]digest.ID, error) { return s.Book().Printed(ctx) })
	both(h, "looked", func(s *File) (map[string]digest.Look, error) { return s.Book().Looked(ctx, "evening") })
	both(h, "archive", func(s *File) ([]digest.Printed, error) { return s.Book().Archive(ctx, 20) })
	both(h, "search", func(s *File) ([]digest.Found, error) {
		return s.Book().Search(ctx, digest.ParseQuery("FERRY winter"), 9)
	})
	both(h, "taken", func(s *File) ([]digest.Delivery, error) { return s.Book().Taken(ctx, 20) })
}

// readRest compares what else there is.
func (h *engines) readRest(ctx context.Context) {
	both(h, "allreports", func(s *File) ([]subscribers.Report, error) {
		return s.List().Reports(ctx, subscribers.ReportFilter{})
	})
	both(h, "caution", func(s *File) (string, error) { return s.List().Caution(ctx) })
	both(h, "on", func(s *File) ([]digest.RaisedAlarm, error) { return s.Alarms().On(ctx) })
	both(h, "beaten", func(s *File) (time.Time, error) { return s.Alarms().Beaten(ctx, "evening") })
	both(h, "stories", func(s *File) (map[string]digest.Story, error) { return s.Feeds().Stories(ctx) })
	both(h, "updates", func(s *File) ([]digest.Story, error) { return s.Feeds().Updates(ctx, "ferry-1") })
	both(h, "printedas", func(s *File) ([]digest.Article, error) { return s.Feeds().PrintedAs(ctx, "ferry-1") })
	both(h, "feed", func(s *File) (digest.FeedState, error) { return s.Feeds().Feed(ctx, "https://post.example/feed") })
	both(h, "runreports", func(s *File) ([]digest.RunReport, error) { return s.Book().RunReports(ctx, 5) })
	both(h, "lettersafter", func(s *File) ([]digest.PostedLetter, error) { return s.Outbox().LettersAfter(ctx, 0) })
	both(h, "pace", func(s *File) (digest.RunPace, error) { return s.Book().Pace(ctx) })
	both(h, "relaystates", func(s *File) ([]digest.RelayState, error) { return s.Book().Relays(ctx) })
	both(h, "lasttest", func(s *File) (subscribers.Test, error) {
		return s.Tests().Last(ctx, "a+{token}@post.example", h.now)
	})
	both(h, "placeof", func(s *File) (uint32, error) { return s.Mailboxes().Place(ctx, "in", 7) })
	both(h, "newest", func(s *File) (digest.Record, error) {
		r, _, err := s.Book().NewestOf(ctx, "evening", h.now)
		return r, err
	})
}
