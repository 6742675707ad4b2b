// Package storetest is the promises that every store must keep, as one suite: a
// second store is held to the same tests as the first. It knows stores by what
// they do and never by how: what is true of one kind of store alone is tested
// beside that store.
package storetest

import (
	"testing"
	"time"
)

// Store is an opened store by its parts.
type Store struct {
	List    List
	Reports Reports
	Inbox   Inbox
	Feeds   Feeds
	Alarms  Alarms
	Book    Book
	Beside  Beside
	Ledger  func(number uint32) Ledger
	Outbox  Outbox
	// Lock takes the lock that gives the right to deliver, and gives what gives it
	// back. Another's lock is a *digest.HeldError.
	Lock  func(role string) (unlock func() error, err error)
	Close func() error
	// Alone says that the lock is that of the one machine there is: whoever has it knows that
	// nobody else delivers.
	Alone bool
}

// Options are what a test asks of a store.
type Options struct {
	// Lease is how long a row under way belongs to its owner; 0 is the store's own.
	Lease time.Duration
}

// Open opens one store. Each call is a process of its own to it, with an owner of
// its own; all of one test open the same. It is closed when the test ends.
type Open func(t testing.TB, o Options) Store

// Run holds a store to every promise. Fresh gives each test a new store that is
// empty.
func Run(t *testing.T, fresh func(t testing.TB) Open) {
	for _, suite := range suites() {
		for name, test := range suite {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, fresh(t))
			})
		}
	}
}

// SideBySide are the promises that a test keeps in several goroutines at once. With the others
// nothing runs side by side but what a store does by itself.
var SideBySide = []string{
	"TestACorrectionIsOpenedOnce", "TestAnEditionIsOpenedOnce", "TestAProcessThatIsKilledLeavesItsRowsToTheOther",
	"TestOfTwoOpenersOneHasTheNumber", "TestOutcomesThatAreSettledAtOnceAreThereAfterTheyWereTold",
	"TestTenThousandSignUpsAreOneLetter", "TestTwoProcessesShareARangeAndNobodyIsSentTwice",
}

// suites are the promises by name, of each part of a store.
func suites() []map[string]func(*testing.T, Open) {
	return []map[string]func(*testing.T, Open){
		listPromises, inboxPromises, feedPromises, bookPromises, ledgerPromises, outboxPromises, reportPromises,
		alarmPromises, besidePromises,
	}
}
