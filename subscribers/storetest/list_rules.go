package storetest

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// drawID draws a public ID.
func drawID() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return cmp.Or(binary.BigEndian.Uint64(b[:]), 1)
}

// mirror is a reader in a store, and what the rules say that the store has of them.
type mirror struct {
	Store
	is  subscribers.Facts
	now time.Time
	// letters are how many confirmations and welcomes were posted.
	letters int
}

// storesDoWhatTheRulesSay says words for and against one reader at random, and
// compares after each what the store has with what the rules gave.
func storesDoWhatTheRulesSay(t *testing.T, open Open) {
	m := &mirror{Store: open(t, Options{}), now: evening}
	m.is.Address = address(t, "ana@quay.example")
	random := mathrand.New(mathrand.NewPCG(2026, 11))
	said := []func(testing.TB, *mathrand.Rand){
		m.wait, m.wait, m.ask, m.ask, m.ask, m.confirm, m.confirm, m.confirm, m.leave, m.suppress, m.lift, m.lift,
		m.lift,
		m.enrol, m.enrol, m.remove,
	}
	for step := range 1000 {
		said[random.IntN(len(said))](t, random)
		got := facts(t, m.Store, m.is.Address)
		// IDs are the store's, and a row that is new has a new one.
		if m.is.ID == 0 {
			m.is.ID, m.is.PublicID = got.ID, cmp.Or(m.is.PublicID, got.PublicID)
		}
		if diff := gocmp.Diff(m.is, got, byString); diff != "" {
			t.Fatalf("step %d: %s", step, diff)
		}
		if (got.ID == 0) != (got.Status == "") || got.ID != 0 && got.PublicID == 0 {
			t.Fatalf("step %d: a reader with the IDs %d and %d", step, got.ID, got.PublicID)
		}
	}
	if m.letters < 30 {
		t.Errorf("only %d letters were posted: the words are not what they were", m.letters)
	}
}

// wrote has the mirror be what a change says.
func (m *mirror) wrote(c subscribers.Change) { m.is = c.After }

func (m *mirror) wait(_ testing.TB, random *mathrand.Rand) {
	m.now = m.now.Add(time.Duration(1+random.IntN(200)) * time.Hour)
}

func (m *mirror) ask(t testing.TB, random *mathrand.Rand) {
	q := subscribers.Asking{At: m.now, From: "192.0.2.1", ByDesk: random.IntN(2) == 0}
	c, refused := m.is.Ask(q)
	id := cmp.Or(m.is.PublicID, drawID())
	err := m.List.SignUp(t.Context(), m.is.Address, q, id, letterTo(m.is.Address, digest.Confirmation))
	if refused != subscribers.NotRefused {
		if !errors.Is(err, subscribers.ErrMeanwhile) {
			t.Fatalf("who is not to be asked (%s): %v", refused, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.letters++
	c.After.PublicID = id
	m.wrote(c)
}

func (m *mirror) confirm(t testing.TB, _ *mathrand.Rand) {
	c, ok := m.is.Confirm("192.0.2.2", m.now)
	err := m.List.Confirm(t.Context(), m.is.PublicID, "192.0.2.2", letterTo(m.is.Address, digest.Welcome), m.now)
	if !ok {
		if !errors.Is(err, subscribers.ErrMeanwhile) {
			t.Fatalf("who can't confirm: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	m.letters++
	m.wrote(c)
}

func (m *mirror) leave(t testing.TB, _ *mathrand.Rand) {
	c := m.is.Leave(m.now)
	m.told(t, unsubscribe(t, m.Store, m.is.PublicID, m.now), c)
}

func (m *mirror) suppress(t testing.TB, random *mathrand.Rand) {
	reason := subscribers.Reasons[random.IntN(len(subscribers.Reasons))]
	c := m.is.Suppress(reason, m.now)
	m.told(t, suppress(t, m.Store, m.is.Address, reason, m.now), c)
}

func (m *mirror) lift(t testing.TB, _ *mathrand.Rand) {
	c := m.is.Lift()
	changed, err := m.List.Unsuppress(t.Context(), m.is.Address, m.now)
	if stands := len(c.After.Suppressions) > 0; errors.Is(err, subscribers.ErrSuppressed) != stands || err != nil &&
		!stands {
		t.Fatalf("%q stand, and it is %v", c.After.Suppressions, err)
	}
	m.told(t, changed, c)
}

// told wants the store to say of a change what the rules say.
func (m *mirror) told(t testing.TB, changed bool, c subscribers.Change) {
	t.Helper()
	if changed != c.Changed {
		t.Fatalf("it changed something: %v, want %v", changed, c.Changed)
	}
	m.wrote(c)
}

func (m *mirror) enrol(t testing.TB, random *mathrand.Rand) {
	row := subscribers.Row{Subscriber: active(m.is.Address), Keep: random.IntN(2) == 0}
	when := []time.Time{{}, m.now.Add(-time.Hour), m.now.AddDate(-1, 0, 0)}
	r := &row.Subscriber
	r.Consent.AskedAt, r.Consent.ConfirmedAt, r.Left = when[random.IntN(3)], when[random.IntN(3)], when[random.IntN(3)]
	switch random.IntN(6) {
	case 0:
		r.Suppressions = []string{subscribers.Reasons[random.IntN(len(subscribers.Reasons))]}
	case 1:
		r.Status, r.Suppressions = subscribers.Unsubscribed, []string{subscribers.ByReader, subscribers.Manual}
	case 2, 3:
		r.Status = subscribers.Unconfirmed
	}
	c, effect := m.is.Import(row, m.now)
	var want subscribers.Counts
	want.Count(effect)
	planned(t, m.Store, []subscribers.Row{row}, want)
	if got := enrol(t, m.Store, []subscribers.Row{row}, m.now); got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	m.wrote(c)
}

// remove takes the row away, and with it all but what was said of the address.
func (m *mirror) remove(t testing.TB, _ *mathrand.Rand) {
	found, err := m.List.Remove(t.Context(), m.is.Address, nil, m.now)
	if found != (m.is.ID != 0) || err != nil {
		t.Fatalf("removed %v, %v", found, err)
	}
	m.is = subscribers.Facts{
		Subscriber:    subscribers.Subscriber{Address: m.is.Address, Suppressions: slices.Clone(m.is.Suppressions)},
		Confirmations: m.is.Confirmations,
	}
}
