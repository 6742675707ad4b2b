package storetest

import (
	"context"
	"iter"
	"testing"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// List is the list of readers, with all that a store must do with it.
type List interface {
	Facts(ctx context.Context, a subscribers.Address) (subscribers.Facts, error)
	FactsOf(ctx context.Context, publicID uint64) (subscribers.Facts, error)
	Subscriber(ctx context.Context, a subscribers.Address) (subscribers.Subscriber, error)
	Reader(ctx context.Context, publicID uint64) (subscribers.Subscriber, error)
	Subscribers(ctx context.Context) iter.Seq2[subscribers.Subscriber, error]
	Suppressions(ctx context.Context, a subscribers.Address) ([]subscribers.Suppression, error)
	Confirmations(ctx context.Context, a subscribers.Address) ([]subscribers.Confirmation, error)
	Form(ctx context.Context, version string) (subscribers.Form, error)

	Add(ctx context.Context, add subscribers.Subscriber, now time.Time) (subscribers.Subscriber, bool, error)
	EnrolAll(ctx context.Context, rows iter.Seq[subscribers.Row], now time.Time) (subscribers.Counts, error)
	EnrolPlan(ctx context.Context, rows iter.Seq[subscribers.Row]) (subscribers.Counts, error)

	SignUp(ctx context.Context, a subscribers.Address, q subscribers.Asking, publicID uint64,
		letter digest.Letter) error
	Confirm(ctx context.Context, publicID uint64, from string, welcome digest.Letter, now time.Time) error
	Expire(ctx context.Context, before time.Time) (int, error)
	Prefer(ctx context.Context, publicID uint64, p subscribers.Preferences) error
	Edit(ctx context.Context, a subscribers.Address, e subscribers.Edit) (was, is subscribers.Subscriber, err error)

	Unsubscribe(ctx context.Context, publicID uint64, now time.Time) (bool, error)
	AskMove(ctx context.Context, publicID uint64, m subscribers.Move, letter *digest.Letter) error
	Move(ctx context.Context, publicID uint64, asked time.Time, from string, letter digest.Letter, now time.Time) error
	MoveAtOnce(ctx context.Context, publicID uint64, m subscribers.Move, letter digest.Letter, now time.Time) error
	MoveBack(ctx context.Context, publicID uint64, moved, now time.Time) (bool, error)
	Return(ctx context.Context, publicID uint64, left, now time.Time) (bool, error)
	Suppress(ctx context.Context, a subscribers.Address, reason string, now time.Time) (bool, error)
	SuppressAll(ctx context.Context, all []subscribers.Address, reason string, now time.Time) (int, error)
	Unsuppress(ctx context.Context, a subscribers.Address, now time.Time) (bool, error)
	Remove(ctx context.Context, a subscribers.Address, goodbye *digest.Letter, now time.Time) (bool, error)
	RemoveAll(ctx context.Context, all iter.Seq[subscribers.Address], now time.Time) (int, error)
	Erase(ctx context.Context, a subscribers.Address, now time.Time) (bool, error)
	Quotes(ctx context.Context, a subscribers.Address, subscriber int64) (digest.Quotes, error)

	Count(ctx context.Context, id digest.ID) (int, error)
	Domains(ctx context.Context, id digest.ID) ([]subscribers.Domain, error)
	CountByStatus(ctx context.Context) (map[subscribers.Status]int, error)
	CountByReason(ctx context.Context) (map[string]int, error)
	Zones(ctx context.Context, id digest.ID) ([]digest.Zone, error)
	ActiveAt(ctx context.Context, moments []time.Time) ([]int, error)
	AddressesOf(ctx context.Context, ids []int64) (map[int64]subscribers.Address, error)
	Numbers(ctx context.Context, zone *time.Location) (subscribers.Numbers, error)

	Keyring(ctx context.Context) (subscribers.Keyring, error)
	SigningKey(ctx context.Context) (subscribers.Key, error)
	Rotate(ctx context.Context, now time.Time) (byte, error)
	KeyUse(ctx context.Context, id byte, now time.Time) (subscribers.KeyUse, error)
	Retire(ctx context.Context, id byte, now time.Time) error
}

// listPromises are those about readers. A name is that of a test.
var listPromises = map[string]func(*testing.T, Open){
	"TestAddingIsIdempotent":                        addingIsIdempotent,
	"TestWhoLeftIsNotBroughtBack":                   whoLeftIsNotBroughtBack,
	"TestFactsAreAllThatTheRulesAskFor":             factsAreAllThatTheRulesAskFor,
	"TestAnImportCountsWhatBecameOfItsRows":         anImportCountsItsRows,
	"TestAnImportKeepsTheStatusOfEachRow":           anImportKeepsTheStatusOfEachRow,
	"TestWhoIsOffTheListIsKeptAsTheRowSays":         whoIsOffTheListIsKept,
	"TestAnEditChangesARowAndNothingElse":           anEditChangesARow,
	"TestWhateverIsSaidStoresDoWhatTheRulesSay":     storesDoWhatTheRulesSay,
	"TestManyAreRemovedAsOneIs":                     manyAreRemovedAsOneIs,
	"TestAGoodbyeGoesOutWithTheRemovalOrNotAtAll":   aGoodbyeGoesOutWithTheRemoval,
	"TestASuppressionTakesOffWhatIsPending":         aSuppressionTakesOffWhatIsPending,
	"TestEachReasonIsLiftedByWhoMay":                eachReasonIsLiftedByWhoMay,
	"TestWhoCannotBeAddedIsToldWhy":                 whoCannotBeAddedIsToldWhy,
	"TestWhoLeftWhileSuppressedHasLeft":             whoLeftWhileSuppressedHasLeft,
	"TestTheGravestReasonIsNamed":                   theGravestReasonIsNamed,
	"TestSuppressionsOutliveTheRow":                 suppressionsOutliveTheRow,
	"TestAReaderSignsUpAndConfirms":                 aReaderSignsUpAndConfirms,
	"TestAnAddressIsAskedLessAndLessOften":          anAddressIsAskedLessAndLess,
	"TestSpellingsOfAMailboxAreAskedOnce":           spellingsAreAskedOnce,
	"TestWhoAnsweredMayBeAskedTheSameDay":           whoAnsweredMayBeAskedAgain,
	"TestTenThousandSignUpsAreOneLetter":            tenThousandSignUpsAreOneLetter,
	"TestWhoMustNotBeMailedIsNotAsked":              whoMustNotBeMailedIsNotAsked,
	"TestNothingIsWrittenOfOldFacts":                nothingIsWrittenOfOldFacts,
	"TestAReaderMovesToAnotherAddress":              aReaderMovesToAnotherAddress,
	"TestNobodyMovesWhereTheyMustNot":               nobodyMovesWhereTheyMustNot,
	"TestWhoMovesToWhereTheyAreAlreadyIsThereOnce":  whoMovesToWhereTheyAreAlreadyIsThereOnce,
	"TestWhoHasAReadersLinkGetsNothingByIt":         whoHasAReadersLinkGetsNothingByIt,
	"TestNobodyKeepsAReaderFromTheirFormerAddress":  nobodyKeepsAReaderFromTheirFormerAddress,
	"TestAMoveIsForgottenWithItsAddresses":          aMoveIsForgottenWithItsAddresses,
	"TestAReaderTakesBackThatTheyLeft":              aReaderTakesBackThatTheyLeft,
	"TestAnOldLinkDoesNotUndoALeaving":              anOldLinkDoesNotUndoALeaving,
	"TestLeavingAgainVoidsAnOpenLink":               leavingAgainVoidsAnOpenLink,
	"TestALinkWorksOnce":                            aLinkWorksOnce,
	"TestWhoCameBackHasNotLeft":                     whoCameBackHasNotLeft,
	"TestWhoDoesNotConfirmIsForgotten":              whoDoesNotConfirmIsForgotten,
	"TestAFilesReaderIsAskedOnce":                   aFilesReaderIsAskedOnce,
	"TestAStrangersSignUpLeavesAnImportedRowAlone":  aStrangersSignUpLeavesAnImportedRowAlone,
	"TestWhoIsNotSuppressedAnyMoreStillMustConfirm": whoIsNotSuppressedStillMustConfirm,
	"TestEditionsComeOnTheEveningsThatReadersChose": editionsComeOnTheChosenEvenings,
	"TestPreferencesDoNotTouchAnOpenEdition":        preferencesDoNotTouchAnOpenEdition,
	"TestAPauseSkipsWhatIsNotSentYet":               aPauseSkipsWhatIsNotSentYet,
	"TestTheListInNumbers":                          theListInNumbers,
	"TestWhatIsKnownOfLettersIsKept":                whatIsKnownOfLettersIsKept,
	"TestOldLinksWorkForEver":                       oldLinksWorkForEver,
	"TestOfARetiredKeyOnlyLeavingGoesOn":            aRetiredKeySignsNothingButLeaving,
	"TestAnOpenEditionKeepsItsKey":                  anOpenEditionKeepsItsKey,
}
