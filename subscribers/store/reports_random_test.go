package store

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/digest/whole"
	"vesper/subscribers"
)

// history is a list to which things come back, with two stores that are told the same:
// the second one hears of what comes twice in the other order.
type history struct {
	t       *testing.T
	stores  []*File
	readers []subscribers.Subscriber
	day     int
	// numbers are the editions that were sent, keys counts reports.
	numbers []uint32
	keys    int
	all     []subscribers.Report
}

func (h *history) now() time.Time { return evening.AddDate(0, 0, h.day).Add(time.Hour) }

func newHistory(t *testing.T, dir string) *history {
	h := &history{t: t}
	for i := range 2 {
		s, err := Open(t.Context(), filepath.Join(dir, fmt.Sprint(i), "vesper.db"), Options{Now: h.now})
		if err != nil {
			t.Fatal(err)
		}
		h.stores = append(h.stores, s)
		h.readers = h.readers[:0]
		for r := range 14 {
			h.readers = append(h.readers, addReader(t, s, fmt.Sprintf("reader%d@paper%d.example", r, r%2)))
		}
	}
	h.send()
	return h
}

// send sends the next day's edition.
func (h *history) send() {
	h.day++
	for _, s := range h.stores {
		r, err := s.Book().OpenEdition(h.t.Context(), opening(h.day))
		if err != nil {
			h.day--
			return // nobody is left
		}
		for _, d := range owed(h.t, s, r.Number, h.now()) {
			if ok, err := s.Ledger(r.Number).Intend(h.t.Context(), d, h.now(), nil); !ok || err != nil {
				h.t.Fatal(ok, err)
			}
			if err := s.Ledger(r.Number).Settle(h.t.Context(), d, accepted(evening.AddDate(0, 0, h.day))); err != nil {
				h.t.Fatal(err)
			}
		}
		if s == h.stores[0] {
			h.numbers = append(h.numbers, r.Number)
		}
	}
}

// meanings are what may come back.
var meanings = []subscribers.Report{
	{Class: subscribers.ClassRemove, Cause: subscribers.UserUnknown, Status: "5.1.1"},
	{Class: subscribers.ClassRemove, Cause: subscribers.UserUnknown, Status: "", Rule: `"no such user"`},
	{Class: subscribers.ClassRemove, Cause: subscribers.HostUnknown, Status: "5.1.2"},
	{Class: subscribers.ClassCount, Cause: subscribers.MailboxFull, Status: "5.2.2"},
	{Class: subscribers.ClassComplaint, Cause: subscribers.Complained},
	{Class: subscribers.ClassSender, Cause: subscribers.Blocked, Status: "5.7.1"},
	{Class: subscribers.ClassWait, Cause: subscribers.UserUnknown, Status: "4.1.1"},
	{Class: subscribers.ClassIgnore, Cause: subscribers.AutoReply},
}

// comes draws something that comes back, perhaps by two ways.
func (h *history) comes(r *rapid.T) {
	one := rapid.SampledFrom(meanings).Draw(r, "meaning")
	reader := rapid.SampledFrom(h.readers).Draw(r, "reader")
	h.keys++
	one.Door, one.Kind, one.Key, one.At = subscribers.DoorMail, subscribers.ReportDelivery, fmt.Sprint(h.keys), h.now()
	one.State, one.Diagnostic, one.Raw = subscribers.ReportNew, "said", []byte("raw")
	one.Proof, one.Subscriber = subscribers.ByReturnPath, reader.ID
	one.Edition = rapid.SampledFrom(h.numbers).Draw(r, "edition")
	if rapid.IntRange(0, 4).Draw(r, "proof") == 0 {
		one.Proof, one.Address = subscribers.NotProven, reader.Address.String()
	}
	came := []subscribers.Report{one}
	if rapid.Bool().Draw(r, "twice") {
		other := one
		other.Door = subscribers.WebhookDoor("ses")
		came = append(came, other)
	}
	h.all = append(h.all, came...)
	for i, s := range h.stores {
		if i == 1 {
			slices.Reverse(came)
		}
		if n, err := s.List().Record(h.t.Context(), came); n != len(came) || err != nil {
			h.t.Fatal(n, err)
		}
	}
}

// floods has most of one domain's readers come back from the last edition.
func (h *history) floods(r *rapid.T) {
	domain := rapid.IntRange(0, 1).Draw(r, "domain")
	for i, reader := range h.readers {
		if i%2 != domain || i > 11 {
			continue
		}
		one := meanings[0]
		h.keys++
		one.Door, one.Kind, one.Key, one.At = subscribers.DoorMail, subscribers.ReportDelivery, fmt.Sprint(h.keys), h.now()
		one.State, one.Proof, one.Subscriber = subscribers.ReportNew, subscribers.ByReturnPath, reader.ID
		one.Edition = h.numbers[len(h.numbers)-1]
		h.all = append(h.all, one)
		for _, s := range h.stores {
			if _, err := s.List().Record(h.t.Context(), []subscribers.Report{one}); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

func (h *history) weigh() {
	for _, s := range h.stores {
		all, err := s.List().Unweighed(h.t.Context(), 0, 1000)
		if err != nil {
			h.t.Fatal(err)
		}
		if _, err := s.List().Weigh(h.t.Context(), all, subscribers.DefaultRules, h.now()); err != nil {
			h.t.Fatal(err)
		}
	}
}

// replay has all come once more.
func (h *history) replay() {
	for _, s := range h.stores {
		if n, err := s.List().Record(h.t.Context(), h.all); n != 0 || err != nil {
			h.t.Fatalf("%d reports are new that had come, %v", n, err)
		}
	}
}

// word is an admin's about one reader.
func (h *history) word(r *rapid.T) {
	reader := rapid.SampledFrom(h.readers).Draw(r, "reader")
	what := rapid.SampledFrom([]string{"apply", "discard", "lift"}).Draw(r, "word")
	for _, s := range h.stores {
		var err error
		f := subscribers.ReportFilter{Reader: reader.ID, Address: reader.Address}
		switch what {
		case "apply":
			_, err = s.List().Apply(h.t.Context(), f, subscribers.DefaultRules, h.now())
		case "discard":
			_, err = s.List().Discard(h.t.Context(), f, h.now())
		default:
			_, err = s.List().Unsuppress(h.t.Context(), reader.Address, h.now())
		}
		if err != nil && what != "lift" {
			h.t.Fatal(err)
		}
	}
}

func (h *history) statuses(s *File) (all []string) {
	for _, r := range h.readers {
		is, err := s.List().Subscriber(h.t.Context(), r.Address)
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%d %s %s", r.ID, is.Status, is.Reason))
	}
	return all
}

// holds looks whether all is as promised.
func (h *history) holds() {
	h.t.Helper()
	if diff := cmp.Diff(h.statuses(h.stores[0]), h.statuses(h.stores[1])); diff != "" {
		h.t.Fatalf("the order of what comes twice matters:\n%s", diff)
	}
	s := h.stores[0]
	if n := number(h.t, s, `SELECT count(*) FROM reports WHERE state = 'acted' AND (proof = '' OR subscriber = 0
			OR class NOT IN ('remove', 'count', 'complaint') OR status LIKE '4.%')`); n != 0 {
		h.t.Fatalf("%d readers were taken off for what must not", n)
	}
	if n := number(h.t, s, `SELECT count(*) FROM subscribers s WHERE status <> 'active' AND NOT EXISTS (
			SELECT 1 FROM reports r WHERE r.subscriber = s.id AND r.state = 'acted')`); n != 0 {
		h.t.Fatalf("%d readers are off the list for no report", n)
	}
	for _, id := range h.numbers {
		faults, err := s.Book().Verify(h.t.Context(), id)
		if len(faults) > 0 || err != nil {
			h.t.Fatalf("edition %d: %v, %v", id, faults, err)
		}
	}
	if n := number(h.t, s, `SELECT count(*) FROM deliveries WHERE step <> 'sent'`); n != 0 {
		h.t.Fatalf("%d rows of the ledger are not as the relay said", n)
	}
}

func TestWhateverComesBackTheListKeepsItsRules(t *testing.T) {
	whole.NotRaced(t)
	dir, run, heldOnce := t.TempDir(), 0, false
	rapid.Check(t, func(r *rapid.T) {
		if run++; run > 40 {
			return // each takes a while
		}
		h := newHistory(t, filepath.Join(dir, fmt.Sprint(run)))
		defer func() {
			for _, s := range h.stores {
				s.Close()
			}
		}()
		for range rapid.IntRange(5, 40).Draw(r, "steps") {
			switch rapid.IntRange(0, 9).Draw(r, "step") {
			case 0, 1:
				held := number(t, h.stores[0], `SELECT count(DISTINCT subscriber) FROM reports WHERE state = 'held'`)
				before := len(h.numbers)
				heldOnce = heldOnce || held > 0
				h.send()
				if len(h.numbers) > before && held > 0 {
					last := h.numbers[len(h.numbers)-1]
					if n := number(t, h.stores[0], `SELECT count(*) FROM deliveries WHERE edition = $1 AND subscriber IN
							(SELECT subscriber FROM reports WHERE state = 'held')`, last); n != 0 {
						t.Fatalf("edition %d went to %d readers who are held", last, n)
					}
				}
			case 2:
				h.word(r)
			case 3:
				h.replay()
			case 4:
				if rapid.Bool().Draw(r, "flood") {
					h.floods(r)
				}
			case 5:
				h.day += rapid.IntRange(1, 5).Draw(r, "days")
			default:
				h.comes(r)
			}
			h.weigh()
			h.holds()
		}
		before := h.statuses(h.stores[0])
		h.replay()
		h.weigh()
		if diff := cmp.Diff(before, h.statuses(h.stores[0])); diff != "" {
			t.Fatalf("what comes once more takes off:\n%s", diff)
		}
	})
	if !heldOnce {
		t.Error("nobody was held in any of these histories")
	}
}
