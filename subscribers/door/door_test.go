package door_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/subscribers"
	"vesper/subscribers/door"
	"vesper/subscribers/store"
	"vesper/subscribers/web"
)

// What the door is tied to fits.
var (
	_ web.Door     = (*door.Door)(nil)
	_ door.Readers = (*store.List)(nil)
	_ door.List    = (*store.List)(nil)
	_ door.Desk    = (*store.List)(nil)
	_ door.Inbox   = (*store.List)(nil)
	_ door.Past    = (*store.Book)(nil)
	_ door.Writer  = (*render.Renderer)(nil)
)

var evening = time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC)

// lobby is a door with its store, and what went through it.
type lobby struct {
	*door.Door
	list *store.List
	post *store.Outbox
	// written are the letters that were written, whether or not they were posted.
	written *pen
}

func newLobby(t *testing.T) *lobby {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "vesper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	p, title := render.SpecimenPublication("en")
	l := &lobby{list: s.List(), post: s.Outbox(), written: &pen{Renderer: render.Renderer{Publication: p}}}
	l.Door = &door.Door{
		Readers: l.list, List: l.list, Desk: l.list, Movers: l.list, Inbox: l.list, Log: slog.New(slog.DiscardHandler),
		Limits: subscribers.Limits{Network: 100, Site: 100, Provider: 100, All: 100},
		Now:    func() time.Time { return evening },
		Letters: door.Letters{
			Writer: l.written, Signer: stamp{}, Slot: digest.Slot{Name: "evening", Title: title},
			ReturnPath: "bounces+{token}@courier.example", From: "evening@courier.example",
		},
		Next: func(context.Context) (time.Time, error) { return evening.AddDate(0, 0, 1), nil },
	}
	return l
}

// pen is a renderer that remembers what it wrote, and may be broken.
type pen struct {
	render.Renderer
	to     []render.Recipient
	kinds  []digest.LetterKind
	broken error
}

func (p *pen) wrote(to render.Recipient, l digest.Letter, err error) (digest.Letter, error) {
	p.to, p.kinds = append(p.to, to), append(p.kinds, l.Kind)
	return l, errors.Join(err, p.broken)
}

func (p *pen) Confirmation(to render.Recipient) (digest.Letter, error) {
	l, err := p.Renderer.Confirmation(to)
	return p.wrote(to, l, err)
}

func (p *pen) Welcome(to render.Recipient) (digest.Letter, error) {
	l, err := p.Renderer.Welcome(to)
	return p.wrote(to, l, err)
}

func (p *pen) Goodbye(to render.Recipient) (digest.Letter, error) {
	l, err := p.Renderer.Goodbye(to)
	return p.wrote(to, l, err)
}

// stamp is a signature.
type stamp struct{ broken error }

func (s stamp) Sign(message []byte, at time.Time) ([]byte, error) {
	return []byte("Signed: " + at.Format(time.DateOnly) + "\r\n"), s.broken
}

func address(t *testing.T, s string) subscribers.Address {
	t.Helper()
	a, err := subscribers.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (l *lobby) facts(t *testing.T, a subscribers.Address) subscribers.Facts {
	t.Helper()
	is, err := l.list.Facts(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return is
}

// letters gives the kinds of the letters that were posted to a reader.
func (l *lobby) letters(t *testing.T, subscriber int64) string {
	t.Helper()
	all, err := l.post.LettersTo(t.Context(), subscriber)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, one := range all {
		kinds = append(kinds, string(one.Kind)+" "+string(one.Step))
	}
	return strings.Join(kinds, ", ")
}

func (l *lobby) signUp(t *testing.T, a subscribers.Address, at time.Time) subscribers.Facts {
	t.Helper()
	must(t, l.asks(t.Context(), a, at, "192.0.2.1"))
	return l.facts(t, a)
}

// asks has somebody sign up on the page, and the inbox looked at.
func (l *lobby) asks(ctx context.Context, a subscribers.Address, at time.Time, from string) error {
	_, err := l.SignUp(ctx, subscribers.SignUp{Address: a, At: at, From: from})
	return errors.Join(err, l.Answer(ctx))
}

func TestAReaderComesInByTheLinkOfTheirLetter(t *testing.T) {
	l := newLobby(t)
	ana := address(t, "Ana@Quay.example")
	is := l.signUp(t, ana, evening)
	if l.signUp(t, ana, evening.Add(time.Minute)); len(l.written.to) != 1 {
		t.Fatalf("%d letters are written, want one", len(l.written.to))
	}
	ring, err := l.list.Keyring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	asked := l.written.to[0]
	id, err := ring.Link(asked.Confirm, subscribers.ToConfirm, evening.Add(subscribers.ConfirmWithin-time.Second))
	if id != is.PublicID || err != nil || asked.Address != ana.Mailbox() || asked.Desk {
		t.Fatalf("the letter's link is for %x, %v, want %x; %+v", id, err, is.PublicID, asked)
	}
	later := evening.Add(time.Hour)
	for i := range 2 {
		if changed, err := l.Confirm(t.Context(), id, "192.0.2.2", later); changed != (i == 0) || err != nil {
			t.Fatalf("confirmation %d: %v, %v", i+1, changed, err)
		}
	}
	if changed, err := l.Confirm(t.Context(), id+1, "192.0.2.2", later); changed || err != nil {
		t.Errorf("nobody confirmed: %v, %v", changed, err)
	}
	welcome := l.written.to[1]
	left, leaveErr := ring.Link(welcome.Unsubscribe, subscribers.ToUnsubscribe, later)
	chosen, chooseErr := ring.Link(welcome.Preferences, subscribers.ToPrefer, later)
	if left != id || chosen != id || leaveErr != nil || chooseErr != nil || welcome.Since != later ||
		welcome.Next != evening.AddDate(0, 0, 1) {
		t.Errorf("the welcome is %+v", welcome)
	}
	if is = l.facts(t, ana); is.Status != subscribers.Active ||
		l.letters(t, is.ID) != "confirmation pending, welcome pending" {
		t.Errorf("the reader is %s, with the letters %s", is.Status, l.letters(t, is.ID))
	}
}

func TestALetterThatCannotBeWrittenChangesNothing(t *testing.T) {
	for name, broke := range map[string]func(*lobby, error){
		"writing": func(l *lobby, why error) { l.written.broken = why },
		"signing": func(l *lobby, why error) { l.Letters.Signer = stamp{why} },
	} {
		l := newLobby(t)
		ana, broken := address(t, "ana@quay.example"), errors.New("no template")
		broke(l, broken)
		err := l.asks(t.Context(), ana, evening, "")
		if !errors.Is(err, broken) || strings.Contains(err.Error(), "ana") {
			t.Errorf("%s: got %v, want the reason and no address", name, err)
		}
		if is := l.facts(t, ana); is.ID != 0 || len(is.Confirmations) != 0 {
			t.Errorf("%s: something is left: %+v", name, is)
		}
		broke(l, nil)
		is := l.signUp(t, ana, evening)
		broke(l, broken)
		if changed, err := l.Confirm(t.Context(), is.PublicID, "", evening); changed || !errors.Is(err, broken) {
			t.Errorf("%s: got %v, %v", name, changed, err)
		}
		if _, err := l.list.Confirmations(t.Context(), ana); l.facts(t, ana).Status != subscribers.Unconfirmed ||
			err != nil {
			t.Errorf("%s: the reader is %s (%v)", name, l.facts(t, ana).Status, err)
		}
		broke(l, nil)
		if changed, err := l.Confirm(t.Context(), is.PublicID, "", evening); !changed || err != nil {
			t.Fatal(changed, err)
		}
		broke(l, broken)
		if r, err := l.Remove(t.Context(), ana, true, evening); r.Goodbye || !errors.Is(err, broken) ||
			l.facts(t, ana).Status != subscribers.Active {
			t.Errorf("%s: got %+v, %v", name, r, err)
		}
	}
}
