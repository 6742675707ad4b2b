package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/digest"
	"vesper/subscribers"
)

// Reports is what came back, with all that a store must do with it.
type Reports interface {
	Trace(ctx context.Context, c subscribers.Clues) (subscribers.Found, error)
	Record(ctx context.Context, all []subscribers.Report) (int, error)
	Reports(ctx context.Context, f subscribers.ReportFilter) ([]subscribers.Report, error)
	Raw(ctx context.Context, id int64) ([]byte, error)
	Unweighed(ctx context.Context, after int64, limit int) ([]subscribers.Report, error)
	Weigh(ctx context.Context, all []subscribers.Report, rules subscribers.Rules, now time.Time,
	) ([]subscribers.Judgement, error)
	Apply(ctx context.Context, f subscribers.ReportFilter, rules subscribers.Rules, now time.Time,
	) ([]subscribers.Report, error)
	Discard(ctx context.Context, f subscribers.ReportFilter, now time.Time) ([]subscribers.Report, error)
	ReportSums(ctx context.Context, edition uint32) (subscribers.ReportSums, error)
	Caution(ctx context.Context) (string, error)
	ForgetRaw(ctx context.Context, before time.Time) (int, error)
}

var reportPromises = map[string]func(*testing.T, Open){
	"TestWhatComesTwiceIsOneReport":                whatComesTwiceIsOneReport,
	"TestReportsAreChosenByAnyOfTheirWords":        reportsAreChosenByTheirWords,
	"TestATokenProvesReaderAndEdition":             aTokenProvesReaderAndEdition,
	"TestATokenOfWhatWasNotSentProvesNothing":      aTokenOfWhatWasNotSentProvesNothing,
	"TestAMessageIDProvesWhoHasTheAddress":         aMessageIDProvesWhoHasTheAddress,
	"TestARedactedComplaintIsFoundByItsDate":       aRedactedComplaintIsFoundByItsDate,
	"TestAQueuesNameProvesWhoHasTheAddress":        aQueuesNameProvesWhoHasTheAddress,
	"TestAnAddressAloneProvesNothing":              anAddressAloneProvesNothing,
	"TestOfAReaderWhoIsGoneNoAddressIsKept":        ofAReaderWhoIsGoneNoAddressIsKept,
	"TestADeadAddressIsTakenOffAtOnce":             aDeadAddressIsTakenOffAtOnce,
	"TestAComplaintTakesOffAtOnce":                 aComplaintTakesOffAtOnce,
	"TestWhoWasPutBackIsNotTakenOffByOldReports":   whoWasPutBackIsNotTakenOffByOldReports,
	"TestFiveEditionsInARowOverAFortnightTakeOff":  fiveEditionsInARowTakeOff,
	"TestWhatIsNotProvenWaitsForAWord":             whatIsNotProvenWaitsForAWord,
	"TestManyAtOnceAreHeldAndGetNothing":           manyAtOnceAreHeld,
	"TestHalfADomainIsHeldWhoseEditionsArrived":    halfADomainIsHeld,
	"TestRawIsForgottenAfterItsTime":               rawIsForgotten,
	"TestWhatIsSentIsCountedApartFromWhatCameBack": whatCameBackIsCountedApart,
	"TestOfWhoIsRemovedNothingWaits":               ofWhoIsRemovedNothingWaits,
	"TestWhoIsPutBackIsNotHeld":                    whoIsPutBackIsNotHeld,
	"TestManyComplaintsHoldTheNextEdition":         manyComplaintsHoldTheNext,
	"TestARefusalOfARecipientIsAReport":            aRefusalIsAReport,
	"TestARefusalWithoutAVerdictIsNoReport":        aRefusalWithoutAVerdictIsNoReport,
	"TestARefusedLetterIsAReport":                  aRefusedLetterIsAReport,
	"TestErasingTakesTheReaderOutOfReports":        erasingTakesTheReaderOut,
	"TestTheEquationStandsWhateverComesBack":       theEquationStands,
}

// report is a delivery report that is proven for a reader.
func report(key string, reader int64, edition uint32, at time.Time) subscribers.Report {
	return subscribers.Report{
		Door: subscribers.DoorMail, Kind: subscribers.ReportDelivery, Key: key, Proof: subscribers.ByReturnPath,
		Subscriber: reader, Edition: edition, At: at, Class: subscribers.ClassRemove, Cause: subscribers.UserUnknown,
		Rule: `"no such user"`, Status: "5.1.1", Code: 550, Diagnostic: "550 5.1.1 no such user",
		Raw: []byte("Subject: failed\r\n\r\n" + key), State: subscribers.ReportNew,
	}
}

// unproven is one that is not.
func unproven(key, address string, at time.Time) subscribers.Report {
	r := report(key, 0, 0, at)
	r.Proof, r.Address, r.State = subscribers.NotProven, address, subscribers.ReportUnproven
	return r
}

func record(t testing.TB, s Store, all ...subscribers.Report) int {
	t.Helper()
	n, err := s.Reports.Record(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func reports(t testing.TB, s Store, f subscribers.ReportFilter) []subscribers.Report {
	t.Helper()
	all, err := s.Reports.Reports(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// weighAll weighs all that waits.
func weighAll(t testing.TB, s Store, now time.Time) []subscribers.Judgement {
	t.Helper()
	all, err := s.Reports.Unweighed(t.Context(), 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	judged, err := s.Reports.Weigh(t.Context(), all, subscribers.DefaultRules, now)
	if err != nil || len(judged) != len(all) {
		t.Fatalf("%d of %d are weighed, %v", len(judged), len(all), err)
	}
	return judged
}

// sendAll sends all that is owed of an edition.
func sendAll(t testing.TB, s Store, number uint32, at time.Time) {
	t.Helper()
	l := s.Ledger(number)
	for _, d := range owed(t, l, at) {
		ok, err := l.Intend(t.Context(), d, at, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		done := accepted(at)
		done.Outcome.QueueID = fmt.Sprintf("q%d.%d", number, d.Key)
		settle(t, l, d, done)
	}
}

// sendDay opens and sends the edition of day n.
func sendDay(t testing.TB, s Store, n int) uint32 {
	t.Helper()
	number := mustOpen(t, s, n)
	sendAll(t, s, number, Opening(n).At)
	return number
}

func whatComesTwiceIsOneReport(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	n := sendDay(t, s, 0)
	one := report("a", r.ID, n, evening)
	one.Diagnostic = "550 5.1.1 <reader1@news.example>: gone, ask boss@news.example"
	if got := record(t, s, one, report("b", r.ID, n, evening)); got != 2 {
		t.Errorf("recorded %d", got)
	}
	again := one
	again.Class = subscribers.ClassIgnore
	if got := record(t, s, again); got != 0 {
		t.Errorf("recorded %d once more", got)
	}
	all := reports(t, s, subscribers.ReportFilter{})
	if len(all) != 2 {
		t.Fatalf("got %d reports", len(all))
	}
	want := one
	want.ID, want.Raw, want.Diagnostic = all[1].ID, nil, "550 5.1.1 <…>: gone, ask …"
	want.EditionID = Opening(0).Edition.ID.String()
	if diff := cmp.Diff(want, all[1]); diff != "" {
		t.Error(diff)
	}
	if raw, err := s.Reports.Raw(t.Context(), all[1].ID); string(raw) != string(one.Raw) || err != nil {
		t.Errorf("got %q, %v", raw, err)
	}
}

func reportsAreChosenByTheirWords(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 2)
	first, second := sendDay(t, s, 0), sendDay(t, s, 1)
	full := report("full", rs[0].ID, second, evening)
	full.Class, full.Cause = subscribers.ClassCount, subscribers.MailboxFull
	reply := report("reply", rs[1].ID, second, evening)
	reply.Kind, reply.Class, reply.Cause = subscribers.ReportReply, subscribers.ClassIgnore, ""
	record(t, s, report("dead", rs[0].ID, first, evening), full, reply,
		unproven("forged", "Reader1@News.example", evening))
	for name, c := range map[string]struct {
		f    subscribers.ReportFilter
		want string
	}{
		"all":     {subscribers.ReportFilter{}, "forged reply full dead"},
		"newest":  {subscribers.ReportFilter{Limit: 2}, "forged reply"},
		"reader":  {subscribers.ReportFilter{Reader: rs[0].ID}, "full dead"},
		"address": {subscribers.ReportFilter{Reader: rs[0].ID, Address: rs[0].Address}, "forged full dead"},
		"named":   {subscribers.ReportFilter{Address: rs[0].Address}, "forged"},
		"edition": {subscribers.ReportFilter{Edition: second}, "reply full"},
		"class":   {subscribers.ReportFilter{Class: subscribers.ClassRemove}, "forged dead"},
		"kind":    {subscribers.ReportFilter{Kind: subscribers.ReportReply}, "reply"},
		"state": {subscribers.ReportFilter{States: []subscribers.ReportState{
			subscribers.ReportUnproven, subscribers.ReportHeld,
		}}, "forged"},
		"no IDs": {subscribers.ReportFilter{IDs: []int64{}}, ""},
	} {
		got := ""
		for _, r := range reports(t, s, c.f) {
			got += " " + r.Key
		}
		if len(got) > 0 {
			got = got[1:]
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func rawIsForgotten(t *testing.T, open Open) {
	s := open(t, Options{})
	r := addReaders(t, s, 1)[0]
	n := sendDay(t, s, 0)
	record(t, s, report("old", r.ID, n, evening), unproven("forged", "ana@quay.example", evening),
		report("new", r.ID, n, evening.Add(time.Hour)))
	if got, err := s.Reports.ForgetRaw(t.Context(), evening.Add(time.Hour)); got != 2 || err != nil {
		t.Errorf("forgot %d, %v", got, err)
	}
	for _, one := range reports(t, s, subscribers.ReportFilter{}) {
		raw, err := s.Reports.Raw(t.Context(), one.ID)
		if (len(raw) > 0) != (one.Key == "new") || one.Address != "" || err != nil {
			t.Errorf("%s: got %q and %q, %v", one.Key, raw, one.Address, err)
		}
	}
}

func whatCameBackIsCountedApart(t *testing.T, open Open) {
	s := open(t, Options{})
	rs := addReaders(t, s, 6)
	n := mustOpen(t, s, 0)
	l := s.Ledger(n)
	d := owed(t, l, evening)[5]
	intend(t, l, d)
	settle(t, l, d, digest.Settlement{
		Step: digest.Failed, At: evening,
		Outcome: digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1", Reply: "no such user"},
	})
	sendAll(t, s, n, evening)
	full, blocked := report("2", rs[1].ID, n, evening), report("3", rs[2].ID, n, evening)
	spam := report("4", rs[3].ID, n, evening)
	full.Class, full.Cause = subscribers.ClassCount, subscribers.MailboxFull
	blocked.Class, blocked.Cause = subscribers.ClassSender, subscribers.Blocked
	spam.Class, spam.Cause, spam.Kind = subscribers.ClassComplaint, subscribers.Complained, subscribers.ReportComplaint
	record(t, s, report("1", rs[0].ID, n, evening), report("1 again", rs[0].ID, n, evening), full, blocked, spam)
	refused := reports(t, s, subscribers.ReportFilter{Kind: subscribers.ReportRefusal})
	if len(refused) != 1 {
		t.Fatalf("got %d refusals", len(refused))
	}
	weighAll(t, s, evening)
	got, err := s.Reports.ReportSums(t.Context(), n)
	want := subscribers.ReportSums{Of: 6, Bounced: 2, Complained: 1, Dead: 1, Removed: 1, Sender: 1}
	if got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}
