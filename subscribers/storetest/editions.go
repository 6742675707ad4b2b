package storetest

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

func openingEntersEverything(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	plain := subscribers.Subscriber{Address: address(t, "plain@news.example"), Status: subscribers.Active}
	plain.Variant = digest.Plain
	odd := subscribers.Subscriber{Address: address(t, "odd@news.example"), Status: subscribers.Active}
	odd.Variant = "large"
	waits := subscribers.Subscriber{Address: address(t, "waits@news.example"), Status: subscribers.Unconfirmed}
	for _, r := range []subscribers.Subscriber{plain, odd, waits} {
		if _, _, err := s.List.Add(t.Context(), r, evening); err != nil {
			t.Fatal(err)
		}
	}
	o := Opening(0)
	got, err := s.Book.OpenEdition(t.Context(), o)
	want := digest.Tallied{
		Record: digest.Record{
			ID: o.Edition.ID, Number: 1, Title: "Evening Edition", State: digest.Open,
			CutOff: evening, OpenedAt: evening, Until: o.Until,
		},
		Tally: digest.Tally{Opened: 4, Pending: 4},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	var variants []string
	for _, d := range owed(t, s.Ledger(1), evening) {
		variants = append(variants, d.Variant)
	}
	if diff := cmp.Diff([]string{"designed", "designed", "plain", "designed"}, variants); diff != "" {
		t.Error(diff)
	}

	o.Edition.Number = 1
	edition, err := s.Book.Edition(t.Context(), o.Edition.ID)
	if diff := cmp.Diff(o.Edition, edition); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	messages, err := s.Book.Messages(t.Context(), 1)
	if diff := cmp.Diff(o.Messages, messages); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	page, err := s.Book.WebView(t.Context(), o.Edition.ID)
	if string(page) != string(o.WebView) || err != nil {
		t.Errorf("got %q, %v", page, err)
	}
	article, err := s.Book.PrintedArticle(t.Context(), o.Edition.ID, "ferry-0")
	if diff := cmp.Diff(o.Edition.Articles[1], article); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	// The content is what its hash says, in whatever order the messages came.
	verified(t, s, 1)
	o = Opening(1)
	o.Messages[0], o.Messages[1] = o.Messages[1], o.Messages[0]
	o.WebView = nil
	if _, err := s.Book.OpenEdition(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	verified(t, s, 2)
	if page, err := s.Book.WebView(t.Context(), o.Edition.ID); len(page) != 0 || err != nil {
		t.Errorf("an edition without a web view: got %q, %v", page, err)
	}
}

func openingIsAllOrNothing(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 3)
	for name, spoil := range map[string]func(o *digest.Opening){
		"two messages of a variant": func(o *digest.Opening) { o.Messages[1].Variant = digest.Designed },
		"an empty message":          func(o *digest.Opening) { o.Messages[1].Bytes = nil },
		"no designed message":       func(o *digest.Opening) { o.Messages = o.Messages[1:] },
		"no message":                func(o *digest.Opening) { o.Messages = nil },
		"an article twice":          func(o *digest.Opening) { o.Edition.Articles[1].ID = o.Edition.Articles[0].ID },
	} {
		o := Opening(0)
		spoil(&o)
		if r, err := s.Book.OpenEdition(t.Context(), o); err == nil {
			t.Fatalf("%s: opened %+v", name, r)
		}
		nothingIsOpen(t, s)
	}
	if n := mustOpen(t, s, 0); n != 1 {
		t.Errorf("got number %d, want 1: nothing had been opened", n)
	}
}

// nothingIsOpen wants a book without a trace of edition 1.
func nothingIsOpen(t *testing.T, s Store) {
	t.Helper()
	records, err := s.Book.Records(t.Context())
	if len(records) > 0 || err != nil {
		t.Errorf("got %v, %v, want no edition", records, err)
	}
	if m, err := s.Book.Messages(t.Context(), 1); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, %v, want no message", m, err)
	}
	if a, err := s.Book.PrintedArticles(t.Context(), 1); len(a) > 0 || err != nil {
		t.Errorf("got %v, %v, want no article", a, err)
	}
	ds, err := s.Ledger(1).Owed(t.Context(), digest.Whole(), evening, nil, 10)
	if !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, %v, want no delivery", ds, err)
	}
}

func nobodyToSendToOpensNothing(t *testing.T, open Open) {
	s := open(t, Options{})
	if _, err := s.Book.OpenEdition(t.Context(), Opening(0)); !errors.Is(err, digest.ErrNobody) {
		t.Fatalf("got %v, want ErrNobody", err)
	}
	nothingIsOpen(t, s)
}

func anEditionIsOpenedOnce(t *testing.T, open Open) {
	stores := []Store{open(t, Options{}), open(t, Options{}), open(t, Options{})}
	addReaders(t, stores[0], 5)
	var all sync.WaitGroup
	results := make([]error, 12)
	for i := range results {
		all.Go(func() { _, results[i] = stores[i%len(stores)].Book.OpenEdition(t.Context(), Opening(0)) })
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
	records, err := stores[1].Book.Records(t.Context())
	if won != 1 || len(records) != 1 || err != nil {
		t.Errorf("%d opened it, %d editions, %v", won, len(records), err)
	}
	wantTally(t, stores[2], 0, digest.Tally{Opened: 5, Pending: 5})
}

func aDayWithoutAnEditionMayStillGetOne(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	id := Opening(0).Edition.ID
	for _, state := range []digest.State{digest.Missed, digest.Empty} {
		r := digest.Record{ID: id, Title: "Evening Edition", State: state, Reason: "asleep"}
		if err := s.Book.Enter(t.Context(), r, nil, evening); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Book.Record(t.Context(), id)
	want := digest.Record{ID: id, Title: "Evening Edition", State: digest.Missed, Reason: "asleep"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("the first word did not stay: %v %s", err, diff)
	}
	if _, err := s.Book.WebView(t.Context(), id); !errors.Is(err, digest.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	r, err := s.Book.OpenEdition(t.Context(), Opening(0))
	if r.State != digest.Open || r.Reason != "" || r.Number != 1 || err != nil {
		t.Errorf("got %+v, %v", r, err)
	}
	if err := s.Book.Enter(t.Context(), want, nil, evening); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Book.Record(t.Context(), id); got.State != digest.Open {
		t.Errorf("an opened edition became %s", got.State)
	}
	if err := s.Book.Enter(t.Context(), digest.Record{ID: id, State: digest.Done}, nil, evening); err == nil {
		t.Error("Enter took an edition as done")
	}
}

func numbersAreNeverReused(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	for day := range 3 {
		if n := mustOpen(t, s, day); n != uint32(day+1) {
			t.Errorf("got number %d, want %d", n, day+1)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := mustOpen(t, open(t, Options{}), 3); n != 4 {
		t.Errorf("got number %d, want 4", n)
	}
}

func anEditionRemembersHowItIsSigned(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 1)
	signing := digest.Signing{Domain: "news.example", Selector: "v1", Keys: "one two"}
	for n, want := range []digest.Signing{signing, {}} {
		o := Opening(n)
		o.Signing = want
		opened, err := s.Book.OpenEdition(t.Context(), o)
		if err != nil || opened.Signing != want {
			t.Errorf("opened with %+v, %v, want %+v", opened.Signing, err, want)
		}
	}
	unfinished, err := s.Book.Unfinished(t.Context())
	if err != nil || len(unfinished) != 2 || unfinished[0].Signing != signing {
		t.Errorf("got %+v, %v, want the first signed by %+v", unfinished, err, signing)
	}
}
