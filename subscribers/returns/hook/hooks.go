package hook

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"vesper/subscribers"
	"vesper/subscribers/returns"
)

// Desk is who records events. [returns.Desk] is one.
type Desk interface {
	// Hear records events. When it gives no error they are durable.
	Hear(ctx context.Context, door subscribers.Door, events []returns.Event) (returns.Heard, error)
}

// Webhook is where one provider tells its events.
type Webhook struct {
	// Provider is "ses", "sendgrid", "mailgun", "postmark" or "standard".
	Provider string
	// Secret is the last part of the path.
	Secret string
	// Key is what the provider signs with: see [Webhook.Check]. SES needs none.
	Key string
	// Topic is the one topic of SNS that is heard. Empty is the first one that was confirmed.
	Topic string
}

// Options are what webhooks need of others.
type Options struct {
	Webhooks []Webhook
	Desk     Desk
	// Fetch and Topics are for SES. Roots are the authorities of its certificates; nil are
	// the machine's.
	Fetch  Fetcher
	Topics Topics
	Roots  *x509.CertPool
	Now    func() time.Time
	// Log gets what was refused, and never a secret, a path or an address.
	Log *slog.Logger
}

// Hooks are all webhooks of a list.
type Hooks struct {
	Options
	all  []hook
	room chan struct{}
	told *told

	recording sync.Mutex
}

// hook is one webhook.
type hook struct {
	// name is how it is called in logs.
	name string
	door subscribers.Door
	// path is the SHA-256 of "provider/secret".
	path [sha256.Size]byte
	provider
}

// provider verifies and reads what one provider sends.
type provider interface {
	// read gives the events of a request that the provider sent. The error is a [*refusal],
	// or the fault of a machine that may pass.
	read(ctx context.Context, r request) ([]returns.Event, error)
}

// request is what a provider sent.
type request struct {
	header http.Header
	body   []byte
	now    time.Time
}

// The limits of requests.
const (
	// MaxBody is the longest one, in octets.
	MaxBody = 1 << 20
	// atOnce is how many are worked on at a time, so that other pages keep their places.
	atOnce = 8
	// pace is how long an event takes at least: a thousand are recorded in a second.
	pace = time.Millisecond
	// forBody is how long one may take to come.
	forBody = 10 * time.Second
)

// New gives webhooks. The error says which one can't be used.
func New(o Options) (*Hooks, error) {
	h := &Hooks{Options: o, room: make(chan struct{}, atOnce), told: &told{log: o.Log, now: o.Now}}
	count := map[string]int{}
	for _, w := range o.Webhooks {
		if err := w.Check(); err != nil {
			return nil, fmt.Errorf("webhook %s: %w", w.Provider, err)
		}
		one := hook{
			name: w.Provider, door: subscribers.WebhookDoor(w.Provider),
			path: sha256.Sum256([]byte(w.Provider + "/" + w.Secret)),
		}
		if count[w.Provider]++; count[w.Provider] > 1 {
			one.name = fmt.Sprintf("%s %d", w.Provider, count[w.Provider])
		}
		one.provider = h.providerOf(w, one)
		h.all = append(h.all, one)
	}
	return h, nil
}

func (h *Hooks) providerOf(w Webhook, one hook) provider {
	switch w.Provider {
	case "ses":
		return &ses{
			topic: w.Topic, webhook: one.path, topics: h.Topics, fetch: h.Fetch, told: h.told, name: one.name,
			certificates: &certificates{fetch: h.Fetch, roots: h.Roots, now: h.Now},
		}
	case "sendgrid":
		key, _ := sendGridKey(w.Key)
		return sendGrid{key}
	case "mailgun":
		return &mailgun{key: []byte(w.Key), tokens: tokens{of: map[[sha256.Size]byte]token{}}}
	case "postmark":
		user, password, _ := strings.Cut(w.Key, ":")
		return postmark{user, password}
	}
	key, _ := standardKey(w.Key)
	return standard{key}
}

// Serve answers a request to /hooks/{provider}/{secret}. It says whether it did: without the
// secret there is nothing there.
func (h *Hooks) Serve(w http.ResponseWriter, r *http.Request) bool {
	one := h.at(r.URL.Path)
	if one == nil {
		return false
	}
	w.Header().Set("Cache-Control", "no-store")
	status, text := h.answer(*one, w, r)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	// A provider that has hung up asks again.
	_, _ = io.WriteString(w, text+"\n")
	return true
}

// at finds the webhook of a path in a time that does not tell how near a guess was.
func (h *Hooks) at(path string) *hook {
	rest, ok := strings.CutPrefix(path, "/hooks/")
	if !ok {
		return nil
	}
	asked := sha256.Sum256([]byte(rest))
	var found *hook
	for i := range h.all {
		if subtle.ConstantTimeCompare(asked[:], h.all[i].path[:]) == 1 {
			found = &h.all[i]
		}
	}
	return found
}

// answer works on a request, and gives what to answer.
func (h *Hooks) answer(one hook, w http.ResponseWriter, r *http.Request) (status int, text string) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, "events come by POST"
	}
	select {
	case h.room <- struct{}{}:
		defer func() { <-h.room }()
	default:
		h.told.refused(one.name, "too many requests at once", "")
		return busy(w)
	}
	events, err := h.read(one, w, r)
	var bad *refusal
	switch {
	case errors.As(err, &bad):
		h.told.refused(one.name, bad.why, bad.detail)
		if bad.status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Basic realm="webhook", charset="UTF-8"`)
		}
		return bad.status, bad.why
	case err != nil:
		h.told.failed(one.name, "it can't be verified now", err)
		return busy(w)
	case len(events) == 0:
		return http.StatusOK, "nothing of interest"
	}
	heard, err := h.record(r.Context(), one.door, events)
	if err != nil {
		h.told.failed(one.name, "it can't be stored now", err)
		return busy(w)
	}
	if heard.Strangers > 0 {
		h.told.strangers(one.name, heard.Strangers)
	}
	if again := len(events) - heard.Strangers - heard.New; again > 0 {
		h.told.again(one.name, again)
	}
	h.Log.DebugContext(r.Context(), "a webhook told", "webhook", one.name, "events", len(events), "new", heard.New)
	return http.StatusOK, "recorded"
}

// record has events recorded, even if the provider hangs up: one request at a time and no
// faster than the pace, so that the messages of an edition find the database free.
func (h *Hooks) record(ctx context.Context, door subscribers.Door, events []returns.Event) (returns.Heard, error) {
	h.recording.Lock()
	defer h.recording.Unlock()
	began := time.Now()
	heard, err := h.Desk.Hear(context.WithoutCancel(ctx), door, events)
	time.Sleep(pace*time.Duration(len(events)) - time.Since(began))
	return heard, err
}

func busy(w http.ResponseWriter) (status int, text string) {
	w.Header().Set("Retry-After", "60")
	return http.StatusServiceUnavailable, "try again later"
}

// read reads a request's body and what the provider says in it.
func (h *Hooks) read(one hook, w http.ResponseWriter, r *http.Request) ([]returns.Event, error) {
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, &refusal{http.StatusUnsupportedMediaType, "it is not JSON", ""}
	}
	// Where there is no connection there is no deadline.
	answer := http.NewResponseController(w)
	_ = answer.SetReadDeadline(time.Now().Add(forBody))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	_ = answer.SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &refusal{http.StatusRequestEntityTooLarge, "it is larger than 1 MiB", ""}
	case err != nil:
		return nil, &refusal{http.StatusBadRequest, "it breaks off", ""}
	}
	return one.read(context.WithoutCancel(r.Context()), request{r.Header, body, h.Now()})
}

// isJSON says whether a media type may be JSON's. SNS calls its own text/plain.
func isJSON(kind string) bool {
	if kind == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(kind)
	return err == nil && (kind == "application/json" || kind == "text/plain" || strings.HasSuffix(kind, "+json"))
}
