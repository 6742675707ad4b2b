package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
	"vesper/templates"
)

var errDown = errors.New("disk I/O error")

// list is a List and a Door that remember what was asked of them.
type list struct {
	readers map[uint64]subscribers.Subscriber
	left    map[uint64]int
	chosen  map[uint64]subscribers.Preferences
	// asked are the addresses that signed up, with where from.
	asked []string
	// forms are what they filled in.
	forms []subscribers.Form
	// counted are the clients for whom they count, and delay what they are told.
	counted   []netip.Addr
	delay     subscribers.Delay
	confirmed map[uint64]string
	returned  int
	moves     []string
	refuses   bool
	ring      subscribers.Keyring
	keysErr   error
	err       error
	// strict says that a context that is over is an error, as with a database.
	strict bool
}

func newList() *list {
	return &list{
		readers: map[uint64]subscribers.Subscriber{reader: {PublicID: reader, Status: subscribers.Active}},
		left:    map[uint64]int{}, chosen: map[uint64]subscribers.Preferences{}, confirmed: map[uint64]string{},
		ring: subscribers.Keyring{1: key, 2: newKey},
	}
}

// mind gives the error of a database whose context is over.
func (l *list) mind(ctx context.Context) error {
	if l.strict {
		return cmp.Or(l.err, ctx.Err())
	}
	return l.err
}

func (l *list) Reader(ctx context.Context, publicID uint64) (subscribers.Subscriber, error) {
	is, ok := l.readers[publicID]
	if !ok {
		return is, cmp.Or(l.err, digest.ErrNotFound)
	}
	is.Preferences = l.chosen[publicID]
	return is, l.mind(ctx)
}

func (l *list) Unsubscribe(ctx context.Context, publicID uint64, at time.Time) (bool, error) {
	if err := l.mind(ctx); err != nil {
		return false, err
	}
	l.left[publicID]++
	if is, ok := l.readers[publicID]; ok && is.Status == subscribers.Active {
		is.Status, is.Left = subscribers.Unsubscribed, at.Truncate(time.Second)
		l.readers[publicID] = is
	}
	return l.left[publicID] == 1, nil
}

func (l *list) SigningKey(context.Context) (subscribers.Key, error) { return newKey, l.keysErr }

func (l *list) Return(_ context.Context, publicID uint64, left, _ time.Time) (bool, error) {
	is, ok := l.readers[publicID]
	if l.err != nil || !ok || is.Status == subscribers.Active || !is.Left.Equal(left) {
		return false, l.err
	}
	is.Status, is.Left = subscribers.Active, time.Time{}
	l.readers[publicID] = is
	l.returned++
	return true, nil
}

func (l *list) Prefer(ctx context.Context, publicID uint64, p subscribers.Preferences) error {
	err := l.mind(ctx)
	if err == nil {
		l.chosen[publicID] = p
	}
	return err
}

func (l *list) AskMove(_ context.Context, publicID uint64, m subscribers.Move) (bool, error) {
	l.moves = append(l.moves, fmt.Sprintf("%x asks for %s at %d", publicID, m.To, m.AskedAt.Unix()))
	return true, l.err
}

func (l *list) Move(_ context.Context, publicID uint64, asked time.Time, _ string, _ time.Time) (bool, error) {
	l.moves = append(l.moves, fmt.Sprintf("%x moves as asked at %d", publicID, asked.Unix()))
	return !l.refuses, l.err
}

func (l *list) MoveBack(_ context.Context, publicID uint64, moved, _ time.Time) (bool, error) {
	l.moves = append(l.moves, fmt.Sprintf("%x moves back as moved at %d", publicID, moved.Unix()))
	return !l.refuses, l.err
}

func (l *list) Keyring(context.Context) (subscribers.Keyring, error) { return l.ring, l.keysErr }

func (l *list) SignUp(ctx context.Context, up subscribers.SignUp) (subscribers.Delay, error) {
	err := l.mind(ctx)
	if err == nil && l.delay.Wait == 0 {
		l.asked = append(l.asked, up.Address.String()+" "+up.From)
		l.counted, l.forms = append(l.counted, up.Client), append(l.forms, up.Form)
	}
	return l.delay, err
}

func (l *list) Confirm(_ context.Context, publicID uint64, from string, _ time.Time) (bool, error) {
	is, ok := l.readers[publicID]
	if l.err != nil || !ok || is.Status == subscribers.Active {
		return false, l.err
	}
	is.Status = subscribers.Active
	l.readers[publicID], l.confirmed[publicID] = is, from
	return true, nil
}

// untouched says whether nothing was asked of the list.
func (l *list) untouched() bool { return len(l.left)+len(l.chosen)+len(l.asked)+len(l.confirmed) == 0 }

// printed has one edition with one article.
type printed struct{ err error }

func (s printed) Archive(_ context.Context, n int) ([]digest.Printed, error) {
	if errors.Is(s.err, digest.ErrNotFound) {
		return nil, nil
	}
	return somePrinted("Evening Edition")[:min(n, 3)], s.err
}

func (s printed) Corrections(context.Context, int) ([]digest.Corrected, error) {
	if errors.Is(s.err, digest.ErrNotFound) {
		return nil, nil
	}
	return someCorrected("Evening Edition"), s.err
}

func (s printed) Headlines(context.Context, digest.ID) ([]digest.Found, error) {
	return someFound("Evening Edition"), s.err
}

func (s printed) Lead(_ context.Context, id digest.ID) (digest.Article, error) {
	return digest.Article{
		ID: "tidal-gates", Headline: "Port Ellery’s Council Rejects the State’s Tidal Gates", Summary: someSummary,
	}, s.err
}

func (s printed) Search(_ context.Context, q digest.Query, _ int) ([]digest.Found, error) {
	var found []digest.Found
	for _, f := range someFound("Evening Edition") {
		if q.Finds(f.Headline) {
			found = append(found, f)
		}
	}
	return found, s.err
}

func (s printed) WebView(_ context.Context, id digest.ID) ([]byte, error) {
	if s.err != nil || id.String() != "2026-11-22-evening" {
		return nil, cmp.Or(s.err, digest.ErrNotFound)
	}
	return []byte("<h1>the edition</h1>"), nil
}

func (s printed) DeepLook(_ context.Context, id digest.ID, articleID string) ([]byte, error) {
	if s.err != nil || id.String() != "2026-11-22-evening" || articleID != "tidal gates/ü" {
		return nil, cmp.Or(s.err, digest.ErrNotFound)
	}
	return []byte("<h1>the article</h1>"), nil
}

const reader = 0xfeedfacecafe

type bench struct {
	*httptest.Server
	list *list
	log  *bytes.Buffer
	// now is the time, which a test may move.
	now *time.Time
}

func serve(t *testing.T, change func(*Pages)) bench {
	t.Helper()
	start := now
	b := bench{list: newList(), log: new(bytes.Buffer), now: &start}
	p := Pages{
		Publication: digest.Publication{
			Name: "Harbour Courier", From: "Harbour Courier <evening@courier.example>",
			ReplyTo: "The Desk <desk@courier.example>", URL: "https://www.courier.example/", Language: "en",
			PostalAddress: "14 Chandlers Row, Port Ellery", BaseURL: "https://mail.courier.example",
		},
		Title: "Evening Edition", Templates: templates.BuiltIn(), List: b.list, Back: b.list, Door: b.list,
		Mover: b.list, Editions: printed{},
		Now: func() time.Time { return *b.now }, Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	if change != nil {
		change(&p)
	}
	b.Server = httptest.NewServer(p.Handler())
	t.Cleanup(b.Close)
	return b
}

// ask sends a request and follows no redirect.
func (b bench) ask(t *testing.T, method, path, kind, body string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	w, err := b.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w, string(answer)
}

func confirmToken() string {
	return key.Link(subscribers.ToConfirm, reader, now.Add(subscribers.ConfirmWithin))
}

// gone is what the page says to one who has left.
const gone = "<h1>You are unsubscribed</h1>"

func preferToken() string { return key.Link(subscribers.ToPrefer, reader, time.Time{}) }

func token() string { return key.Link(subscribers.ToUnsubscribe, reader, time.Time{}) }
