package exchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vesper/subscribers"
	"vesper/subscribers/exchange"
	"vesper/subscribers/store"
)

var evening = time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)

// cells are what makes trouble in tables.
var cells = rapid.OneOf(
	rapid.String(), rapid.StringMatching(`['=+\-@ ]{0,3}[a-z,;"' ]{0,6}`), rapid.Just("Ines \"the desk\", Okafor"),
	rapid.Just("a\r\nb\tc"),
)

var times = rapid.Custom(func(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "none") {
		return time.Time{}
	}
	return time.Unix(rapid.Int64Range(631_152_000, 4_000_000_000).Draw(t, "time"), 0).UTC()
})

var statuses = []subscribers.Status{
	subscribers.Active, subscribers.Unconfirmed, subscribers.Unsubscribed,
	subscribers.Suppressed,
}

// anybody draws a reader with all that can be known of one.
func anybody(number int) *rapid.Generator[subscribers.Subscriber] {
	return rapid.Custom(func(t *rapid.T) subscribers.Subscriber {
		local := rapid.StringMatching(`[=+\-'#a-z]{1,3}`).Draw(t, "local")
		a, err := subscribers.ParseAddress(fmt.Sprintf("%s%d@%s", local, number,
			rapid.SampledFrom([]string{"Reader.example", "bücher.example"}).Draw(t, "domain")))
		if err != nil {
			t.Fatal(err)
		}
		s := subscribers.Subscriber{
			Address: a, Name: cells.Draw(t, "name"), Status: subscribers.Unconfirmed,
			Created: time.Unix(rapid.Int64Range(631_152_000, 4_000_000_000).Draw(t, "created"), 0).UTC(),
			Preferences: subscribers.Preferences{
				Evenings: subscribers.Evenings(rapid.IntRange(1, 0x7f).Draw(t, "evenings")),
				Slots:    rapid.SampledFrom([][]string{nil, {"evening"}, {"evening", "morning"}}).Draw(t, "slots"),
				Variant:  rapid.SampledFrom([]string{"designed", "plain"}).Draw(t, "variant"),
				Timezone: rapid.SampledFrom([]string{"", "Europe/Vienna", "America/New_York"}).Draw(t, "zone"),
			},
			Consent: subscribers.Consent{
				AskedAt:       times.Draw(t, "asked"),
				AskedFrom:     rapid.SampledFrom([]string{"", "192.0.2.7", "2001:db8::1"}).Draw(t, "from"),
				Form:          rapid.SampledFrom([]string{"", "8f4e0a6c12d0b95e", "https://blog.example"}).Draw(t, "form"),
				ConfirmedAt:   times.Draw(t, "consent"),
				ConfirmedFrom: rapid.SampledFrom([]string{"", "192.0.2.7"}).Draw(t, "consent from"),
			},
			Provenance: subscribers.Provenance{
				Source: rapid.SampledFrom([]string{"sign-up", "=list.csv", "a, b.zip"}).Draw(t, "source"),
				SHA256: "00ff", Row: rapid.IntRange(0, 99).Draw(t, "row"),
			},
			Tags: rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z=," ]{0,4}[a-z]`), 0, 3, rapid.ID).Draw(t, "tags"),
		}
		if rapid.Bool().Draw(t, "paused") {
			s.PausedUntil = "2026-12-01"
		}
		some := func(label string) time.Time {
			return time.Unix(rapid.Int64Range(631_152_000, 4_000_000_000).Draw(t, label), 0).UTC()
		}
		against := rapid.SliceOfDistinct(rapid.SampledFrom(subscribers.Reasons), rapid.ID).Draw(t, "against")
		switch s.Status = rapid.SampledFrom(statuses).Draw(t, "status"); s.Status {
		case subscribers.Active:
			s.Confirmed = some("confirmed")
		case subscribers.Unsubscribed:
			s.Confirmed, s.Left, s.Reason = times.Draw(t, "was confirmed"), some("left"), "by the reader"
			s.Suppressions = subscribers.ByGravity(append(against, subscribers.ByReader))
		case subscribers.Suppressed:
			s.Suppressions = subscribers.ByGravity(append(against, subscribers.Manual))
			s.Confirmed, s.Left, s.Reason = times.Draw(t, "was confirmed"), some("left"), s.Suppressions[0]
		}
		return s
	})
}

type form struct {
	exchange.Form
	raw bool
}

var forms = []form{{exchange.CSV, false}, {exchange.CSV, true}, {exchange.JSON, false}}

func write(t interface{ Fatal(...any) }, f form, all iter.Seq2[subscribers.Subscriber, error]) []byte {
	var b bytes.Buffer
	if _, err := exchange.Write(&b, f.Form, f.raw, all); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t interface{ Fatal(...any) }, name string, content []byte) (rows []subscribers.Row) {
	f, err := exchange.Open(name, bytes.NewReader(content), int64(len(content)), exchange.Choices{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.Parts {
		if p.Format != exchange.Vesper {
			t.Fatal(p.Format)
		}
		for row, err := range p.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func readers(rows []subscribers.Row) iter.Seq2[subscribers.Subscriber, error] {
	return func(yield func(subscribers.Subscriber, error) bool) {
		for _, row := range rows {
			if !yield(row.Subscriber, nil) {
				return
			}
		}
	}
}

func TestWhatIsWrittenIsReadAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anybody(1).Draw(t, "reader")
		for _, f := range forms {
			first := write(t, f, readers([]subscribers.Row{{Subscriber: s}}))
			rows := read(t, "readers.csv", first)
			if diff := cmp.Diff(string(first), string(write(t, f, readers(rows)))); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func openStore(t *testing.T) *store.List {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "vesper.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.List()
}

func enrol(t *testing.T, s *store.List, rows []subscribers.Row) subscribers.Counts {
	t.Helper()
	counts, err := s.EnrolAll(t.Context(), slices.Values(rows), evening)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

func plan(t *testing.T, s *store.List, rows []subscribers.Row) subscribers.Counts {
	t.Helper()
	counts, err := s.EnrolPlan(t.Context(), slices.Values(rows))
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// TestAListMovesToAnotherDatabaseWhole writes a list, reads it into an empty
// database and writes that: everybody is there, in their status, with the same
// bytes. The third database gets it from the second.
func TestAListMovesToAnotherDatabaseWhole(t *testing.T) {
	from := openStore(t)
	var all []subscribers.Row
	count := map[subscribers.Status]int{}
	for i := range 300 {
		s := anybody(i).Example(i)
		count[s.Status]++
		all = append(all, subscribers.Row{Subscriber: s, Keep: true})
	}
	for _, status := range statuses {
		if count[status] < 20 {
			t.Errorf("only %d of the readers are %s", count[status], status)
		}
	}
	enrol(t, from, all)
	// Some are suppressed here, and some leave by themselves.
	for i, row := range all[:40] {
		a, reason := row.Subscriber.Address, subscribers.Reasons[i%len(subscribers.Reasons)]
		if _, err := from.Suppress(t.Context(), a, reason, evening); err != nil {
			t.Fatal(err)
		}
		if is, err := from.Subscriber(t.Context(), a); err != nil {
			t.Fatal(err)
		} else if _, err := from.Unsubscribe(t.Context(), is.PublicID, evening.Add(time.Hour)); i%3 == 0 &&
			err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range forms {
		want := write(t, f, from.Subscribers(t.Context()))
		if n := len(read(t, "readers.csv", want)); n != 300 {
			t.Errorf("%v: got %d readers, want 300", f, n)
		}
		before := from
		for range 2 {
			to := openStore(t)
			rows := read(t, "readers.csv", write(t, f, before.Subscribers(t.Context())))
			if planned, done := plan(t, to, rows), enrol(t, to, rows); planned != done {
				t.Errorf("%v: planned %+v, did %+v", f, planned, done)
			}
			if diff := cmp.Diff(string(want), string(write(t, f, to.Subscribers(t.Context())))); diff != "" {
				t.Errorf("%v: %s", f, diff)
			}
			for _, row := range rows {
				got, err := to.Suppressions(t.Context(), row.Subscriber.Address)
				if err != nil || len(got) != len(row.Subscriber.Suppressions) {
					t.Errorf("%v: %s has %+v against them, %v, want %q", f, row.Subscriber.Address, got, err,
						row.Subscriber.Suppressions)
				}
			}
			if planned, done := plan(t, to, rows), enrol(t, to, rows); planned != done || done.Added+done.Changed > 0 {
				t.Errorf("%v, again: planned %+v, did %+v", f, planned, done)
			}
			before = to
		}
	}
}

// TestADryRunCountsWhatIsDone draws rows that contradict each other, ours and
// others', in any order.
func TestADryRunCountsWhatIsDone(t *testing.T) {
	s := openStore(t)
	begin := 0
	rapid.Check(t, func(r *rapid.T) {
		begin += 4 // a few addresses that are not there yet
		var rows []subscribers.Row
		for range rapid.IntRange(1, 12).Draw(r, "rows") {
			row := subscribers.Row{Subscriber: anybody(0).Draw(r, "reader"), Keep: rapid.Bool().Draw(r, "own")}
			a, err := subscribers.ParseAddress(fmt.Sprintf("r%d@reader.example",
				begin+rapid.IntRange(0, 3).Draw(r, "address")))
			if err != nil {
				r.Fatal(err)
			}
			row.Subscriber.Address = a
			if against := row.Subscriber.Suppressions; !row.Keep && len(against) > 0 {
				row.Subscriber.Suppressions = against[:1]
			}
			rows = append(rows, row)
		}
		for range 2 {
			if planned, done := plan(t, s, rows), enrol(t, s, rows); planned != done {
				r.Fatalf("planned %+v, did %+v", planned, done)
			}
		}
	})
}

// TestAConfirmationOnItsWayStaysWhereItIs moves a reader who had left and asked
// to come back: links do not move, and until one is used the reader has left.
func TestAConfirmationOnItsWayStaysWhereItIs(t *testing.T) {
	a, err := subscribers.ParseAddress("ines@reader.example")
	if err != nil {
		t.Fatal(err)
	}
	waits := subscribers.Subscriber{
		Address: a, Status: subscribers.Unconfirmed, Created: evening, Suppressions: []string{subscribers.ByReader},
		Preferences: subscribers.Preferences{Evenings: subscribers.EveryEvening, Variant: "designed"},
	}
	for _, f := range forms {
		to := openStore(t)
		rows := read(t, "readers.csv", write(t, f, readers([]subscribers.Row{{Subscriber: waits}})))
		if planned, done := plan(t, to, rows), enrol(t, to, rows); planned != done ||
			done != (subscribers.Counts{Suppressed: 1}) {
			t.Errorf("%v: planned %+v, did %+v", f, planned, done)
		}
		first := write(t, f, to.Subscribers(t.Context()))
		if is, err := to.Subscriber(t.Context(), a); err != nil || is.Status != subscribers.Suppressed ||
			is.Reason != subscribers.ByReader {
			t.Errorf("%v: got %+v, %v", f, is, err)
		}
		again := openStore(t)
		enrol(t, again, read(t, "readers.csv", first))
		if diff := cmp.Diff(string(first), string(write(t, f, again.Subscribers(t.Context())))); diff != "" {
			t.Errorf("%v: %s", f, diff)
		}
	}
}

func TestOtherProgramsGetWhoTheyMayMail(t *testing.T) {
	var all []subscribers.Row
	for i, a := range []string{
		"ines@reader.example", "left@reader.example", "+x@reader.example",
		"waits@reader.example",
	} {
		address, err := subscribers.ParseAddress(a)
		if err != nil {
			t.Fatal(err)
		}
		status := []subscribers.Status{
			subscribers.Active, subscribers.Unsubscribed, subscribers.Active,
			subscribers.Unconfirmed,
		}[i]
		all = append(all, subscribers.Row{Subscriber: subscribers.Subscriber{
			Address: address, Status: status,
			Name: "=Name", Created: evening, Tags: []string{"a, b", "c"},
		}})
	}
	for want, f := range map[string]form{
		`email,name,attributes
ines@reader.example,'=Name,"{""status"":""active"",""evenings"":""every"",""variant"":"""",""timezone"":"""",""tags"":[""a, b"",""c""],""created_at"":""2026-11-22T17:00:00Z"",""confirmed_at"":""""}"
waits@reader.example,'=Name,"{""status"":""unconfirmed"",""evenings"":""every"",""variant"":"""",""timezone"":"""",""tags"":[""a, b"",""c""],""created_at"":""2026-11-22T17:00:00Z"",""confirmed_at"":""""}"
`: {exchange.ForListmonk, false},
		`email,name,subscribed_to_emails,created_at,labels
ines@reader.example,=Name,true,2026-11-22T17:00:00Z,"a  b,c"
left@reader.example,=Name,false,2026-11-22T17:00:00Z,"a  b,c"
+x@reader.example,=Name,true,2026-11-22T17:00:00Z,"a  b,c"
waits@reader.example,=Name,false,2026-11-22T17:00:00Z,"a  b,c"
`: {exchange.ForGhost, true},
	} {
		if diff := cmp.Diff(want, string(write(t, f, readers(all)))); diff != "" {
			t.Error(diff)
		}
	}
	broken := errors.New("the disk is gone")
	_, err := exchange.Write(new(bytes.Buffer), exchange.CSV, false,
		func(yield func(subscribers.Subscriber, error) bool) { yield(subscribers.Subscriber{}, broken) })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// TestASecondImportChangesNothing imports every export that is here twice, all
// into one database: whoever is suppressed by one is suppressed in all.
func TestASecondImportChangesNothing(t *testing.T) {
	files, err := filepath.Glob("testdata/exports/*")
	if err != nil {
		t.Fatal(err)
	}
	collected, err := filepath.Glob("../../../shared/data/subscribers/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t)
	for round := range 2 {
		for _, name := range append(files, collected...) {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := exchange.Open(name, bytes.NewReader(content), int64(len(content)), exchange.Choices{})
			if err != nil {
				continue // the golden files say which
			}
			for _, p := range f.Parts {
				var rows []subscribers.Row
				for row, err := range p.Rows() {
					if err == nil {
						rows = append(rows, row)
					}
				}
				planned := plan(t, s, rows)
				if got := enrol(t, s, rows); got != planned || round == 1 && got.Added+got.Changed > 0 {
					t.Errorf("%s: planned %+v, did %+v", p.Name, planned, got)
				}
			}
		}
	}
}
