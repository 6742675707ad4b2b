package render

import (
	"bytes"
	"strings"
	"testing"

	"vesper/digest"
)

// The second way to leave stands behind the link, and in the header alone. What is stored
// has it or has not: a repeat is the same whatever has become of the address.
func TestTheAddressToLeaveByIsDecidedWhenAnEditionIsRendered(t *testing.T) {
	address := "leave+{token}@bounce.courier.example"
	r, e := renderer(t), edition(t, five(t)...)
	r.LeaveBy = func() string { return address }
	c := composer(t, r, e)
	address = ""
	without := composer(t, r, e)
	for _, variant := range []string{digest.Designed, digest.Plain} {
		d := delivery(Reader{Address: "ana@quay.example", Unsubscribe: "AQF1", Preferences: "AQF2"})
		d.Variant, d.Leave = variant, strings.Repeat("a", 42)
		const link = "<https://mail.courier.example/u/AQF1>"
		for c, want := range map[*Composer]string{
			without: link, c: link + ", <mailto:leave+" + d.Leave + "@bounce.courier.example?subject=unsubscribe>",
		} {
			envelope, err := c.Compose(d)
			if err != nil {
				t.Fatal(err)
			}
			if got := open(t, envelope.Data).header.Get("List-Unsubscribe"); got != want {
				t.Errorf("%s: got %s, want %s", variant, got, want)
			}
			if n := bytes.Count(envelope.Data, []byte("leave+")); n > 1 {
				t.Errorf("%s: the address stands in the message %d times", variant, n)
			}
		}
		d.Leave = "a>\r\nBcc: b@c"
		if _, err := c.Compose(d); err == nil {
			t.Error("a token that is none is composed")
		}
	}
	p := r.Proof()
	p.LeaveBy = func() string { return "leave+{token}@bounce.courier.example" }
	messages, err := p.Messages(e)
	if err != nil || bytes.Contains(messages[0].Bytes, []byte("leave+")) {
		t.Errorf("a proof can't be left: %v", err)
	}
}
