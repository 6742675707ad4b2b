package hook

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// refusal is why a request is not heard.
type refusal struct {
	// status is that of the answer.
	status int
	// why is said to the provider and in the log, where a line of it comes once a minute. It
	// has nothing of the request in it.
	why string
	// detail is for the log: what else an admin needs.
	detail string
}

func (r *refusal) Error() string { return r.why }

func unreadable(why string) *refusal { return &refusal{http.StatusBadRequest, why, ""} }

func forged(why string) *refusal { return &refusal{http.StatusForbidden, why, ""} }

// skew is how far a request's time may be from ours, either way.
const skew = 5 * time.Minute

// stale refuses a request that was signed too long ago, or is to be yet.
func stale(at, now time.Time, most time.Duration) error {
	switch age := now.Sub(at); {
	case age > most:
		return forged("it is too old")
	case age < -skew:
		return forged("its time is to come: is a clock wrong?")
	}
	return nil
}

// told logs what happens to requests, each sort once a minute, with how often it was.
type told struct {
	log *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	last map[string]time.Time
	more map[string]int
}

// due says whether a line of this sort is due, and how many happened since the last one.
func (t *told) due(sort string, n int) (times int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last == nil {
		t.last, t.more = map[string]time.Time{}, map[string]int{}
	}
	now := t.now()
	last, before := t.last[sort]
	t.more[sort] += n
	if age := now.Sub(last); before && age >= 0 && age < time.Minute {
		return 0, false
	}
	times = t.more[sort]
	t.last[sort], t.more[sort] = now, 0
	return times, true
}

func (t *told) refused(webhook, why, detail string) {
	if times, ok := t.due(webhook+": "+why, 1); ok {
		args := []any{"webhook", webhook, "reason", why, "times", times}
		if detail != "" {
			args = append(args, "detail", detail)
		}
		t.log.Warn("a webhook's request was refused", args...)
	}
}

func (t *told) failed(webhook, why string, err error) {
	if times, ok := t.due(webhook+": "+why, 1); ok {
		t.log.Error("a webhook's request was not taken: the provider will send it again", "webhook", webhook,
			"reason", why, "err", err, "times", times)
	}
}

func (t *told) strangers(webhook string, n int) {
	if times, ok := t.due(webhook+": strangers", n); ok {
		t.log.Info("a webhook told of mail that is not this list's: nothing of it is kept", "webhook", webhook,
			"events", times)
	}
}

func (t *told) again(webhook string, n int) {
	if times, ok := t.due(webhook+": again", n); ok {
		t.log.Info("a webhook told again what is recorded: it changes nothing", "webhook", webhook, "events", times)
	}
}

func (t *told) confirmed(webhook, topic string) {
	t.log.Info("a topic of SNS is confirmed: no other is heard here", "webhook", webhook, "topic", topic)
}
