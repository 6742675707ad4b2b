package sqlite

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func TestOpeningEntersEverything(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 2)
	plain := subscribers.Subscriber{Address: address(t, "plain@news.example"), Status: subscribers.Active, Preferences: subscribers.Preferences{Variant: digest.Plain}}
	odd := subscribers.Subscriber{Address: address(t, "odd@news.example"), Status: subscribers.Active, Preferences: subscribers.Preferences{Variant: "large"}}
	waits := subscribers.Subscriber{Address: address(t, "waits@news.example"), Status: subscribers.Unconfirmed}
	for _, r := range []subscribers.Subscriber{plain, odd, waits} {
		if _, _, err := s.Add(t.Context(), r, evening); err != nil {
			t.Fatal(err)
		}
	}
	o := opening(0)
	got := mustOpen(t, s, 0)
	want := digest.Record{
		ID: o.Edition.ID, Number: 1, Title: "Evening Edition", State: digest.Open, CutOff: evening, OpenedAt: evening,
		Tally: digest.Tally{Opened: 4, Pending: 4},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var variants []string
	for _, d := range owed(t, s, 1, evening) {
		variants = append(variants, d.Variant)
	}
	if diff := cmp.Diff([]string{"designed", "designed", "plain", "designed"}, variants); diff != "" {
		t.Error(diff)
	}

	o.Edition.Number = 1
	edition, err := s.Edition(t.Context(), o.Edition.ID)
	if diff := cmp.Diff(o.Edition, edition); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	messages, err := s.Messages(t.Context(), 1)
	if diff := cmp.Diff(o.Messages, messages); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	page, err := s.WebView(t.Context(), o.Edition.ID)
	if string(page) != string(o.WebView) || err != nil {
		t.Errorf("got %q, %v", page, err)
	}
	article, err := s.PrintedArticle(t.Context(), o.Edition.ID, "ferry-0")
	if diff := cmp.Diff(o.Edition.Articles[1], article); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if n := count(t, s, `SELECT count(*) FROM editions WHERE content_hash = ?`, contentHash(o)); n != 1 {
		t.Error("the content hash is another")
	}
}

func TestOpeningIsAllOrNothing(t *testing.T) {
	for name, spoil := range map[string]func(o *digest.Opening){
		"two messages of a variant": func(o *digest.Opening) { o.Messages[1].Variant = digest.Designed },
		"an empty message":          func(o *digest.Opening) { o.Messages[1].Bytes = nil },
		"no designed message":       func(o *digest.Opening) { o.Messages = o.Messages[1:] },
		"no message":                func(o *digest.Opening) { o.Messages = nil },
		"an article twice":          func(o *digest.Opening) { o.Edition.Articles[1].ID = o.Edition.Articles[0].ID },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			addReaders(t, s, 3)
			o := opening(0)
			spoil(&o)
			if r, err := s.OpenEdition(t.Context(), o); err == nil {
				t.Fatalf("opened %+v", r)
			}
			for _, table := range []string{"editions", "edition_messages", "edition_articles", "deliveries"} {
				if n := count(t, s, `SELECT count(*) FROM `+table); n != 0 {
					t.Errorf("%s has %d rows, want none", table, n)
				}
			}
			if r := mustOpen(t, s, 0); r.Number != 1 {
				t.Errorf("got number %d, want 1: nothing had been opened", r.Number)
			}
		})
	}
}

func TestNobodyToSendToOpensNothing(t *testing.T) {
	s := newStore(t)
	if _, err := s.OpenEdition(t.Context(), opening(0)); !errors.Is(err, digest.ErrNobody) {
		t.Fatalf("got %v, want ErrNobody", err)
	}
	if n := count(t, s, `SELECT count(*) FROM editions`); n != 0 {
		t.Errorf("%d editions, want none", n)
	}
}

func TestAnEditionIsOpenedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	stores := []*Store{openStore(t, path), openStore(t, path), openStore(t, path)}
	addReaders(t, stores[0], 5)
	var all sync.WaitGroup
	results := make([]error, 12)
	for i := range results {
		all.Go(func() { _, results[i] = stores[i%len(stores)].OpenEdition(t.Context(), opening(0)) })
	}
	all.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, digest.ErrExists) {
			t.Errorf("got %v, want ErrExists", err)
		}
	}
	if n := count(t, stores[0], `SELECT count(*) FROM deliveries`); won != 1 || n != 5 {
		t.Errorf("%d opened it with %d deliveries, want 1 with 5", won, n)
	}
}

func TestADayWithoutAnEditionMayStillGetOne(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	id := opening(0).Edition.ID
	for _, state := range []digest.State{digest.Missed, digest.Empty} {
		r := digest.Record{ID: id, Title: "Evening Edition", State: state, Reason: "asleep"}
		if err := s.Enter(t.Context(), r, evening); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Record(t.Context(), id)
	want := digest.Record{ID: id, Title: "Evening Edition", State: digest.Missed, Reason: "asleep"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("the first word did not stay: %v %s", err, diff)
	}
	if _, err := s.WebView(t.Context(), id); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if r := mustOpen(t, s, 0); r.State != digest.Open || r.Reason != "" || r.Number != 1 {
		t.Errorf("got %+v", r)
	}
	if err := s.Enter(t.Context(), want, evening); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Record(t.Context(), id); got.State != digest.Open {
		t.Errorf("an opened edition became %s", got.State)
	}
	if err := s.Enter(t.Context(), digest.Record{ID: id, State: digest.Done}, evening); err == nil {
		t.Error("Enter took an edition as done")
	}
}

func TestNumbersAreNeverReused(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	for day := range 3 {
		if r := mustOpen(t, s, day); r.Number != uint32(day+1) {
			t.Errorf("got number %d, want %d", r.Number, day+1)
		}
	}
	for _, table := range []string{"deliveries", "edition_messages", "edition_articles", "editions"} {
		execute(t, s, `DELETE FROM `+table)
	}
	if r := mustOpen(t, s, 3); r.Number != 4 {
		t.Errorf("got number %d, want 4", r.Number)
	}
}

func TestAnEditionIsDoneWhenNobodyIsOwed(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 2)
	n := mustOpen(t, s, 0).Number
	mark := func(state digest.State, reason string) error {
		return s.Mark(t.Context(), n, state, reason, evening.Add(time.Minute))
	}
	if err := mark(digest.Done, ""); err == nil {
		t.Error("an open edition became done")
	}
	if err := mark(digest.Paused, "the relay refuses us"); err != nil {
		t.Fatal(err)
	}
	if r, _ := s.Record(t.Context(), opening(0).Edition.ID); r.State != digest.Paused || r.Reason != "the relay refuses us" {
		t.Errorf("got %+v", r)
	}
	if un, err := s.Unfinished(t.Context()); len(un) != 0 || err != nil {
		t.Errorf("a paused edition goes on: %v, %v", un, err)
	}
	for range 2 {
		if err := mark(digest.Sending, "x"); err != nil {
			t.Fatal(err)
		}
	}
	ds := owed(t, s, n, evening)
	if err := mark(digest.Done, ""); !errors.Is(err, digest.ErrUnbalanced) {
		t.Errorf("pending: got %v, want ErrUnbalanced", err)
	}
	intendAll(t, s, ds)
	if err := mark(digest.Done, ""); !errors.Is(err, digest.ErrUnbalanced) {
		t.Errorf("attempting: got %v, want ErrUnbalanced", err)
	}
	for _, d := range ds {
		if err := s.Settle(t.Context(), d, accepted(evening)); err != nil {
			t.Fatal(err)
		}
	}
	execute(t, s, `UPDATE editions SET opened = opened + 1`)
	if err := mark(digest.Done, ""); !errors.Is(err, digest.ErrUnbalanced) {
		t.Errorf("one is not accounted for: got %v, want ErrUnbalanced", err)
	}
	execute(t, s, `UPDATE editions SET opened = opened - 1`)
	for range 2 {
		if err := mark(digest.Done, ""); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Record(t.Context(), opening(0).Edition.ID)
	if want := (digest.Tally{Opened: 2, Sent: 2}); r.Tally != want || r.State != digest.Done || !r.DoneAt.Equal(evening.Add(time.Minute)) || r.Reason != "" || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	for _, state := range []digest.State{digest.Sending, digest.Paused, digest.Due, "odd"} {
		if err := mark(state, ""); err == nil {
			t.Errorf("a done edition became %s", state)
		}
	}
	if err := s.Mark(t.Context(), 99, digest.Sending, "", evening); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestThePastIsRemembered(t *testing.T) {
	s := newStore(t)
	addReaders(t, s, 1)
	if _, err := s.Record(t.Context(), opening(0).Edition.ID); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	for _, at := range []time.Time{evening, evening.Add(time.Hour)} {
		if err := s.Started(t.Context(), []string{"evening", "morning"}, at); err != nil {
			t.Fatal(err)
		}
	}
	h, err := s.History(t.Context(), "evening")
	if diff := cmp.Diff(digest.History{Since: evening, Days: map[digest.Date]bool{}}, h); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	first, second := mustOpen(t, s, 0), mustOpen(t, s, 1)
	missed := digest.ID{Date: first.ID.Date.AddDays(2), Slot: "evening", Sequence: 1}
	if err := s.Enter(t.Context(), digest.Record{ID: missed, State: digest.Missed}, evening.AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	h, err = s.History(t.Context(), "evening")
	want := digest.History{Since: evening, CutOff: second.CutOff, Date: second.ID.Date, Days: map[digest.Date]bool{
		first.ID.Date: true, second.ID.Date: true, missed.Date: true,
	}}
	if diff := cmp.Diff(want, h); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	printed, err := s.Printed(t.Context())
	if diff := cmp.Diff(map[string]digest.ID{
		"harbour-0": first.ID, "ferry-0": first.ID, "harbour-1": second.ID, "ferry-1": second.ID,
	}, printed); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	morning, err := s.History(t.Context(), "morning")
	if err != nil || len(morning.Days) != 0 || !morning.CutOff.IsZero() {
		t.Errorf("got %+v, %v: what any slot printed counts, its cut-off does not", morning, err)
	}
	all, err := s.Records(t.Context())
	var ids []digest.ID
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	if diff := cmp.Diff([]digest.ID{missed, second.ID, first.ID}, ids); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	un, err := s.Unfinished(t.Context())
	if diff := cmp.Diff([]digest.Record{first, second}, un); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
