package subscribers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/subscribers"
)

var byString = cmp.Comparer(func(a, b subscribers.Address) bool { return a.String() == b.String() })

func address(t testing.TB, s string) subscribers.Address {
	t.Helper()
	a, err := subscribers.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// someone gives a reader as a few words say.
func someone(status subscribers.Status, against ...string) subscribers.Standing {
	is := subscribers.Standing{Subscriber: subscribers.Subscriber{Status: status, Suppressions: against}}
	if status == subscribers.Active {
		is.Confirmed = now.AddDate(-1, 0, 0)
	}
	return is
}

func TestWhoMayBeAskedToConfirm(t *testing.T) {
	letters := func(ages ...time.Duration) subscribers.Standing {
		is := someone(subscribers.Unconfirmed)
		for _, age := range ages {
			is.Confirmations = append(is.Confirmations, subscribers.Confirmation{SentAt: now.Add(-age), Used: true})
		}
		return is
	}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		is         subscribers.Standing
		page, desk subscribers.Refusal
	}{
		"a stranger":                             {subscribers.Standing{}, subscribers.NotRefused, subscribers.NotRefused},
		"unconfirmed":                            {someone(subscribers.Unconfirmed), subscribers.NotRefused, subscribers.NotRefused},
		"active":                                 {someone(subscribers.Active), subscribers.RefusedActive, subscribers.RefusedActive},
		"left":                                   {someone(subscribers.Unsubscribed, subscribers.ByReader), subscribers.NotRefused, subscribers.RefusedBarred},
		"complained":                             {someone("", subscribers.Complaint), subscribers.NotRefused, subscribers.RefusedBarred},
		"bounced":                                {someone("", subscribers.HardBounce), subscribers.RefusedBarred, subscribers.RefusedBarred},
		"left, then barred":                      {someone("", subscribers.ByReader, subscribers.Manual), subscribers.RefusedBarred, subscribers.RefusedBarred},
		"asked a day ago":                        {letters(day), subscribers.NotRefused, subscribers.NotRefused},
		"asked today":                            {letters(day - time.Second), subscribers.RefusedLately, subscribers.RefusedLately},
		"asked three times":                      {letters(30*day-time.Second, 9*day, day), subscribers.RefusedLately, subscribers.RefusedLately},
		"asked three times, of which one is old": {letters(30*day, 9*day, day), subscribers.NotRefused, subscribers.NotRefused},
	} {
		for byDesk, want := range map[bool]subscribers.Refusal{false: c.page, true: c.desk} {
			change, got := c.is.Ask(subscribers.Asking{At: now, ByDesk: byDesk})
			if got != want || change.Changed != (want == subscribers.NotRefused) {
				t.Errorf("%s, by the desk %v: got %q, changed %v, want %q", name, byDesk, got, change.Changed, want)
			}
		}
	}
}

// What the admin lifts is the admin's; what is left of a reader's own word has its
// own standing.
func TestLiftingLeavesWhatTheReaderSaid(t *testing.T) {
	for _, c := range []struct {
		is     subscribers.Standing
		want   subscribers.Status
		reason string
		lifted int
	}{
		{someone(subscribers.Suppressed, subscribers.HardBounce, subscribers.Manual), subscribers.Unconfirmed, "", 2},
		{someone(subscribers.Suppressed, subscribers.ByReader, subscribers.Manual), subscribers.Unsubscribed, subscribers.ByReader, 1},
		{someone(subscribers.Suppressed, subscribers.Complaint, subscribers.ByReader, subscribers.Manual), subscribers.Suppressed, subscribers.Complaint, 1},
		{someone(subscribers.Unsubscribed, subscribers.ByReader), subscribers.Unsubscribed, "", 0},
		{someone("", subscribers.Manual), "", "", 1},
		{someone(subscribers.Active), subscribers.Active, "", 0},
	} {
		got := c.is.Lift()
		if got.After.Status != c.want || got.After.Reason != c.reason || len(got.Lift) != c.lifted || got.Changed != (c.lifted > 0) {
			t.Errorf("%s with %q: got %s %q, lifted %q", c.is.Status, c.is.Suppressions, got.After.Status, got.After.Reason, got.Lift)
		}
	}
}

func TestWhoIsSuppressedByOthersDoesNotConfirm(t *testing.T) {
	for reason, want := range map[string]bool{
		subscribers.HardBounce: false, subscribers.Manual: false, subscribers.Complaint: true, subscribers.ByReader: true,
	} {
		is := someone(subscribers.Suppressed, reason)
		is.Confirmations = []subscribers.Confirmation{{SentAt: now.Add(-time.Hour)}}
		if _, ok := is.Confirm("", now); ok != want {
			t.Errorf("%s: may confirm: %v, want %v", reason, ok, want)
		}
	}
}

// Anybody may type an address that is not theirs.
func TestAStrangersAskingOverwritesNothing(t *testing.T) {
	consent := subscribers.Consent{AskedAt: now.AddDate(-1, 0, 0), AskedFrom: "192.0.2.1"}
	for _, c := range []struct {
		source string
		want   subscribers.Consent
	}{
		{"members.csv", consent},
		{subscribers.FromAdmin, consent},
		{subscribers.FromSignUp, subscribers.Consent{AskedAt: now, AskedFrom: "203.0.113.9"}},
	} {
		is := someone(subscribers.Unconfirmed)
		is.Consent, is.Provenance.Source = consent, c.source
		change, refused := is.Ask(subscribers.Asking{At: now, From: "203.0.113.9"})
		if change.After.Consent != c.want || change.After.Invited != now || refused != subscribers.NotRefused {
			t.Errorf("%s: got %+v (%s), want %+v", c.source, change.After.Consent, refused, c.want)
		}
	}
}

func TestWhatARowOfAnImportDoes(t *testing.T) {
	proof := subscribers.Consent{AskedAt: now, ConfirmedAt: now}
	proven := someone(subscribers.Active)
	proven.Consent = proof
	row := func(s subscribers.Status, c subscribers.Consent, against ...string) subscribers.Row {
		return subscribers.Row{Subscriber: subscribers.Subscriber{Status: s, Consent: c, Suppressions: against}}
	}
	nothing := subscribers.Consent{}
	for i, c := range []struct {
		is   subscribers.Standing
		row  subscribers.Row
		want subscribers.Effect
		then subscribers.Status
	}{
		{subscribers.Standing{}, row(subscribers.Active, nothing), subscribers.Adds, subscribers.Active},
		{subscribers.Standing{}, row(subscribers.Unconfirmed, nothing), subscribers.Adds, subscribers.Unconfirmed},
		{someone(subscribers.Unconfirmed), row(subscribers.Active, nothing), subscribers.Changes, subscribers.Active},
		{someone(subscribers.Unconfirmed), row(subscribers.Unconfirmed, nothing), subscribers.LeavesAlone, subscribers.Unconfirmed},
		{someone(subscribers.Active), row(subscribers.Unconfirmed, nothing), subscribers.LeavesAlone, subscribers.Active},
		{someone(subscribers.Active), row(subscribers.Active, proof), subscribers.Changes, subscribers.Active},
		{proven, row(subscribers.Active, proof), subscribers.LeavesAlone, subscribers.Active},
		{someone(subscribers.Unsubscribed, subscribers.ByReader), row(subscribers.Active, proof), subscribers.KeepsOff, subscribers.Unsubscribed},
		{someone("", subscribers.HardBounce), row(subscribers.Active, proof), subscribers.KeepsOff, ""},
		{someone(subscribers.Unconfirmed, subscribers.ByReader), row(subscribers.Active, proof), subscribers.KeepsOff, subscribers.Unconfirmed},
		{someone(subscribers.Active), row(subscribers.Active, proof, subscribers.Complaint), subscribers.KeepsOff, subscribers.Suppressed},
		{subscribers.Standing{}, row("", nothing, subscribers.Complaint), subscribers.KeepsOff, ""},
	} {
		change, got := c.is.Import(c.row, now)
		if got != c.want || change.After.Status != c.then {
			t.Errorf("row %d: got %d and %q, want %d and %q", i, got, change.After.Status, c.want, c.then)
		}
	}
}

func TestARowThatNoImportMayHaveIsRefused(t *testing.T) {
	ana := address(t, "ana@quay.example")
	for i, bad := range []subscribers.Row{
		{Subscriber: subscribers.Subscriber{Status: subscribers.Active}},
		{Subscriber: subscribers.Subscriber{Address: ana}},
		{Subscriber: subscribers.Subscriber{Address: ana, Status: subscribers.Suppressed}},
		{Subscriber: subscribers.Subscriber{Address: ana, Suppressions: []string{subscribers.Manual, "bored"}}},
		{Subscriber: subscribers.Subscriber{Address: ana, Status: subscribers.Active, Preferences: subscribers.Preferences{Evenings: 0xff}}},
		{Keep: true, Subscriber: subscribers.Subscriber{
			Address: ana, Suppressions: []string{subscribers.Manual}, Preferences: subscribers.Preferences{PausedUntil: "soon"},
		}},
	} {
		if err := bad.Check(); err == nil {
			t.Errorf("row %d is taken", i)
		}
	}
}

func TestTheMonthsOfAList(t *testing.T) {
	c := subscribers.NewCalendar(time.FixedZone("west", -5*3600))
	late := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	c.Count(late, late, time.Time{})
	c.Count(late, time.Time{}, late.AddDate(0, 1, 1))
	want := []subscribers.Month{{Name: "2026-10", Added: 2, Confirmed: 1}, {Name: "2026-12", Left: 1}}
	if got := fmt.Sprint(c.Months()); got != fmt.Sprint(want) {
		t.Errorf("got %s, want %v", got, want)
	}
}

// A reader who is there keeps what is known, and gains what was missing.
func TestAnImportFillsInWhatIsMissing(t *testing.T) {
	old := subscribers.Consent{AskedAt: now.AddDate(-2, 0, 0), AskedFrom: "192.0.2.1"}
	row := subscribers.Row{Subscriber: subscribers.Subscriber{
		Status: subscribers.Active, Name: "Somebody",
		Consent: subscribers.Consent{AskedAt: now.AddDate(-1, 0, 0), AskedFrom: "192.0.2.7", ConfirmedAt: now.AddDate(0, -1, 0), ConfirmedFrom: "192.0.2.8"},
	}}
	is := someone(subscribers.Active)
	is.Name, is.Consent = "Ana", old
	change, _ := is.Import(row, now)
	want := is
	want.Consent.ConfirmedAt, want.Consent.ConfirmedFrom = now.AddDate(0, -1, 0), "192.0.2.8"
	if diff := cmp.Diff(want, change.After, byString); diff != "" {
		t.Error(diff)
	}
	waits := someone(subscribers.Unconfirmed)
	waits.Invited = now
	change, _ = waits.Import(row, now)
	want = waits
	want.Status, want.Confirmed, want.Invited, want.Consent = subscribers.Active, now.AddDate(0, -1, 0), time.Time{}, row.Subscriber.Consent
	if diff := cmp.Diff(want, change.After, byString); diff != "" {
		t.Error(diff)
	}
}

// A row that is kept has the standing of its reasons, whatever its status says, and
// is confirmed only where the file says so.
func TestARowThatIsKeptIsOffTheList(t *testing.T) {
	left := now.AddDate(0, -1, 0)
	for status, want := range map[subscribers.Status]subscribers.Subscriber{
		subscribers.Active:       {Status: subscribers.Suppressed, Reason: subscribers.Complaint},
		subscribers.Suppressed:   {Status: subscribers.Suppressed, Reason: subscribers.Complaint},
		subscribers.Unsubscribed: {Status: subscribers.Unsubscribed, Reason: "by the reader"},
	} {
		for when, since := range map[time.Time]time.Time{{}: now, left: left, now.AddDate(1, 0, 0): now} {
			row := subscribers.Row{Keep: true, Subscriber: subscribers.Subscriber{
				Status: status, Left: when, Suppressions: []string{subscribers.Manual, subscribers.Complaint},
			}}
			change, effect := subscribers.Standing{}.Import(row, now)
			got := change.After
			if effect != subscribers.KeepsOff || !change.Enter || got.Status != want.Status || got.Reason != want.Reason || !got.Confirmed.IsZero() ||
				change.Since != since || when.IsZero() && got.Left != now || !when.IsZero() && got.Left != when {
				t.Errorf("%s, left %s: got %+v since %s", status, when, got, change.Since)
			}
			if change, _ = someone("", subscribers.Manual).Import(row, now); change.Enter {
				t.Errorf("%s: who was removed comes back by an old file", status)
			}
		}
	}
}

// Who signed up and has not confirmed still has to, counted from the asking.
func TestWhoComesBackUnconfirmedStillHasToConfirm(t *testing.T) {
	for _, c := range []struct {
		source      string
		asked, want time.Time
	}{
		{subscribers.FromSignUp, now, now},
		{subscribers.FromSignUp, time.Time{}, now.AddDate(-1, 0, 0)},
		{subscribers.FromAdmin, now, time.Time{}},
	} {
		is := someone(subscribers.Suppressed, subscribers.Manual)
		is.Provenance.Source, is.Consent.AskedAt, is.Created = c.source, c.asked, now.AddDate(-1, 0, 0)
		if got := is.Lift().After; got.Status != subscribers.Unconfirmed || got.Invited != c.want {
			t.Errorf("%s, asked %s: got %s, invited %s, want %s", c.source, c.asked, got.Status, got.Invited, c.want)
		}
	}
}
