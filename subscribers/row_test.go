package subscribers_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vesper/subscribers"
)

func TestWhatARowOfAnImportDoes(t *testing.T) {
	proof := subscribers.Consent{AskedAt: now, ConfirmedAt: now}
	proven := someone(subscribers.Active)
	proven.Consent = proof
	row := func(s subscribers.Status, c subscribers.Consent, against ...string) subscribers.Row {
		return subscribers.Row{Subscriber: subscribers.Subscriber{Status: s, Consent: c, Suppressions: against}}
	}
	nothing := subscribers.Consent{}
	for i, c := range []struct {
		is   subscribers.Facts
		row  subscribers.Row
		want subscribers.Effect
		then subscribers.Status
	}{
		{subscribers.Facts{}, row(subscribers.Active, nothing), subscribers.Adds, subscribers.Active},
		{subscribers.Facts{}, row(subscribers.Unconfirmed, nothing), subscribers.Adds, subscribers.Unconfirmed},
		{someone(subscribers.Unconfirmed), row(subscribers.Active, nothing), subscribers.Changes, subscribers.Active},
		{
			someone(subscribers.Unconfirmed), row(subscribers.Unconfirmed, nothing), subscribers.LeavesAlone,
			subscribers.Unconfirmed,
		},
		{
			someone(subscribers.Active), row(subscribers.Unconfirmed, nothing), subscribers.LeavesAlone,
			subscribers.Active,
		},
		{someone(subscribers.Active), row(subscribers.Active, proof), subscribers.Changes, subscribers.Active},
		{proven, row(subscribers.Active, proof), subscribers.LeavesAlone, subscribers.Active},
		{
			someone(subscribers.Unsubscribed, subscribers.ByReader), row(subscribers.Active, proof),
			subscribers.KeepsOff, subscribers.Unsubscribed,
		},
		{someone("", subscribers.HardBounce), row(subscribers.Active, proof), subscribers.KeepsOff, ""},
		{
			someone(subscribers.Unconfirmed, subscribers.ByReader), row(subscribers.Active, proof),
			subscribers.KeepsOff, subscribers.Unconfirmed,
		},
		{
			someone(subscribers.Active), row(subscribers.Active, proof, subscribers.Complaint), subscribers.KeepsOff,
			subscribers.Suppressed,
		},
		{subscribers.Facts{}, row("", nothing, subscribers.Complaint), subscribers.KeepsOff, ""},
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
		{Subscriber: subscribers.Subscriber{
			Address: ana, Status: subscribers.Active,
			Preferences: subscribers.Preferences{Evenings: 0xff},
		}},
		{Keep: true, Subscriber: subscribers.Subscriber{
			Address: ana, Suppressions: []string{subscribers.Manual},
			Preferences: subscribers.Preferences{PausedUntil: "soon"},
		}},
	} {
		if err := bad.Check(); err == nil {
			t.Errorf("row %d is taken", i)
		}
	}
}

// A reader who is there keeps what is known, and gains what was missing.
func TestAnImportFillsInWhatIsMissing(t *testing.T) {
	old := subscribers.Consent{AskedAt: now.AddDate(-2, 0, 0), AskedFrom: "192.0.2.1"}
	row := subscribers.Row{Subscriber: subscribers.Subscriber{
		Status: subscribers.Active, Name: "Somebody",
		Consent: subscribers.Consent{
			AskedAt: now.AddDate(-1, 0, 0), AskedFrom: "192.0.2.7",
			ConfirmedAt: now.AddDate(0, -1, 0), ConfirmedFrom: "192.0.2.8",
		},
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
	want.Status, want.Confirmed, want.Invited, want.Consent = subscribers.Active, now.AddDate(0, -1, 0), time.Time{},
		row.Subscriber.Consent
	if diff := cmp.Diff(want, change.After, byString); diff != "" {
		t.Error(diff)
	}
}

// A row that is kept has the status of its reasons, whatever its status says, and
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
			change, effect := subscribers.Facts{}.Import(row, now)
			got := change.After
			if effect != subscribers.KeepsOff || !change.Enter || got.Status != want.Status ||
				got.Reason != want.Reason || !got.Confirmed.IsZero() ||
				change.Since != since || when.IsZero() && got.Left != now || !when.IsZero() && got.Left != when {
				t.Errorf("%s, left %s: got %+v since %s", status, when, got, change.Since)
			}
			if change, _ = someone("", subscribers.Manual).Import(row, now); change.Enter {
				t.Errorf("%s: who was removed comes back by an old file", status)
			}
		}
	}
}
