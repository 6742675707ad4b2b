package door_test

import (
	"testing"
	"time"

	"vesper/subscribers"
)

// An admin's word changes an active reader's address, to one that is free and may be mailed.
// A look, or a word that is refused, changes nothing and mails nobody.
func TestAnAdminChangesAnAddress(t *testing.T) {
	l := newLobby(t)
	for a, status := range map[string]subscribers.Status{
		"ines@quay.example": subscribers.Active, "taken@quay.example": subscribers.Active,
		"waits@quay.example": subscribers.Unconfirmed,
	} {
		_, _, err := l.list.Add(t.Context(), subscribers.Subscriber{Address: address(t, a), Status: status}, evening)
		must(t, err)
	}
	_, err := l.list.Suppress(t.Context(), address(t, "barred@quay.example"), subscribers.Manual, evening)
	must(t, err)
	const remove = ` | "vesper subscribers remove" takes one of the two off it`
	const onlyActive = `the address of an active reader alone is changed | "vesper subscribers add" adds the other address`
	for i, c := range []struct {
		from, to  string
		atOnce    bool
		would, is string
		moves     bool
	}{
		{"ines@quay.example", "taken@quay.example", true, "taken@quay.example is on the list already" + remove, "", false},
		{"ines@quay.example", "taken@quay.example", false, "taken@quay.example is on the list already" + remove, "", false},
		{"ines@quay.example", "barred@quay.example", true, "barred@quay.example: " + liftIt, "", false},
		{"waits@quay.example", "new@quay.example", true, "waits@quay.example is unconfirmed: " + onlyActive, "", false},
		{"no@quay.example", "new@quay.example", false, "no@quay.example is not on the list: " + onlyActive, "", false},
		{"ines@quay.example", "ines@quay.example", true, "ines@quay.example is so already: nothing to change", "", false},
		{
			"ines@quay.example", "new@quay.example", false,
			"new@quay.example would be asked to confirm the change from ines@quay.example",
			"new@quay.example asked to confirm the change from ines@quay.example", false,
		},
		{
			"ines@quay.example", "new@quay.example", true,
			"ines@quay.example would be changed to new@quay.example",
			"ines@quay.example changed to new@quay.example", true,
		},
	} {
		from := address(t, c.from)
		m := subscribers.Move{
			To: address(t, c.to), By: "maria", AskedAt: evening.Add(time.Duration(i) * time.Minute),
		}
		was, err := l.list.Facts(t.Context(), from)
		must(t, err)
		if got := say(l.WouldReaddress(t.Context(), from, m, c.atOnce)); got != c.would {
			t.Errorf("would: got %s, want %s", got, c.would)
		}
		want := c.would
		if c.is != "" {
			want = c.is
		}
		if got := say(l.Readdress(t.Context(), from, m, c.atOnce)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		is, err := l.list.Facts(t.Context(), m.To)
		must(t, err)
		if moved := was.ID != 0 && is.ID == was.ID && c.from != c.to; moved != c.moves {
			t.Errorf("%s to %s: moved: %v", c.from, c.to, moved)
		}
	}
	// Whose word it was is kept, and the former address can take it back.
	is, err := l.list.Facts(t.Context(), address(t, "new@quay.example"))
	must(t, err)
	all, err := l.list.Moves(t.Context(), is.ID)
	must(t, err)
	last := all[len(all)-1]
	if last.By != "maria" || last.Former.String() != "ines@quay.example" || last.MovedAt.IsZero() {
		t.Errorf("kept is %+v", last)
	}
	back, err := l.list.MoveBack(t.Context(), is.PublicID, last.MovedAt, evening.Add(6*24*time.Hour))
	must(t, err)
	if old, err := l.list.Facts(t.Context(), address(t, "ines@quay.example")); !back || err != nil || old.ID != is.ID {
		t.Errorf("not taken back: %v, %+v, %v", back, old, err)
	}
}
