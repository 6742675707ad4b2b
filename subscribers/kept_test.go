package subscribers_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"vesper/subscribers"
)

// kept is a reader in a store of one, which does what every store has to do with a
// change.
type kept struct {
	subscribers.Facts
	now time.Time
	// said are the reasons that stand, as the words before say.
	said map[string]bool
	// open is when the last letter went out whose link may bring a reader back.
	open time.Time
	// letters are when every confirmation letter went out, and waiting those of them
	// that nobody has answered.
	letters, waiting []time.Time
}

func (k *kept) write(t *rapid.T, c subscribers.Change) {
	was := k.Facts
	if !c.Enter && !c.Update && (c.After.Status != was.Status || c.After.Reason != was.Reason) {
		t.Fatalf("%s became %s, and the row is not to be written", was.Status, c.After.Status)
	}
	if c.Enter && was.Status != "" || c.Update && was.Status == "" {
		t.Fatalf("enter %v, update %v, of a reader who is %q", c.Enter, c.Update, was.Status)
	}
	if c.Skip != "" && c.After.Status == subscribers.Active {
		t.Fatal("what waits for an active reader is skipped")
	}
	k.Facts = c.After
	if c.Enter {
		k.ID = 7
	}
	if c.Answered {
		k.waiting = nil
	}
	if sent := c.Sent.SentAt; !sent.IsZero() {
		k.spaced(t, sent)
		k.letters, k.waiting, k.open = append(k.letters, sent), append(k.waiting, sent), sent
	}
	for _, reason := range c.Bar {
		k.said[reason] = true
	}
	for _, reason := range c.Lift {
		delete(k.said, reason)
	}
}

// holds looks at what is always so, whatever was said in whatever order.
func (k *kept) holds(t *rapid.T) {
	stands := slices.Equal(k.Suppressions, subscribers.ByGravity(k.Suppressions)) && len(k.Suppressions) == len(k.said)
	for _, reason := range k.Suppressions {
		stands = stands && k.said[reason]
	}
	switch {
	case !stands:
		t.Fatalf("%q stand, and what is stored is %v", k.Suppressions, k.said)
	case k.Status == subscribers.Active && (len(k.said) > 0 || k.Confirmed.IsZero() || !k.Left.IsZero() ||
		!k.Invited.IsZero()):
		t.Fatalf("an active reader with %v, confirmed %s, left %s, invited %s", k.said, k.Confirmed, k.Left, k.Invited)
	case k.Status.Off() && (len(k.said) == 0 || k.Left.IsZero() || k.Reason == "" || !k.Invited.IsZero()):
		t.Fatalf("a reader who is %s with %v, %q, left %s, invited %s", k.Status, k.said, k.Reason, k.Left, k.Invited)
	case k.Status == subscribers.Suppressed && k.Reason != k.Suppressions[0]:
		t.Fatalf("%s is named, and %q stand", k.Reason, k.Suppressions)
	case k.Status == subscribers.Unconfirmed && !k.Left.IsZero():
		t.Fatal("who is unconfirmed has left")
	}
}

// spaced holds a letter to its distance from those before it that nobody answered.
func (k *kept) spaced(t *rapid.T, sent time.Time) {
	const day = 24 * time.Hour
	lately := slices.DeleteFunc(slices.Clone(k.waiting), func(w time.Time) bool { return sent.Sub(w) >= 30*day })
	if n := len(lately); n > 0 && sent.Sub(lately[n-1]) < []time.Duration{day, 3 * day, 7 * day}[min(n, 3)-1] {
		t.Fatalf("a letter at %s after those of %s", sent, lately)
	}
}

// rows gives a row of an import about this address.
func (k *kept) row(t *rapid.T) subscribers.Row {
	row := subscribers.Row{Keep: rapid.Bool().Draw(t, "keep"), Subscriber: subscribers.Subscriber{
		Address: k.Address, Status: rapid.SampledFrom([]subscribers.Status{
			subscribers.Active,
			subscribers.Unconfirmed,
		}).Draw(t, "status"),
	}}
	when := rapid.SampledFrom([]time.Time{{}, k.now.Add(-time.Hour), k.now.AddDate(-1, 0, 0)})
	r := &row.Subscriber
	r.Consent.AskedAt, r.Consent.ConfirmedAt, r.Left = when.Draw(t, "asked"), when.Draw(t, "consented"),
		when.Draw(t, "left")
	if rapid.Bool().Draw(t, "barred") {
		r.Suppressions = rapid.SliceOfN(rapid.SampledFrom(subscribers.Reasons), 1, 3).Draw(t, "reasons")
		r.Status = rapid.SampledFrom([]subscribers.Status{
			subscribers.Unsubscribed, subscribers.Suppressed,
			subscribers.Active,
		}).Draw(t, "off as")
		if r.Status == subscribers.Unsubscribed {
			r.Suppressions = append(r.Suppressions, subscribers.ByReader)
		}
	}
	return row
}

// atRest looks whether a word that is said again changes nothing of the reader.
func (k *kept) atRest(t *rapid.T, what string, c subscribers.Change) {
	if c.Changed || c.Update || c.Enter || c.Void || len(c.Bar)+len(c.Lift) > 0 {
		t.Fatalf("%s twice changes %+v", what, c)
	}
}
