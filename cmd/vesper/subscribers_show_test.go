package main

import (
	"path/filepath"
	"strings"
	"testing"

	"vesper/digest"
)

// An address of which no row is left is still shown with all that is known of it,
// until it is erased.
func TestWhatIsKnownWithoutARowIsShown(t *testing.T) {
	n := newNewsroom(t, 1)
	a, h := n.house(t, clock())
	_, err := h.outbox.Post(t.Context(), digest.Letter{
		Kind: digest.Proof, Address: "ines@desk.example", Bytes: []byte("To: ines@desk.example\r\n\r\nHello"),
	}, clock()())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"show", "ines@desk.example"}, exitDone, "email        proof, pending"},
		{
			[]string{"show", "ines@desk.example", "-o", "json"},
			exitDone,
			`"letters":[{"kind":"proof","state":"pending"`,
		},
		{[]string{"show", "nobody@desk.example"}, exitUsage, "is not on the list"},
		{[]string{"erase", "ines@desk.example"}, exitDone, "erased"},
		{
			[]string{"show", "ines@desk.example", "-o", "json"},
			exitDone,
			`"letters":[],"suppressions":[{"reason":"unsubscribed"`,
		},
	} {
		code, out, talk := say(t, a, append([]string{"--config", filepath.Join(n.dir, "vesper.toml"), "subscribers"},
			c.args...)...)
		if code != c.code || !strings.Contains(out+talk, c.want) {
			t.Errorf("%v: status %d, %q, %q; want %d and %q", c.args, code, out, talk, c.code, c.want)
		}
	}
}
