package storetest

import (
	"fmt"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// became wants the reports of a key prefix to have a state, and its reader a status.
func became(t testing.TB, s Store, key string, state subscribers.ReportState, r subscribers.Subscriber,
	want subscribers.Status,
) {
	t.Helper()
	for _, one := range reports(t, s, subscribers.ReportFilter{}) {
		if one.Key == key && one.State != state {
			t.Errorf("%s is %s (%s), want %s", key, one.State, one.Why, state)
		}
	}
	if got := status(t, s, r.Address); got != want {
		t.Errorf("%s: the reader is %s, want %s", key, got, want)
	}
}

func aDeadAddressIsTakenOffAtOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 2)
	n := sendDay(t, s, 0)
	next := mustOpen(t, s, 1)
	record(t, s, report("dead", rs[0].ID, n, evening))
	if j := weighAll(t, s, evening); j[0].Suppress != subscribers.HardBounce {
		t.Errorf("got %+v", j)
	}
	became(t, s, "dead", subscribers.ReportActed, rs[0], subscribers.Suppressed)
	wantTally(t, s, 1, digest.Tally{Opened: 2, Skipped: 1, Pending: 1})
	if got := len(owed(t, s.Ledger(next), Opening(1).At)); got != 1 {
		t.Errorf("%d are owed", got)
	}
	// The same by another way, and once more by the same: it was acted on.
	other := report("dead", rs[0].ID, n, evening)
	other.Door = subscribers.WebhookDoor("ses")
	record(t, s, other, report("dead", rs[0].ID, n, evening))
	if j := weighAll(t, s, evening); len(j) != 1 || j[0].State != subscribers.ReportNoted {
		t.Errorf("got %+v", j)
	}
}

func aComplaintTakesOffAtOnce(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 2)[0]
	n := sendDay(t, s, 0)
	c := report("spam", r.ID, n, evening)
	c.Kind, c.Class, c.Cause = subscribers.ReportComplaint, subscribers.ClassComplaint, subscribers.Complained
	record(t, s, c)
	weighAll(t, s, evening)
	became(t, s, "spam", subscribers.ReportActed, r, subscribers.Suppressed)
	if f := facts(t, s, r.Address); f.Reason != subscribers.Complaint {
		t.Errorf("got %s", f.Reason)
	}
}

func whoWasPutBackIsNotTakenOffByOldReports(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 2)[0]
	n := sendDay(t, s, 0)
	record(t, s, report("dead", r.ID, n, evening))
	weighAll(t, s, evening)
	day := evening.Add(24 * time.Hour)
	if changed, err := s.List.Unsuppress(t.Context(), r.Address, day); !changed || err != nil {
		t.Fatal(changed, err)
	}
	record(t, s, report("replayed", r.ID, n, day.Add(time.Hour)))
	weighAll(t, s, day.Add(time.Hour))
	became(t, s, "replayed", subscribers.ReportNoted, r, subscribers.Active)
	unnamed := report("of no message", r.ID, 0, day.Add(time.Hour))
	unnamed.Proof, unnamed.Door = subscribers.ByWebhookSecret, subscribers.WebhookDoor("ses")
	record(t, s, unnamed)
	weighAll(t, s, day.Add(time.Hour))
	became(t, s, "of no message", subscribers.ReportNoted, r, subscribers.Active)
	record(t, s, report("news", r.ID, sendDay(t, s, 2), Opening(2).At))
	weighAll(t, s, Opening(2).At)
	became(t, s, "news", subscribers.ReportActed, r, subscribers.Suppressed)
}

func fiveEditionsInARowTakeOff(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 3)
	for i := range 5 {
		n := sendDay(t, s, i*4)
		at := Opening(i * 4).At.Add(time.Hour)
		for j, r := range rs[:2] {
			// The second one's third edition arrived.
			if j == 1 && i == 2 {
				continue
			}
			full := report(fmt.Sprintf("full %d %d", j, i), r.ID, n, at)
			full.Class, full.Cause, full.Status = subscribers.ClassCount, subscribers.MailboxFull, "5.2.2"
			twice := full
			twice.Door = subscribers.WebhookDoor("ses")
			record(t, s, full, twice)
		}
		weighAll(t, s, at)
		want := subscribers.Active
		if i == 4 {
			want = subscribers.Suppressed
		}
		became(t, s, "", "", rs[0], want)
	}
	became(t, s, "", "", rs[1], subscribers.Active)
}

func whatIsNotProvenWaitsForAWord(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 3)
	sendDay(t, s, 0)
	record(t, s, unproven("a", "reader1@news.example", evening), unproven("b", "reader2@news.example", evening),
		unproven("c", "ana@quay.example", evening))
	if j := weighAll(t, s, evening); len(j) != 0 {
		t.Errorf("weighed %+v", j)
	}
	became(t, s, "a", subscribers.ReportUnproven, rs[0], subscribers.Active)
	id := reports(t, s, subscribers.ReportFilter{Address: rs[0].Address})[0].ID
	got, err := s.Reports.Apply(t.Context(), subscribers.ReportFilter{IDs: []int64{id}}, subscribers.DefaultRules, evening)
	if err != nil || len(got) != 1 || got[0].Proof != subscribers.ByAdmin || got[0].Address != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	became(t, s, "a", subscribers.ReportActed, rs[0], subscribers.Suppressed)
	got, err = s.Reports.Discard(t.Context(), subscribers.ReportFilter{Address: rs[1].Address}, evening)
	if err != nil || len(got) != 1 || got[0].Address != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	became(t, s, "b", subscribers.ReportDiscarded, rs[1], subscribers.Active)
	got, err = s.Reports.Apply(t.Context(), subscribers.ReportFilter{}, subscribers.DefaultRules, evening)
	if err != nil || len(got) != 1 || got[0].State != subscribers.ReportNoted || got[0].Address != "" {
		t.Errorf("got %+v, %v: nobody has that address", got, err)
	}
}

func manyAtOnceAreHeld(t *testing.T, open Open) {
	s := open(t, Options{})
	var rs []subscribers.Subscriber
	for i := range 30 {
		rs = append(rs, addReader(t, s, fmt.Sprintf("reader%d@paper%d.example", i, i)))
	}
	sendDay(t, s, 0)
	n := sendDay(t, s, 1)
	begun := mustOpen(t, s, 2)
	at := Opening(1).At.Add(time.Minute)
	for i, r := range rs[:14] {
		record(t, s, report(fmt.Sprint(i), r.ID, n, at))
	}
	weighAll(t, s, at)
	for i, r := range rs[:14] {
		if i < 10 {
			became(t, s, fmt.Sprint(i), subscribers.ReportActed, r, subscribers.Suppressed)
		} else {
			became(t, s, fmt.Sprint(i), subscribers.ReportHeld, r, subscribers.Active)
		}
	}
	sums, err := s.Reports.ReportSums(t.Context(), n)
	if sums.Removed != 10 || sums.Held != 4 || err != nil {
		t.Errorf("got %+v, %v", sums, err)
	}
	// Nothing that waits for them is begun, and no edition is opened with them.
	sendAll(t, s, begun, Opening(2).At)
	wantTally(t, s, 2, digest.Tally{Opened: 30, Sent: 16, Skipped: 14})
	got, err := s.Book.Receipt(t.Context(), Opening(2).Edition.ID, rs[12].ID)
	if got.Reason != "held" || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	opensWith(t, s, 3, 16)
	held := []subscribers.ReportState{subscribers.ReportHeld}
	all := reports(t, s, subscribers.ReportFilter{States: held})
	if _, err := s.Reports.Discard(t.Context(), subscribers.ReportFilter{IDs: []int64{all[0].ID}}, at); err != nil {
		t.Fatal(err)
	}
	became(t, s, "13", subscribers.ReportDiscarded, rs[13], subscribers.Active)
	opensWith(t, s, 4, 17)
	of := subscribers.ReportFilter{Edition: n}
	if _, err := s.Reports.Apply(t.Context(), of, subscribers.DefaultRules, at); err != nil {
		t.Fatal(err)
	}
	became(t, s, "12", subscribers.ReportActed, rs[12], subscribers.Suppressed)
	opensWith(t, s, 5, 17)
}

// holdsOne has so many come back from an edition that the last reader is held.
func holdsOne(t *testing.T, s Store) subscribers.Subscriber {
	t.Helper()
	rs := addReaders(t, s, 12)
	n := sendDay(t, s, 0)
	for i, r := range rs[:11] {
		record(t, s, report(fmt.Sprint(i), r.ID, n, evening))
	}
	weighAll(t, s, evening)
	became(t, s, "10", subscribers.ReportHeld, rs[10], subscribers.Active)
	return rs[10]
}

func ofWhoIsRemovedNothingWaits(t *testing.T, open Open) {
	s := open(t, Options{})
	r := holdsOne(t, s)
	record(t, s, report("new", r.ID, 1, evening))
	removeReader(t, s, r.Address)
	for _, one := range reports(t, s, subscribers.ReportFilter{Reader: r.ID}) {
		raw, err := s.Reports.Raw(t.Context(), one.ID)
		if one.State != subscribers.ReportNoted || raw != nil || err != nil {
			t.Errorf("got %+v with %q, %v", one, raw, err)
		}
	}
	if j := weighAll(t, s, evening); len(j) != 0 {
		t.Errorf("weighed %+v", j)
	}
}

func whoIsPutBackIsNotHeld(t *testing.T, open Open) {
	s := open(t, Options{})
	r := holdsOne(t, s)
	suppress(t, s, r.Address, subscribers.Manual, evening)
	if _, err := s.List.Unsuppress(t.Context(), r.Address, evening); err != nil {
		t.Fatal(err)
	}
	became(t, s, "10", subscribers.ReportDiscarded, r, subscribers.Active)
	opensWith(t, s, 1, 2)
}

// opensWith wants the edition of day n to be opened with so many readers, as it was
// counted before.
func opensWith(t testing.TB, s Store, n, want int) {
	t.Helper()
	count, err := s.List.Count(t.Context(), Opening(n).Edition.ID)
	if err != nil {
		t.Fatal(err)
	}
	domains, err := s.List.Domains(t.Context(), Opening(n).Edition.ID)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0
	for _, d := range domains {
		sum += d.Readers
	}
	mustOpen(t, s, n)
	if got := tally(t, s, n).Opened; got != want || count != want || sum != want {
		t.Errorf("opened with %d, counted %d, at domains %d, want %d", got, count, sum, want)
	}
}

func halfADomainIsHeld(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 8)
	for i := range 200 {
		addReader(t, s, fmt.Sprintf("other%d@paper.example", i))
	}
	former := sendDay(t, s, 0)
	n := sendDay(t, s, 1)
	at := Opening(1).At.Add(time.Minute)
	record(t, s, report("former", rs[7].ID, former, at))
	for i, r := range rs[:6] {
		record(t, s, report(fmt.Sprint(i), r.ID, n, at))
	}
	weighAll(t, s, at)
	for i, r := range rs[:6] {
		if i < 4 {
			became(t, s, fmt.Sprint(i), subscribers.ReportActed, r, subscribers.Suppressed)
		} else {
			became(t, s, fmt.Sprint(i), subscribers.ReportHeld, r, subscribers.Active)
		}
	}
}

func manyComplaintsHoldTheNext(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 12)
	n := sendDay(t, s, 0)
	for i, r := range rs[:10] {
		if caution, err := s.Reports.Caution(t.Context()); caution != "" || err != nil {
			t.Errorf("%d complaints: %q, %v", i, caution, err)
		}
		spam := report(fmt.Sprint(i), r.ID, n, evening)
		spam.Class, spam.Cause = subscribers.ClassComplaint, subscribers.Complained
		twice := spam
		twice.Door = subscribers.WebhookDoor("ses")
		record(t, s, spam, twice)
	}
	weighAll(t, s, evening)
	if caution, err := s.Reports.Caution(t.Context()); caution == "" || err != nil {
		t.Errorf("got %q, %v", caution, err)
	}
	// Whoever sent the next one by hand has looked.
	sendDay(t, s, 1)
	if caution, err := s.Reports.Caution(t.Context()); caution != "" || err != nil {
		t.Errorf("got %q, %v", caution, err)
	}
}

func theEquationStands(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 20)
	n := sendDay(t, s, 0)
	before := tally(t, s, 0)
	for i, r := range rs {
		one := report(fmt.Sprint(i), r.ID, n, evening)
		if i%3 == 0 {
			one.Class, one.Cause = subscribers.ClassComplaint, subscribers.Complained
		}
		record(t, s, one)
	}
	weighAll(t, s, evening)
	if _, err := s.Reports.Apply(t.Context(), subscribers.ReportFilter{}, subscribers.DefaultRules, evening); err != nil {
		t.Fatal(err)
	}
	wantTally(t, s, 0, before)
	for _, r := range rs {
		got, err := s.Book.Receipt(t.Context(), Opening(0).Edition.ID, r.ID)
		if got.Step != digest.Sent || err != nil {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}
