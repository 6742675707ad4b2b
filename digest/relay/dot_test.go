package relay_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest"
)

func TestBytesArriveUnchanged(t *testing.T) {
	line := rapid.SampledFrom([]string{"", ".", "..", ".a", "a", "a.", ". ", strings.Repeat("x.", 9000)})
	server := (&scripted{}).start(t)
	rapid.Check(t, func(t *rapid.T) {
		data := strings.Join(rapid.SliceOfN(line, 0, 6).Draw(t, "lines"), "\r\n") + "\r\n"
		s := &stream{envelopes: envelopes(1)}
		s.envelopes[0].Data = []byte(data)
		before := len(server.taken())
		plainTo(server).Work(context.Background(), s)
		if got := s.outcome(server.t, 1); got.Class != digest.Accepted {
			t.Fatalf("got %+v", got)
		}
		if diff := cmp.Diff(data, server.taken()[before].data); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWhatCannotBeSentUnchangedIsNotSent(t *testing.T) {
	server := (&scripted{}).start(t)
	s := &stream{envelopes: envelopes(7)}
	for i, spoil := range []func(*digest.Envelope){
		func(e *digest.Envelope) { e.Data = []byte("a\n.\r\nMAIL FROM:<x@evil.example>\r\n") },
		func(e *digest.Envelope) { e.Data = []byte("a\r.\r\n") },
		func(e *digest.Envelope) { e.To = "a@b.example> NOTIFY=NEVER" },
		func(e *digest.Envelope) { e.To = "a@b.example\r\nDATA" },
		func(e *digest.Envelope) { e.From = "a<b@c.example" },
		func(e *digest.Envelope) { e.To = "" },
	} {
		spoil(&s.envelopes[i])
	}
	if end := plainTo(server).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v", end)
	}
	for i, got := range s.classes(t) {
		if want := map[bool]digest.Class{true: digest.Accepted, false: digest.Local}[i == 6]; got != want {
			t.Errorf("envelope %d: got %s, want %s", i+1, got, want)
		}
	}
	if dials, dots := server.count(); dials != 1 || dots != 1 {
		t.Errorf("%d connections and %d messages, want 1 and 1", dials, dots)
	}
}

func TestNoDotWithoutTheIntent(t *testing.T) {
	server := (&scripted{}).start(t)
	s := &stream{envelopes: envelopes(3), intent: func(_ context.Context, e digest.Envelope) error {
		if e.Delivery.Key == 2 {
			return errors.New("disk full")
		}
		return nil
	}}
	if end := plainTo(server).Work(t.Context(), s); end.Class != "" {
		t.Errorf("ended with %+v, want nothing: the relay is well", end)
	}
	if diff := cmp.Diff([]digest.Class{digest.Accepted, digest.Local, digest.Accepted}, s.classes(t)); diff != "" {
		t.Error(diff)
	}
	if dials, dots := server.count(); dials != 2 || dots != 2 {
		t.Errorf("%d connections and %d dots, want 2 and 2", dials, dots)
	}
}

func TestTheDotWaitsForTheIntent(t *testing.T) {
	server := (&scripted{}).start(t)
	s := &stream{envelopes: envelopes(1), intent: func(context.Context, digest.Envelope) error {
		if _, dots := server.count(); dots != 0 {
			return errors.New("the dot came first")
		}
		return nil
	}}
	plainTo(server).Work(t.Context(), s)
	if got := s.outcome(t, 1); got.Class != digest.Accepted {
		t.Errorf("got %+v", got)
	}
}

func TestAReplyBeforeTheDotIsNoAcceptance(t *testing.T) {
	for _, early := range []string{"354 go ahead\r\n250 2.0.0 Ok", "354 go ahead\r\n421 4.3.2 closing"} {
		server := (&scripted{answer: always("DATA", early)}).start(t)
		s := &stream{envelopes: envelopes(1)}
		plainTo(server).Work(t.Context(), s)
		if got := s.outcome(t, 1); got.Class != digest.Session {
			t.Errorf("%q: got %+v, want session", early, got)
		}
	}
}

func TestAStopBeforeTheDotSendsNothing(t *testing.T) {
	server := (&scripted{}).start(t)
	ctx, stop := context.WithCancel(t.Context())
	s := &stream{envelopes: envelopes(2), intent: func(context.Context, digest.Envelope) error { stop(); return nil }}
	plainTo(server).Work(ctx, s)
	if got := s.outcome(t, 1); got.Class != digest.Session {
		t.Errorf("got %+v, want session", got)
	}
	if _, dots := server.count(); dots != 0 {
		t.Error("the dot was sent")
	}
}

func TestAStopAfterTheDotLeavesDoubt(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	server := (&scripted{answer: func(phase, _ string) string {
		if phase == "dot" {
			stop()
			return stall
		}
		return ""
	}}).start(t)
	r := plainTo(server)
	r.Timeouts.Dot = time.Minute
	s := &stream{envelopes: envelopes(2)}
	if end := r.Work(ctx, s); end.Class != digest.Session {
		t.Errorf("ended with %+v, want session", end)
	}
	if diff := cmp.Diff([]digest.Class{digest.InDoubt}, s.classes(t)); diff != "" {
		t.Error(diff)
	}
}
