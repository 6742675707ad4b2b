package store

import (
	"crypto/sha256"
	"testing"
	"time"
)

// TestAWebhookKeepsTheTopicThatAskedFirst: who asks later has no say there.
func TestAWebhookKeepsTheTopicThatAskedFirst(t *testing.T) {
	s := newFile(t)
	topics, one, other := s.Topics(), sha256.Sum256([]byte("ses/one")), sha256.Sum256([]byte("ses/other"))
	if is, err := topics.Topic(t.Context(), one); is != "" || err != nil {
		t.Errorf("got %q, %v", is, err)
	}
	for _, c := range []struct {
		webhook    [sha256.Size]byte
		asks, want string
	}{{one, "arn:1", "arn:1"}, {one, "arn:2", "arn:1"}, {one, "arn:1", "arn:1"}, {other, "arn:2", "arn:2"}} {
		if is, err := topics.Confirm(t.Context(), c.webhook, c.asks, time.Unix(1, 0)); is != c.want || err != nil {
			t.Errorf("%s asks: got %q, %v, want %q", c.asks, is, err, c.want)
		}
	}
	if is, err := topics.Topic(t.Context(), one); is != "arn:1" || err != nil {
		t.Errorf("got %q, %v", is, err)
	}
}
