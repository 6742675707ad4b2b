package subscribers_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vesper/subscribers"
)

// Whatever is said in whatever order: nobody is mailed whom anything stands
// against, each reason is lifted by who may lift it, and the limits of letters
// hold.
func TestWhateverIsSaidTheRulesHold(t *testing.T) {
	// A hundred sequences, as rapid makes them, are too few for the rare ones.
	for range 30 {
		rapid.Check(t, saidInAnyOrder)
	}
}

func saidInAnyOrder(t *rapid.T) {
	ana, err := subscribers.ParseAddress("ana@quay.example")
	if err != nil {
		t.Fatal(err)
	}
	k := &kept{now: now, said: map[string]bool{}}
	k.Address = ana
	t.Repeat(map[string]func(*rapid.T){
		"": k.holds,
		"wait": func(t *rapid.T) {
			k.now = k.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
		},
		"ask":      k.ask,
		"confirm":  k.confirm,
		"leave":    k.leave,
		"suppress": k.suppress,
		"lift":     k.lift,
		"import":   k.imported,
		"remove": func(*rapid.T) {
			k.Subscriber = subscribers.Subscriber{Address: ana, Suppressions: k.Suppressions}
			k.Invited = time.Time{}
		},
	})
}

func (k *kept) leave(t *rapid.T) {
	was := k.Facts
	c := k.Leave(k.now)
	k.write(t, c)
	if was.Status != "" {
		k.open = time.Time{}
		k.atRest(t, "leave", k.Leave(k.now))
	}
	if want := was.Status != "" && (!was.Status.Off() || !slices.Contains(was.Suppressions,
		subscribers.ByReader)); c.Changed != want {
		t.Fatalf("leaving as %s with %q changed something: %v", was.Status, was.Suppressions, c.Changed)
	}
	if off := k.Status.Off(); was.Status != "" && (!off || !slices.Contains(k.Suppressions, subscribers.ByReader)) {
		t.Fatalf("who left is %s with %q", k.Status, k.Suppressions)
	}
}

func (k *kept) suppress(t *rapid.T) {
	was := k.Facts
	reason := rapid.SampledFrom(subscribers.Reasons).Draw(t, "reason")
	c := k.Suppress(reason, k.now)
	k.write(t, c)
	k.open = time.Time{}
	k.atRest(t, "suppress", k.Suppress(reason, k.now))
	isNew := !slices.Contains(was.Suppressions, reason)
	if k.Status == subscribers.Active || k.Status == subscribers.Unconfirmed || isNew && was.Status != "" &&
		k.Status != subscribers.Suppressed {
		t.Fatalf("who was %s and is suppressed for %q is %s", was.Status, reason, k.Status)
	}
	if want := isNew || was.Status != "" && !was.Status.Off(); c.Changed != want {
		t.Fatalf("suppressing as %s with %q changed something: %v", was.Status, was.Suppressions, c.Changed)
	}
	if was.Status.Off() && k.Left != was.Left {
		t.Fatalf("who left at %s has left at %s", was.Left, k.Left)
	}
}

func (k *kept) ask(t *rapid.T) {
	q := subscribers.Asking{At: k.now, From: "192.0.2.1", ByDesk: rapid.Bool().Draw(t, "by the desk")}
	was := k.Facts
	c, refused := k.Ask(q)
	if refused != subscribers.NotRefused {
		return
	}
	if was.Status == subscribers.Active || slices.ContainsFunc(was.Suppressions, subscribers.Liftable) || q.ByDesk &&
		len(was.Suppressions) > 0 {
		t.Fatalf("%s with %q is asked, by the desk: %v", was.Status, was.Suppressions, q.ByDesk)
	}
	if c.After.Status != was.Status && was.Status != "" {
		t.Fatalf("the asking alone made %s of %s", c.After.Status, was.Status)
	}
	k.write(t, c)
	if _, refused := k.Ask(q); refused != subscribers.RefusedLately {
		t.Fatalf("asked twice: %q", refused)
	}
}

func (k *kept) confirm(t *rapid.T) {
	was, open := k.Facts, !k.open.IsZero() && k.now.Sub(k.open) < subscribers.ConfirmWithin
	c, ok := k.Confirm("192.0.2.2", k.now)
	want := !slices.ContainsFunc(was.Suppressions, subscribers.Liftable) &&
		(was.Status == subscribers.Unconfirmed || was.Status.Off() && open)
	if ok != want {
		t.Fatalf("%s with %q and a link that works (%v) may confirm: %v", was.Status, was.Suppressions, open, ok)
	}
	if !ok {
		return
	}
	k.write(t, c)
	k.open = time.Time{}
	if k.Status != subscribers.Active || k.Consent.ConfirmedAt != k.now || open &&
		k.Consent.AskedAt != k.letters[len(k.letters)-1] {
		t.Fatalf("who confirmed is %s, with the proof %+v", k.Status, k.Consent)
	}
	if _, ok := k.Confirm("192.0.2.2", k.now); ok {
		t.Fatal("a link works twice")
	}
}

func (k *kept) lift(t *rapid.T) {
	was := k.Facts
	c := k.Lift()
	k.write(t, c)
	for _, reason := range was.Suppressions {
		if subscribers.Liftable(reason) == slices.Contains(k.Suppressions, reason) {
			t.Fatalf("an admin lifted of %q all but %q", was.Suppressions, k.Suppressions)
		}
	}
	if want := map[bool]subscribers.Status{
		true:  subscribers.Active,
		false: subscribers.Unconfirmed,
	}[!was.Confirmed.IsZero()]; c.Changed &&
		was.Status == subscribers.Suppressed && len(k.Suppressions) == 0 &&
		(k.Status != want || want == subscribers.Unconfirmed &&
			k.Invited.IsZero() == k.Provenance.Lapses()) {
		t.Fatalf("who comes back is %s, invited %s, want %s", k.Status, k.Invited, want)
	}
	k.atRest(t, "lift", k.Lift())
}

func (k *kept) imported(t *rapid.T) {
	row, next := k.row(t), k.row(t)
	if err := row.Check(); err != nil {
		t.Fatal(err)
	}
	was := k.Facts
	effect, then := row.Effect(was.Outline())
	c, did := k.Import(row, k.now)
	k.write(t, c)
	if len(c.Bar) > 0 {
		k.open = time.Time{}
	}
	if c.Void != (len(c.Bar) > 0 && slices.ContainsFunc(was.Confirmations,
		func(c subscribers.Confirmation) bool { return !c.Used })) {
		t.Fatalf("links are void: %v, and %q are new", c.Void, c.Bar)
	}
	if effect != did {
		t.Fatalf("the row was to be %v and was %v", effect, did)
	}
	planned, _ := next.Effect(then)
	if is, _ := next.Effect(k.Outline()); is != planned {
		t.Fatalf("after %+v the plan says %v of %+v, which does %v", row, planned, next, is)
	}
	if again, _ := k.Import(row, k.now); again.Enter || again.Update || again.Void || again.Changed ||
		len(again.Bar)+len(again.Lift) > 0 || again.Skip != "" {
		t.Fatalf("importing the row again changes %+v", again)
	}
	if len(c.Lift) > 0 || len(k.said) > 0 && k.Status == subscribers.Active {
		t.Fatalf("an import brought back who is off for %v", k.said)
	}
}
