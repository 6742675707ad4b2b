package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"vesper/digest"
)

// correction is the correction of the first edition with this sequence.
func correction(sequence int, note string) digest.Opening {
	o := Opening(0)
	o.Edition.ID.Sequence = sequence
	o.At = o.At.Add(time.Duration(sequence) * 10 * time.Minute)
	o.Edition.Articles[0].Headline = "The harbour stays closed"
	o.Edition.Correction = digest.Correction{Note: note, At: o.At}
	o.WebView = []byte("<p>The harbour stays closed</p>")
	if note != "" {
		for _, variant := range []string{digest.CorrectionDesigned, digest.CorrectionPlain} {
			o.Messages = append(o.Messages, digest.Message{
				Variant: variant, Subject: "Correction: x", Bytes: []byte("Subject: x\r\n\r\nnote"),
			})
		}
	}
	return o
}

func correctAs(t testing.TB, s Store, o digest.Opening, want error) digest.Tallied {
	t.Helper()
	c, err := s.Book.OpenCorrection(t.Context(), o, digest.Act{
		Edition: o.Edition.ID, Kind: digest.Correct, By: "maria", Reason: "a wrong name", At: o.At,
	})
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	return c
}

// halfSent opens an edition for eight readers. The first two were sent it, the third is
// unknown, the fourth was deferred, the fifth may have got it, and the sixth leaves; who was
// sent it and is second leaves too. It is paused.
func halfSent(t *testing.T, s Store) uint32 {
	t.Helper()
	readers := addReaders(t, s, 8)
	n := mustOpen(t, s, 0)
	begins(t, s, n, digest.Sending)
	l := s.Ledger(n)
	rows := owed(t, l, evening)
	for i, end := range []digest.Settlement{
		accepted(evening), accepted(evening),
		{Step: digest.Unknown, At: evening, Outcome: digest.Outcome{Class: digest.InDoubt}},
		deferred(evening, evening.Add(time.Hour), "450 later"),
		{Step: digest.Pending, Doubted: true, Due: evening, At: evening, Outcome: digest.Outcome{Class: digest.InDoubt}},
	} {
		intend(t, l, rows[i])
		if err := l.Settle(t.Context(), rows[i], end); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range []int{1, 5} {
		if _, err := s.List.Unsubscribe(t.Context(), readers[i].PublicID, evening); err != nil {
			t.Fatal(err)
		}
	}
	addReader(t, s, "later@news.example")
	act(t, s, 0, digest.Halt)
	return n
}

// variantsOf gives what each reader is owed of an edition, by the reader's number.
func variantsOf(t *testing.T, s Store, number uint32) []string {
	t.Helper()
	var all []string
	for _, d := range owed(t, s.Ledger(number), evening.Add(24*time.Hour)) {
		all = append(all, d.Address[:len("reader1")]+" "+d.Variant)
	}
	slices.Sort(all)
	return all
}

// aCorrectionReachesEachReaderOnce: the whole edition goes to who was not sent the first, and
// a letter to who was, or may have been; to nobody who has left or come since. Both editions
// add up, and the first can't be sent any more.
func aCorrectionReachesEachReaderOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	n := halfSent(t, s)
	id := Opening(0).Edition.ID
	if got, err := s.Book.Toward(t.Context(), id); got != (digest.Toward{Whole: 4, Told: 2}) || err != nil {
		t.Errorf("toward %+v, %v", got, err)
	}
	c := correctAs(t, s, correction(2, "It was another harbour."), nil)
	want := digest.Tally{Opened: 8, Sent: 2, Unknown: 2, Skipped: 4, PossibleDuplicates: 1}
	if got := tally(t, s, 0); got != want {
		t.Errorf("the first has %+v, want %+v", got, want)
	}
	if c.Tally != (digest.Tally{Opened: 6, Pending: 6}) {
		t.Errorf("the correction has %+v", c.Tally)
	}
	wanted := []string{
		"reader1 correction", "reader3 correction", "reader4 designed", "reader5 designed", "reader7 designed",
		"reader8 designed",
	}
	if got := variantsOf(t, s, c.Number); !slices.Equal(got, wanted) {
		t.Errorf("got %q, want %q", got, wanted)
	}
	first, err := s.Book.Record(t.Context(), id)
	if err != nil || first.State != digest.Done || !first.DoneAt.Equal(c.OpenedAt) {
		t.Errorf("the first is %+v, %v", first, err)
	}
	if _, err := s.Book.Resolve(t.Context(), n, true, evening); !errors.Is(err, digest.ErrCorrected) {
		t.Errorf("the first is sent again: %v", err)
	}
	for _, number := range []uint32{n, c.Number} {
		if faults, err := s.Book.Verify(t.Context(), number); len(faults) > 0 || err != nil {
			t.Errorf("edition %d: %q, %v", number, faults, err)
		}
	}
	shown(t, s, c)
}

// shown wants the archive, the corrections and the acts to have the second edition, and the
// next window to begin where it would have.
func shown(t *testing.T, s Store, c digest.Tallied) {
	t.Helper()
	id := Opening(0).Edition.ID
	shelf, err := s.Book.Archive(t.Context(), 5)
	if err != nil || len(shelf) != 1 || shelf[0].ID != c.ID || !shelf[0].CorrectedAt.Equal(c.OpenedAt) {
		t.Errorf("the archive has %+v, %v", shelf, err)
	}
	of, err := s.Book.CorrectionsOf(t.Context(), id)
	all, allErr := s.Book.Corrections(t.Context(), 5)
	if errors.Join(err, allErr) != nil || len(of) != 1 || len(all) != 1 || of[0].Note != "It was another harbour." ||
		of[0] != all[0] || of[0].ID != c.ID {
		t.Errorf("the corrections are %+v and %+v, %v, %v", of, all, err, allErr)
	}
	acts, err := s.Book.Acts(t.Context(), id)
	if err != nil || len(acts) != 2 || acts[1].Kind != digest.Correct || acts[1].By != "maria" {
		t.Errorf("the acts are %+v, %v", acts, err)
	}
	past, err := s.Book.History(t.Context(), "evening", evening.Add(time.Hour))
	if err != nil || !past.CutOff.Equal(Opening(0).Edition.Window.To) {
		t.Errorf("the next window begins at %s, %v", past.CutOff, err)
	}
	if page, err := s.Book.WebView(t.Context(), id); string(page) != "<p>The harbour reopens</p>" || err != nil {
		t.Errorf("what was sent is %q, %v", page, err)
	}
}

// aCorrectionTakesNothingFromTheWire: while a message is on it, or the edition is not
// paused, nothing is done. Neither is anything where nobody is to get one.
func aCorrectionTakesNothingFromTheWire(t *testing.T, open Open) {
	s := open(t, Options{})
	addReaders(t, s, 2)
	n := mustOpen(t, s, 0)
	begins(t, s, n, digest.Sending)
	l := s.Ledger(n)
	rows := owed(t, l, evening)
	correctAs(t, s, correction(2, "x"), digest.ErrRunning)
	intend(t, l, rows[0])
	act(t, s, 0, digest.Halt)
	if got, err := s.Book.Toward(t.Context(), correction(2, "x").Edition.ID); got.OnTheWire != 1 || err != nil {
		t.Errorf("toward %+v, %v", got, err)
	}
	correctAs(t, s, correction(2, "x"), digest.ErrRunning)
	if err := l.Settle(t.Context(), rows[0], accepted(evening)); err != nil {
		t.Fatal(err)
	}
	act(t, s, 0, digest.Resume)
	intend(t, l, rows[1])
	err := errors.Join(l.Settle(t.Context(), rows[1], accepted(evening)), s.Book.Close(t.Context(), n, evening))
	if err != nil {
		t.Fatal(err)
	}
	correctAs(t, s, correction(2, ""), digest.ErrNobody)
	if all, err := s.Book.Sequence(t.Context(), Opening(0).Edition.ID); len(all) != 1 || err != nil {
		t.Errorf("there are %+v, %v", all, err)
	}
	wantTally(t, s, 0, digest.Tally{Opened: 2, Sent: 2})
	if c := correctAs(t, s, correction(2, "x"), nil); c.Tally.Pending != 2 {
		t.Errorf("got %+v", c.Tally)
	}
}

// aCorrectionIsCorrected: who was sent either is told, who was sent none gets the last one.
// Without a note, letters on the mistake before go on.
func aCorrectionIsCorrected(t *testing.T, open Open) {
	s := open(t, Options{})
	halfSent(t, s)
	second := correctAs(t, s, correction(2, "It was another harbour."), nil)
	pause := digest.Act{Edition: second.ID, Kind: digest.Halt, By: "maria", At: second.OpenedAt}
	// The first who was deferred is sent the second edition.
	l := s.Ledger(second.Number)
	begins(t, s, second.Number, digest.Sending)
	for _, d := range owed(t, l, evening.Add(24*time.Hour)) {
		if d.Address == "reader7@news.example" {
			intend(t, l, d)
			if err := l.Settle(t.Context(), d, accepted(evening)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, _, err := s.Book.Act(t.Context(), pause, ""); err != nil {
		t.Fatal(err)
	}
	third := correctAs(t, s, correction(3, ""), nil)
	wanted := []string{"reader4 designed", "reader5 designed", "reader8 designed"}
	if got := variantsOf(t, s, third.Number); !slices.Equal(got, wanted) {
		t.Errorf("the third has %q, want %q", got, wanted)
	}
	if got := variantsOf(t, s, second.Number); !slices.Equal(got, []string{"reader1 correction", "reader3 correction"}) {
		t.Errorf("the second goes on with %q", got)
	}
	for _, id := range []digest.ID{second.ID, third.ID} {
		pause.Edition = id
		if _, _, err := s.Book.Act(t.Context(), pause, ""); err != nil {
			t.Fatal(err)
		}
	}
	fourth := correctAs(t, s, correction(4, "It was neither."), nil)
	wanted = []string{
		"reader1 correction", "reader3 correction", "reader4 designed", "reader5 designed", "reader7 correction",
		"reader8 designed",
	}
	if got := variantsOf(t, s, fourth.Number); !slices.Equal(got, wanted) {
		t.Errorf("the fourth has %q, want %q", got, wanted)
	}
	all, err := s.Book.Tallies(t.Context())
	if err != nil || len(all) != 4 {
		t.Fatalf("got %+v, %v", all, err)
	}
	for _, e := range all {
		if !e.Tally.Balanced() || e.ID != fourth.ID && e.Tally.Owed() > 0 {
			t.Errorf("%s has %+v and is %s", e.ID, e.Tally, e.State)
		}
	}
}

// aCorrectionIsOpenedOnce, though two processes do it at the same time.
func aCorrectionIsOpenedOnce(t *testing.T, open Open) {
	stores := []Store{open(t, Options{}), open(t, Options{})}
	halfSent(t, stores[0])
	errs := make([]error, len(stores))
	var all sync.WaitGroup
	for i, s := range stores {
		all.Go(func() {
			_, errs[i] = s.Book.OpenCorrection(t.Context(), correction(2, "x"), digest.Act{
				Kind: digest.Correct, By: "maria", At: evening,
			})
		})
	}
	all.Wait()
	if errors.Is(errs[0], digest.ErrExists) == errors.Is(errs[1], digest.ErrExists) {
		t.Errorf("got %v", errs)
	}
}
