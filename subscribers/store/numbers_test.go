package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers/storetest"
)

// opener is the environment's name for the database in which a process opens editions until
// it is killed.
const opener = "VESPER_TEST_OPENER"

// withNumber has an edition print the number in its message and on its page.
func withNumber(o digest.Opening, before, number uint32) digest.Opening {
	o.Before, o.Edition.PaperNumber = before, number
	o.WebView = fmt.Appendf(nil, "No. %d", number)
	return o
}

// openNext opens an edition as whoever decides does: with the number that comes next by the
// slot's past, anew while another process is faster.
func openNext(ctx context.Context, s *File, o digest.Opening, first uint32) (digest.Tallied, error) {
	for {
		past, err := s.Book().History(ctx, o.Edition.ID.Slot, o.At)
		if err != nil {
			return digest.Tallied{}, err
		}
		opened, err := s.Book().OpenEdition(ctx, withNumber(o, past.PaperNumber, past.NextNumber(first)))
		if !errors.Is(err, digest.ErrRenumbered) {
			return opened, err
		}
	}
}

// openForever opens the editions of one day after another, which other processes do too,
// and says each day's on stdout once it has it.
func openForever(path string) {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		panic(err)
	}
	for n := rand.IntN(1000); ; n += 1 + rand.IntN(3) {
		_, err := openNext(ctx, s, storetest.Opening(n), 0)
		if err != nil && !errors.Is(err, digest.ErrExists) {
			panic(err)
		}
		fmt.Println(n)
	}
}

// printedNumbers gives the numbers of a slot's papers in the order of their opening, and
// wants each paper to say its own on its page.
func printedNumbers(t *testing.T, s *File, slot string) []uint32 {
	t.Helper()
	all, err := s.Book().Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b digest.Record) int { return int(a.Number) - int(b.Number) })
	var numbers []uint32
	for _, r := range all {
		if r.ID.Slot != slot || r.PaperNumber == 0 || r.ID.Sequence > 1 {
			continue
		}
		numbers = append(numbers, r.PaperNumber)
		page, err := s.Book().WebView(t.Context(), r.ID)
		if want := fmt.Sprintf("No. %d", r.PaperNumber); string(page) != want || err != nil {
			t.Errorf("edition %s says %q, %v, want %q", r.ID, page, err, want)
		}
	}
	return numbers
}

// TestNumbersHaveNoGapAndNoTwinThoughOpenersAreKilled has several processes open editions of
// one slot at once, and kills each in the middle.
func TestNumbersHaveNoGapAndNoTwinThoughOpenersAreKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vesper.db")
	s := openFile(t, path)
	addReaders(t, s, 2)
	for range 2 {
		killed := make(chan struct{})
		for range 2 {
			go func() {
				defer func() { killed <- struct{}{} }()
				killAfter(t, path, 15, map[int64]bool{}, opener+"="+path)
			}()
		}
		<-killed
		<-killed
	}
	numbers := printedNumbers(t, s, "evening")
	for i, number := range numbers {
		if number != uint32(i)+1 {
			t.Fatalf("the papers have the numbers %d", numbers)
		}
	}
	if len(numbers) < 30 {
		t.Errorf("%d were opened", len(numbers))
	}
}

// slotOfPapers is what the property test knows of a slot by itself.
type slotOfPapers struct {
	// last is the number of the last paper, and given those of all.
	last  uint32
	given map[digest.ID]uint32
	day   int
}

// TestNumbersWhateverBecomesOfEditions opens, corrects, discards and cancels editions of two
// slots at random, leaves days out, and changes what a slot begins with.
func TestNumbersWhateverBecomesOfEditions(t *testing.T) {
	s := newFile(t)
	addReaders(t, s, 1)
	seed := rand.Uint64()
	dice := rand.New(rand.NewPCG(seed, 0))
	slots := map[string]*slotOfPapers{}
	for range 150 {
		name := []string{"evening", "morning"}[dice.IntN(2)]
		if slots[name] == nil {
			slots[name] = &slotOfPapers{given: map[digest.ID]uint32{}}
		}
		known := slots[name]
		known.day += 1 + dice.IntN(2)
		first := uint32(0)
		if dice.IntN(10) == 0 {
			first = uint32(dice.IntN(400))
		}
		o := storetest.Opening(known.day)
		o.Edition.ID.Slot = name
		for i := range o.Edition.Articles {
			o.Edition.Articles[i].ID += name
		}
		fate := dice.IntN(5)
		if fate < 2 {
			o.Due = o.At.Add(10 * time.Minute)
		}
		r, err := openNext(t.Context(), s, o, first)
		if want := max(known.last+1, first); err != nil || r.PaperNumber != want {
			t.Fatalf("seed %d: %s is No. %d, %v, want %d", seed, r.ID, r.PaperNumber, err, want)
		}
		switch before := known.last; fate {
		case 0: // It is taken back, and the day has none.
			if err := s.Book().Discard(t.Context(), r.ID); err != nil {
				t.Fatal(err)
			}
		case 1: // It is cancelled before any of it left.
			execute(t, s, `UPDATE editions SET state = 'cancelled' WHERE number = ?`, r.Number)
			if got, err := s.Book().Record(t.Context(), r.ID); got.PaperNumber != 0 || err != nil {
				t.Errorf("seed %d: a paper that nobody saw is No. %d, %v", seed, got.PaperNumber, err)
			}
		case 2: // It is cancelled under way: readers have it.
			if _, err := s.Book().Begin(t.Context(), r.Number, o.At); err != nil {
				t.Fatal(err)
			}
			execute(t, s, `UPDATE editions SET state = 'cancelled' WHERE number = ?`, r.Number)
			known.last, known.given[r.ID] = r.PaperNumber, r.PaperNumber
		case 3: // It is corrected.
			known.last, known.given[r.ID] = r.PaperNumber, r.PaperNumber
			o.Edition.ID.Sequence++
			for i := range o.Edition.Articles {
				o.Edition.Articles[i].ID += "-mended"
			}
			mended, err := s.Book().OpenEdition(t.Context(), withNumber(o, before, r.PaperNumber))
			if err != nil || mended.PaperNumber != r.PaperNumber {
				t.Fatalf("seed %d: the correction of No. %d is No. %d, %v", seed, r.PaperNumber, mended.PaperNumber, err)
			}
		default:
			known.last, known.given[r.ID] = r.PaperNumber, r.PaperNumber
		}
	}
	for name, known := range slots {
		got := printedNumbers(t, s, name)
		want := slices.Sorted(maps.Values(known.given))
		if !slices.Equal(got, want) || len(slices.Compact(want)) != len(got) {
			t.Errorf("seed %d: %s has %d, want %d", seed, name, got, want)
		}
	}
}

// TestWhatWasSentBeforeThereWereNumbersIsCounted: an upgrade gives the papers of each slot
// numbers in the order of their opening, and days without a paper none.
func TestWhatWasSentBeforeThereWereNumbersIsCounted(t *testing.T) {
	const columns = `INSERT INTO editions (number, date, slot, sequence, title, state, entered_at, window_from, cut_off,
		opened_at, opened, link_key, content_hash, done_at) VALUES `
	s := openFile(t, halfSent(t,
		columns+`(3, '2026-11-20', 'evening', 1, 'Evening Edition', 'done', 9, 1, 1, 9, 0, 1, zeroblob(32), 9)`,
		columns+`(4, '2026-11-23', 'morning', 1, 'Morning Edition', 'done', 9, 1, 1, 9, 0, 1, zeroblob(32), 9)`,
		columns+`(5, '2026-11-23', 'evening', 1, 'Evening Edition', 'done', 9, 1, 1, 9, 0, 1, zeroblob(32), 9)`,
		`INSERT INTO editions (date, slot, sequence, title, state, entered_at)
			VALUES ('2026-11-24', 'evening', 1, 'Evening Edition', 'missed', 9)`))
	all, err := s.Book().Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint32{}
	for _, r := range all {
		got[r.ID.String()] = r.PaperNumber
	}
	want := map[string]uint32{
		"2026-11-21-evening": 1, "2026-11-22-evening": 2, "2026-11-20-evening": 3, "2026-11-23-morning": 1,
		"2026-11-23-evening": 4, "2026-11-24-evening": 0,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h, err := s.Book().History(t.Context(), "evening", night)
	if h.NextNumber(0) != 5 || h.NextNumber(214) != 214 || err != nil {
		t.Errorf("the next is No. %d, %v, want 5", h.NextNumber(0), err)
	}
}
