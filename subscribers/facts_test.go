package subscribers_test

import (
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
func someone(status subscribers.Status, against ...string) subscribers.Facts {
	is := subscribers.Facts{Subscriber: subscribers.Subscriber{Status: status, Suppressions: against}}
	if status == subscribers.Active {
		is.Confirmed = now.AddDate(-1, 0, 0)
	}
	return is
}

func TestWhoMayBeAskedToConfirm(t *testing.T) {
	letters := func(ages ...time.Duration) subscribers.Facts {
		is := someone(subscribers.Unconfirmed)
		for _, age := range ages {
			is.Confirmations = append(is.Confirmations, subscribers.Confirmation{SentAt: now.Add(-age), Used: true})
		}
		return is
	}
	answered := func(is subscribers.Facts) subscribers.Facts {
		for i := range is.Confirmations {
			is.Confirmations[i].Answered = true
		}
		return is
	}
	elsewhere := func(age time.Duration) subscribers.Facts {
		is := someone("")
		is.Elsewhere = []subscribers.Confirmation{{SentAt: now.Add(-age)}}
		return is
	}
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		is         subscribers.Facts
		page, desk subscribers.Refusal
	}{
		"a stranger": {
			subscribers.Facts{},
			subscribers.NotRefused,
			subscribers.NotRefused,
		},
		"unconfirmed": {
			someone(subscribers.Unconfirmed), subscribers.NotRefused,
			subscribers.NotRefused,
		},
		"active": {
			someone(subscribers.Active), subscribers.RefusedActive,
			subscribers.RefusedActive,
		},
		"left": {
			someone(subscribers.Unsubscribed, subscribers.ByReader),
			subscribers.NotRefused, subscribers.RefusedBarred,
		},
		"complained": {
			someone("", subscribers.Complaint), subscribers.NotRefused,
			subscribers.RefusedBarred,
		},
		"bounced": {
			someone("", subscribers.HardBounce), subscribers.RefusedBarred,
			subscribers.RefusedBarred,
		},
		"left, then barred": {
			someone("", subscribers.ByReader, subscribers.Manual),
			subscribers.RefusedBarred, subscribers.RefusedBarred,
		},
		"asked a day ago": {letters(day), subscribers.NotRefused, subscribers.NotRefused},
		"asked today": {
			letters(day - time.Second), subscribers.RefusedLately,
			subscribers.RefusedLately,
		},
		"asked twice, 3 days ago": {letters(4*day, 3*day), subscribers.NotRefused, subscribers.NotRefused},
		"asked twice, less than 3 days ago": {
			letters(4*day, 3*day-time.Second), subscribers.RefusedLately,
			subscribers.RefusedLately,
		},
		"asked three times": {
			letters(30*day-time.Second, 9*day, 7*day-time.Second), subscribers.RefusedLately,
			subscribers.RefusedLately,
		},
		"asked three times, a week ago": {
			letters(30*day-time.Second, 9*day, 7*day), subscribers.NotRefused,
			subscribers.NotRefused,
		},
		"asked seven times": {
			letters(29*day, 28*day, 25*day, 21*day, 14*day, 8*day, 6*day), subscribers.RefusedLately,
			subscribers.RefusedLately,
		},
		"asked three times, of which one is old": {
			letters(30*day, 9*day, 3*day), subscribers.NotRefused,
			subscribers.NotRefused,
		},
		"asked today, and answered": {answered(letters(time.Hour)), subscribers.NotRefused, subscribers.NotRefused},
		"asked by another spelling": {elsewhere(time.Hour), subscribers.RefusedLately, subscribers.RefusedLately},
		"asked by a clock that ran ahead": {
			letters(-365 * day), subscribers.NotRefused,
			subscribers.NotRefused,
		},
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
// own status.
func TestLiftingLeavesWhatTheReaderSaid(t *testing.T) {
	for _, c := range []struct {
		is     subscribers.Facts
		want   subscribers.Status
		reason string
		lifted int
	}{
		{someone(subscribers.Suppressed, subscribers.HardBounce, subscribers.Manual), subscribers.Unconfirmed, "", 2},
		{
			someone(subscribers.Suppressed, subscribers.ByReader, subscribers.Manual), subscribers.Unsubscribed,
			subscribers.ByReader, 1,
		},
		{
			someone(subscribers.Suppressed, subscribers.Complaint, subscribers.ByReader, subscribers.Manual),
			subscribers.Suppressed, subscribers.Complaint, 1,
		},
		{someone(subscribers.Unsubscribed, subscribers.ByReader), subscribers.Unsubscribed, "", 0},
		{someone("", subscribers.Manual), "", "", 1},
		{someone(subscribers.Active), subscribers.Active, "", 0},
	} {
		got := c.is.Lift()
		if got.After.Status != c.want || got.After.Reason != c.reason || len(got.Lift) != c.lifted ||
			got.Changed != (c.lifted > 0) {
			t.Errorf("%s with %q: got %s %q, lifted %q", c.is.Status, c.is.Suppressions, got.After.Status,
				got.After.Reason, got.Lift)
		}
	}
}

func TestWhoIsSuppressedByOthersDoesNotConfirm(t *testing.T) {
	for reason, want := range map[string]bool{
		subscribers.HardBounce: false, subscribers.Manual: false, subscribers.Complaint: true,
		subscribers.ByReader: true,
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
