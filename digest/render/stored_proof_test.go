package render

import (
	"strings"
	"testing"

	"vesper/digest"
	"vesper/digest/whole"
)

// TestAStoredMessageIsMarkedAsAProof: its subject says so in each script, nobody can leave by
// it, and what readers got is below as it was.
func TestAStoredMessageIsMarkedAsAProof(t *testing.T) {
	whole.NotRaced(t)
	for _, s := range specimenSets {
		r, e, err := specimenEdition(nil, s)
		if err != nil || s.proof {
			continue
		}
		messages, err := r.Messages(e)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range messages {
			before := m
			if messages[i], err = r.StoredProof(m); err != nil {
				t.Fatal(err)
			}
			_, was, _ := strings.Cut(string(before.Bytes), "\r\n\r\n")
			if _, is, _ := strings.Cut(string(messages[i].Bytes), "\r\n\r\n"); is != was {
				t.Errorf("%s: the body is another", s.name)
			}
		}
		c, err := NewComposer(messages, "evening@courier.example")
		if err != nil {
			t.Fatal(err)
		}
		d := delivery(specimenReader(e.Window.To))
		d.Variant = digest.Designed
		envelope, err := c.Compose(d)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, envelope.Data)
		head, _, _ := strings.Cut(string(envelope.Data), "\r\n\r\n")
		for _, field := range []string{"\nList-", "\nFeedback-ID", "\nPrecedence"} {
			if strings.Contains(head, field) {
				t.Errorf("%s has %q", s.name, field)
			}
		}
		if want := r.Proof().subject(e); s.language == "" && !strings.Contains(want, "Proof: ") ||
			!strings.HasPrefix(messages[0].Subject, strings.Split(want, ":")[0]) {
			t.Errorf("%s: the subject is %q", s.name, messages[0].Subject)
		}
	}
	if _, err := (Renderer{}).StoredProof(digest.Message{Bytes: []byte("x")}); err == nil {
		t.Error("a message without a body is taken")
	}
}
