package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// Inbox is where sign-ups wait.
type Inbox interface {
	Receive(ctx context.Context, up subscribers.SignUp, limits subscribers.Limits) (subscribers.Delay, error)
	Waiting(ctx context.Context, after int64, n int) ([]subscribers.SignUp, error)
	Close(ctx context.Context, id int64) error
}

// inboxPromises are those about sign-ups.
var inboxPromises = map[string]func(*testing.T, Open){
	"TestAProofKeepsTheWordsOfItsForm":                   aProofKeepsItsForm,
	"TestASignUpWaitsUntilSomebodyLooks":                 aSignUpWaits,
	"TestTheAnswerToASignUpDoesNotTellWhoIsOnTheList":    theAnswerDoesNotTell,
	"TestNetworksHaveTheirLimits":                        networksHaveLimits,
	"TestOneAddressFromManyNetworksShutsNobodyOut":       oneAddressShutsNobodyOut,
	"TestTenThousandAddressesGetTwoHundredLettersAnHour": tenThousandAddresses,
	"TestNewNetworksAreLetInWhenTheOthersUsedUpTheRest":  newNetworksAreLetIn,
	"TestWhatAClockThatRanAheadWroteShutsNobodyOut":      aWrongClockShutsNobodyOut,
	"TestASignUpThatIsForgottenLeavesNoAddress":          aSignUpLeavesNoAddress,
	"TestNamingAMailboxAgainCountsOnceAndComesToAnEnd":   namingAgainComesToAnEnd,
}

var limits = subscribers.Limits{Network: 5, Site: 10, Provider: 50, All: 200, New: 100}

// types has somebody type an address into the form.
func types(t testing.TB, s Store, a, from string, now time.Time) subscribers.Delay {
	t.Helper()
	up := subscribers.SignUp{Address: address(t, a), At: now, From: from}
	if from != "" {
		up.Client = netip.MustParseAddr(from)
	}
	delay, err := s.Inbox.Receive(t.Context(), up, limits)
	if err != nil {
		t.Fatal(err)
	}
	return delay
}

// look does what a door does with the inbox, and gives how many letters were due.
func look(t testing.TB, s Store) int {
	t.Helper()
	posted := 0
	all, err := s.Inbox.Waiting(t.Context(), 0, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, up := range all {
		is := facts(t, s, up.Address)
		q := subscribers.Asking{At: up.At, From: up.From, Form: up.Form.Version, SignUp: up.ID}
		if _, refused := is.Ask(q); refused != subscribers.NotRefused {
			if err := s.Inbox.Close(t.Context(), up.ID); err != nil {
				t.Fatal(err)
			}
			continue
		}
		id := is.PublicID
		if is.ID == 0 {
			id = drawID()
		}
		if err := s.List.SignUp(t.Context(), up.Address, q, id, letterTo(up.Address, digest.Confirmation)); err != nil {
			t.Fatal(err)
		}
		posted++
	}
	return posted
}

func aSignUpWaits(t *testing.T, open Open) {
	s := open(t, Options{})
	types(t, s, "Ana@Quay.example", "192.0.2.1", evening)
	types(t, s, "bo@quay.example", "", evening)
	// Another process finds them, whatever became of the first.
	other := open(t, Options{})
	all, err := other.Inbox.Waiting(t.Context(), 0, 10)
	if err != nil || len(all) != 2 || all[0].Address.String() != "Ana@Quay.example" || all[0].From != "192.0.2.1" ||
		!all[0].At.Equal(evening) || all[1].From != "" {
		t.Fatalf("got %+v, %v", all, err)
	}
	if after, err := other.Inbox.Waiting(t.Context(), all[0].ID, 10); err != nil || len(after) != 1 {
		t.Errorf("after the first: %+v, %v", after, err)
	}
	if first, err := other.Inbox.Waiting(t.Context(), 0, 1); err != nil || len(first) != 1 {
		t.Errorf("one at most: %+v, %v", first, err)
	}
	if n := look(t, other); n != 2 {
		t.Errorf("%d letters were posted, want 2", n)
	}
	if n := look(t, s); n != 0 {
		t.Errorf("%d letters were posted a second time", n)
	}
	// Who was slower finds them answered.
	q := subscribers.Asking{At: evening.AddDate(0, 0, 1), SignUp: all[0].ID}
	if err := s.List.SignUp(t.Context(), all[0].Address, q, facts(t, s, all[0].Address).PublicID,
		letterTo(all[0].Address, digest.Confirmation)); !errors.Is(err, subscribers.ErrMeanwhile) {
		t.Errorf("a second answer to a sign-up: got %v, want ErrMeanwhile", err)
	}
}

// theAnswerDoesNotTell: six addresses that are on the list use up a network's limit as
// six others do.
func theAnswerDoesNotTell(t *testing.T, open Open) {
	s := open(t, Options{})
	for i := range 6 {
		add(t, s, active(address(t, fmt.Sprintf("known%d@quay.example", i))))
		known := types(t, s, fmt.Sprintf("known%d@quay.example", i), "192.0.2.1", evening)
		other := types(t, s, fmt.Sprintf("other%d@quay.example", i), "198.51.100.1", evening)
		if known != other || (known.Wait > 0) != (i == 5) {
			t.Errorf("sign-up %d: got %+v of one who is there, and %+v of another", i+1, known, other)
		}
		look(t, s)
	}
}

func networksHaveLimits(t *testing.T, open Open) {
	s := open(t, Options{})
	n := 0
	sign := func(from, limit string) {
		t.Helper()
		n++
		got := types(t, s, fmt.Sprintf("reader%d@quay.example", n), from, evening)
		if got.Limit != limit || (got.Wait > 0) != (limit != "") || got.Wait > time.Hour {
			t.Fatalf("from %s: got %+v, want the limit %q", from, got, limit)
		}
	}
	for i := range limits.Network {
		sign(fmt.Sprintf("192.0.2.%d", i+1), "")
		sign(fmt.Sprintf("2001:db8:0:12%02x::1", i), "")
		sign("", "")
	}
	sign("192.0.2.200", "/24")
	sign("::ffff:192.0.2.200", "/24")
	sign("192.0.3.1", "")
	sign("2001:db8:0:12ff::9", "/56")
	for i := range limits.Site - limits.Network {
		sign(fmt.Sprintf("2001:db8:0:%x00::1", i+0x20), "")
	}
	sign("2001:db8:0:7700::1", "/48")
	for i := range limits.Provider - limits.Site {
		sign(fmt.Sprintf("2001:db8:%x::1", i+1), "")
	}
	sign("2001:db8:7777::1", "/32")
	sign("2001:db9::1", "")
	for i := range limits.Provider - limits.Network - 1 {
		sign(fmt.Sprintf("192.0.%d.1", i+10), "")
	}
	sign("192.0.250.1", "/16")
	sign("192.1.0.1", "")
	// Another process knows of it; an hour later it is over.
	other := open(t, Options{})
	if got := types(t, other, "new@quay.example", "192.0.2.1", evening.Add(20*time.Minute)); got.Wait != 40*time.Minute {
		t.Errorf("after a restart: got %+v, want to wait for 40 minutes", got)
	}
	if got := types(t, other, "new@quay.example", "192.0.2.1", evening.Add(time.Hour)); got.Wait != 0 {
		t.Errorf("an hour later: got %+v", got)
	}
}

// oneAddressShutsNobodyOut: what posts one letter counts as one letter.
func oneAddressShutsNobodyOut(t *testing.T, open Open) {
	s := open(t, Options{})
	for i := range 1000 {
		types(t, s, "victim@quay.example", fmt.Sprintf("2001:db8:%x:%x::1", i/8, i%8*0x100), evening)
		if i%100 == 99 {
			look(t, s)
		}
	}
	if got := types(t, s, "ana@quay.example", "198.51.100.1", evening); got.Wait > 0 {
		t.Errorf("another is told to wait: %+v", got)
	}
	if n := len(owed(t, s.Outbox, evening)); n != 1 {
		t.Errorf("%d letters, want one", n)
	}
}

func tenThousandAddresses(t *testing.T, open Open) {
	s := open(t, Options{})
	// All of them have had letters today.
	for i := range limits.All {
		types(t, s, fmt.Sprintf("first%d@quay.example", i), fmt.Sprintf("10.%d.%d.1", i/50, i%50),
			evening.Add(-2*time.Hour))
	}
	posted := look(t, s)
	for i := range 2000 {
		from := fmt.Sprintf("10.%d.%d.1", i%200/50, i%50)
		types(t, s, fmt.Sprintf("reader%d@quay.example", i), from, evening.Add(time.Duration(i)*time.Second))
		if i%500 == 499 {
			posted += look(t, s)
		}
	}
	if posted != 2*limits.All {
		t.Errorf("%d letters in the first hours, want %d", posted, 2*limits.All)
	}
}

func newNetworksAreLetIn(t *testing.T, open Open) {
	s := open(t, Options{})
	sign := func(i int, from string) subscribers.Delay {
		t.Helper()
		return types(t, s, fmt.Sprintf("reader%d@quay.example", i), from, evening)
	}
	for i := range limits.All {
		if got := sign(i, fmt.Sprintf("10.%d.%d.1", i/50, i%50/5)); got.Wait > 0 {
			t.Fatalf("sign-up %d: %+v", i+1, got)
		}
	}
	if got := sign(999, ""); got.Limit != subscribers.InAll {
		t.Errorf("one whom nobody knows: got %+v", got)
	}
	look(t, s)
	for i := range limits.New {
		if got := sign(1000+i, fmt.Sprintf("11.%d.%d.1", i, i)); got.Wait > 0 {
			t.Fatalf("new network %d: %+v", i+1, got)
		}
	}
	if got := sign(2000, "12.1.1.1"); got.Limit != subscribers.InAll || got.Wait != time.Hour {
		t.Errorf("one more: %+v", got)
	}
}

func aWrongClockShutsNobodyOut(t *testing.T, open Open) {
	s := open(t, Options{})
	for i := range limits.Network {
		types(t, s, fmt.Sprintf("reader%d@quay.example", i), "192.0.2.1", evening.AddDate(3, 0, 0))
	}
	if got := types(t, s, "ana@quay.example", "192.0.2.1", evening); got.Wait > 0 {
		t.Errorf("got %+v", got)
	}
}

// namingAgainComesToAnEnd: even one address can't fill the disk from one network.
func namingAgainComesToAnEnd(t *testing.T, open Open) {
	s := open(t, Options{})
	taken := 0
	for range 200 {
		if types(t, s, "ana@quay.example", "192.0.2.1", evening).Wait == 0 {
			taken++
		}
	}
	if want := limits.Network * subscribers.Repeats; taken != want {
		t.Errorf("%d were taken, want %d", taken, want)
	}
}

func aSignUpLeavesNoAddress(t *testing.T, open Open) {
	s := open(t, Options{})
	types(t, s, "ana@quay.example", "192.0.2.1", evening)
	if found, err := s.List.Erase(t.Context(), address(t, "Ana@quay.example"), evening); !found || err != nil {
		t.Errorf("erased %v, %v", found, err)
	}
	if n := look(t, s); n != 0 {
		t.Errorf("%d letters to who was erased", n)
	}
	// What is a day old counts for nothing and goes; what waits stays.
	for i := range limits.Network {
		types(t, s, fmt.Sprintf("reader%d@quay.example", i), "192.0.2.1", evening)
	}
	look(t, s)
	types(t, s, "waits@quay.example", "198.51.100.1", evening)
	if _, err := s.List.Expire(t.Context(), evening.Add(25*time.Hour-subscribers.ConfirmWithin)); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Inbox.Waiting(t.Context(), 0, 10); len(all) != 1 || err != nil {
		t.Errorf("got %+v, %v", all, err)
	}
	if got := types(t, s, "late@quay.example", "192.0.2.1", evening); got.Wait > 0 {
		t.Errorf("a row that is gone counts: %+v", got)
	}
}
