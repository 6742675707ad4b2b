package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"vesper/subscribers"
	"vesper/templates"
)

// putOff asks whoever signs up to come again, and says when.
func (s *site) putOff(w http.ResponseWriter, r *http.Request, asked application, delay subscribers.Delay) {
	minutes := max(1, int((delay.Wait+time.Minute-1)/time.Minute))
	if delay.Limit == subscribers.InAll && s.alarm.due(s.Now()) {
		s.Log.ErrorContext(r.Context(), "too many sign-ups in an hour: the others are asked to try later; "+
			"networks that had none today may still come, up to sign_ups_new", "limit", delay.Limit)
	}
	s.Log.InfoContext(r.Context(), "a sign-up was limited", "limit", delay.Limit, "minutes", minutes)
	w.Header().Set("Retry-After", strconv.Itoa(minutes*60))
	s.showFormAgain(w, r, asked, problem{
		"later", http.StatusTooManyRequests,
		templates.Say(s.words.Pages.Busy, "minutes", strconv.Itoa(minutes)),
	})
}

// alarm keeps an alarm from being raised more than once an hour.
type alarm struct {
	mu   sync.Mutex
	last time.Time
}

func (a *alarm) due(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.last.IsZero() && now.Sub(a.last) < often {
		return false
	}
	a.last = now
	return true
}
