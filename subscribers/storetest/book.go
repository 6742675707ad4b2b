package storetest

import (
	"context"
	"testing"
	"time"

	"vesper/digest"
)

// Book is the editions, with all that a store must do with them.
type Book interface {
	OpenEdition(ctx context.Context, o digest.Opening) (digest.Tallied, error)
	Enter(ctx context.Context, r digest.Record, passed []digest.Look, now time.Time) error
	Started(ctx context.Context, timetables map[string]string, now time.Time) error

	Begin(ctx context.Context, number uint32, now time.Time) (digest.Tallied, error)
	Waits(ctx context.Context, number uint32, reason string) error
	Taken(ctx context.Context, limit int) ([]digest.Delivery, error)
	Rest(ctx context.Context, number uint32, now time.Time) error
	Pause(ctx context.Context, number uint32, kind digest.Pause, reason string, now time.Time) error
	Resume(ctx context.Context, number uint32, until time.Duration, now time.Time) error
	Revive(ctx context.Context, number uint32, now time.Time) error
	Cancel(ctx context.Context, number uint32, now time.Time) (done bool, err error)
	Act(ctx context.Context, a digest.Act, title string) (was, is digest.Record, err error)
	Acts(ctx context.Context, id digest.ID) ([]digest.Act, error)
	Sequence(ctx context.Context, id digest.ID) ([]digest.Record, error)
	Toward(ctx context.Context, id digest.ID) (digest.Toward, error)
	OpenCorrection(ctx context.Context, o digest.Opening, a digest.Act) (digest.Tallied, error)
	Corrections(ctx context.Context, n int) ([]digest.Corrected, error)
	CorrectionsOf(ctx context.Context, id digest.ID) ([]digest.Corrected, error)
	Proofs(ctx context.Context, id digest.ID) ([]digest.KeptProof, error)
	Proof(ctx context.Context, key int64) (digest.Opening, error)
	KeepProof(ctx context.Context, o digest.Opening, after int64, letters []digest.Letter, now time.Time) error
	ContentHash(ctx context.Context, id digest.ID) (digest.ContentHash, error)
	Waves(ctx context.Context, number uint32) ([]digest.Wave, error)
	Hasten(ctx context.Context, number uint32, now time.Time) error
	Discard(ctx context.Context, id digest.ID) error
	Close(ctx context.Context, number uint32, now time.Time) error
	InHand(ctx context.Context, number uint32) (*digest.InHandError, error)
	Resolve(ctx context.Context, number uint32, resend bool, now time.Time) (int, error)
	Suspects(ctx context.Context, number uint32) (int, error)
	ResolveSuspects(ctx context.Context, number uint32, resend bool, until time.Duration, now time.Time) (int, error)
	Refused(ctx context.Context, number uint32, do func(f digest.Failure, active bool) error) error
	ResendRefused(
		ctx context.Context, number uint32, readers []int64, until time.Duration, now time.Time,
	) (int, error)
	Verify(ctx context.Context, number uint32) ([]string, error)

	Words(ctx context.Context, id digest.ID) (digest.Words, error)
	SetWords(ctx context.Context, id digest.ID, w digest.Words, now time.Time) error
	Pins(ctx context.Context, slot string) ([]string, error)
	SetPins(ctx context.Context, slot string, was, ids []string, now time.Time) error

	Record(ctx context.Context, id digest.ID) (digest.Record, error)
	Records(ctx context.Context) ([]digest.Record, error)
	Tallied(ctx context.Context, id digest.ID) (digest.Tallied, error)
	Tallies(ctx context.Context) ([]digest.Tallied, error)
	NewestOf(ctx context.Context, slot string, now time.Time) (digest.Record, time.Time, error)
	Unfinished(ctx context.Context) ([]digest.Unfinished, error)

	History(ctx context.Context, slot string, now time.Time) (digest.History, error)
	Latest(ctx context.Context) (time.Time, error)
	Forget(ctx context.Context, id digest.ID) error
	Printed(ctx context.Context) (map[string]digest.ID, error)
	Looked(ctx context.Context, slot string) (map[string]digest.Look, error)
	Messages(ctx context.Context, number uint32) ([]digest.Message, error)
	CopyFor(ctx context.Context, number uint32, subscriber int64, now time.Time) (digest.Delivery, error)
	Archive(ctx context.Context, n int) ([]digest.Printed, error)
	Headlines(ctx context.Context, id digest.ID) ([]digest.Found, error)
	Search(ctx context.Context, q digest.Query, n int) ([]digest.Found, error)
	WebView(ctx context.Context, id digest.ID) ([]byte, error)
	Edition(ctx context.Context, id digest.ID) (digest.Edition, error)
	PrintedArticles(ctx context.Context, number uint32) ([]digest.Article, error)
	PrintedArticle(ctx context.Context, id digest.ID, articleID string) (digest.Article, error)

	OwedReports(ctx context.Context) ([]digest.OwedReport, error)
	OwePaused(ctx context.Context, number uint32, now time.Time) error
	KeepReport(ctx context.Context, key int64, r digest.RunReport, letters []digest.Letter, now time.Time) error
	RunReports(ctx context.Context, limit int) ([]digest.RunReport, error)
	RunReport(ctx context.Context, id digest.ID) ([]digest.RunReport, error)
	CameBack(ctx context.Context) (digest.CameBack, error)
	NotSent(ctx context.Context, number uint32, do func(digest.NotSent) error) error

	Failures(ctx context.Context, number uint32, limit int) ([]digest.Failure, error)
	Receipt(ctx context.Context, id digest.ID, subscriber int64) (digest.Receipt, error)
	Receipts(ctx context.Context, subscriber int64) ([]digest.Receipt, error)
	ByDomain(ctx context.Context, number uint32) ([]digest.DomainTally, error)
	LeftOut(ctx context.Context, number uint32) (map[string]int, error)
	BeganAt(ctx context.Context, slot string, number uint32) (bool, error)

	Paced(ctx context.Context, number uint32, run digest.RunPace) error
	Pace(ctx context.Context) (digest.RunPace, error)
	PaceOf(ctx context.Context, number uint32) (digest.RunPace, error)
	SetRelays(ctx context.Context, all []digest.RelayState) error
	Relays(ctx context.Context) ([]digest.RelayState, error)
}

// bookPromises are those about editions. A name is that of a test.
var bookPromises = map[string]func(*testing.T, Open){
	"TestOpeningEntersEverything":                         openingEntersEverything,
	"TestOpeningIsAllOrNothing":                           openingIsAllOrNothing,
	"TestWhatIsOpenedAheadIsDueAtItsTime":                 whatIsOpenedAheadIsDueAtItsTime,
	"TestWhatIsOpenedAheadCanBeHastened":                  whatIsOpenedAheadCanBeHastened,
	"TestWhatIsOpenedAheadCanBePaused":                    whatIsOpenedAheadCanBePaused,
	"TestWhatIsOpenedAheadCanBeDiscarded":                 whatIsOpenedAheadCanBeDiscarded,
	"TestReadersOfOtherTimeZonesAreDueLater":              readersOfOtherTimeZonesAreDueLater,
	"TestAWaveStaysOneWhateverIsDoneAhead":                aWaveStaysOneWhateverIsDoneAhead,
	"TestACorrectionHasTheWavesThatAreToCome":             aCorrectionHasTheWavesThatAreToCome,
	"TestNobodyToSendToOpensNothing":                      nobodyToSendToOpensNothing,
	"TestAnEditionIsOpenedOnce":                           anEditionIsOpenedOnce,
	"TestAnEditionRemembersHowItIsSigned":                 anEditionRemembersHowItIsSigned,
	"TestADayWithoutAnEditionMayStillGetOne":              aDayWithoutAnEditionMayStillGetOne,
	"TestNumbersAreNeverReused":                           numbersAreNeverReused,
	"TestNoTwoPapersOfASlotHaveOneNumber":                 noTwoPapersOfASlotHaveOneNumber,
	"TestAPaperThatDidNotAppearHasNoNumber":               aPaperThatDidNotAppearHasNoNumber,
	"TestOfTwoOpenersOneHasTheNumber":                     ofTwoOpenersOneHasTheNumber,
	"TestWordsAreKeptUntilTheEditionIsOpened":             wordsAreKeptUntilTheEditionIsOpened,
	"TestAPinLastsUntilItsArticleIsPrinted":               aPinLastsUntilItsArticleIsPrinted,
	"TestWhatAnEditionLookedAtIsRemembered":               whatAnEditionLookedAtIsRemembered,
	"TestWhatADayPassedOverIsKeptUntilItPrints":           whatADayPassedOverIsKeptUntilItPrints,
	"TestAnEditionThatIsNotOpenedLookedAtNothing":         anEditionThatIsNotOpenedLookedAtNothing,
	"TestThePastIsRemembered":                             thePastIsRemembered,
	"TestAChangedTimetableIsRemembered":                   aChangedTimetableIsRemembered,
	"TestDaysOnEndAreOneRecord":                           daysOnEndAreOneRecord,
	"TestWhatAWrongClockRecordedIsNoRecord":               whatAWrongClockRecordedIsNoRecord,
	"TestACutOffToComeBoundsNoWindow":                     aCutOffToComeBoundsNoWindow,
	"TestARecordIsForgottenUnlessItWasOpened":             aRecordIsForgottenUnlessItWasOpened,
	"TestTheBookKnowsWhenItWasLastUsed":                   theBookKnowsWhenItWasLastUsed,
	"TestTheArchiveHasTheNewestFirst":                     theArchiveHasTheNewestFirst,
	"TestASendingEditionSaysWhatItWaitsFor":               aSendingEditionSaysWhatItWaitsFor,
	"TestAnEditionIsDoneWhenNobodyIsOwed":                 anEditionIsDoneWhenNobodyIsOwed,
	"TestAPauseHasAKind":                                  aPauseHasAKind,
	"TestAHeldEditionIsNotOpened":                         aHeldEditionIsNotOpened,
	"TestAProofIsMailedOnce":                              aProofIsMailedOnce,
	"TestApprovalsEndWithACancel":                         approvalsEndWithACancel,
	"TestWhatWasApprovedIsKept":                           whatWasApprovedIsKept,
	"TestAPauseIsHeardByTheNextMessage":                   aPauseIsHeardByTheNextMessage,
	"TestHeadlinesAreFoundTheNewestFirst":                 headlinesAreFoundTheNewestFirst,
	"TestACopyGoesToAnActiveReaderAlone":                  aCopyGoesToAnActiveReaderAlone,
	"TestACorrectionReachesEachReaderOnce":                aCorrectionReachesEachReaderOnce,
	"TestACorrectionTakesNothingFromTheWire":              aCorrectionTakesNothingFromTheWire,
	"TestACorrectionIsCorrected":                          aCorrectionIsCorrected,
	"TestACorrectionIsOpenedOnce":                         aCorrectionIsOpenedOnce,
	"TestTheTimeOfAPersonsPauseDoesNotCount":              theTimeOfAPersonsPauseDoesNotCount,
	"TestWhatIsUnfinishedSaysWhenTheNextIsDue":            whatIsUnfinishedSaysWhenTheNextIsDue,
	"TestTheSumsOfAnEditionThatIsOverFollowWhatIsChanged": theSumsFollow,
	"TestACrashLoopIsPaused":                              aCrashLoopIsPaused,
	"TestARunThatDiedWaitingForTheRelayIsNoCrashLoop":     aRunThatDiedWaitingIsNoCrashLoop,
	"TestACrashLoopKeepsWhenItWasLastTried":               aCrashLoopKeepsWhenItWasLastTried,
	"TestARunThatGetsOnIsNoCrashLoop":                     aRunThatGetsOnIsNoCrashLoop,
	"TestOnlyAnEditionUnderWayBegins":                     onlyAnEditionUnderWayBegins,
	"TestTheUnknownAreSentAgainByAnOperatorsWord":         theUnknownAreSentAgain,
	"TestTheUnknownAreDroppedByAnOperatorsWord":           theUnknownAreDropped,
	"TestSuspectsFailByAnOperatorsWord":                   suspectsFailByAnOperatorsWord,
	"TestSuspectsAreTriedAgainByAnOperatorsWord":          suspectsAreTriedAgainByAnOperatorsWord,
	"TestTheRefusedAreSentAgainByAnOperatorsWord":         theRefusedAreSentAgain,
	"TestNoWordOfAnOperatorDisturbsARun":                  aRunIsNotDisturbed,
	"TestAnEditionAddsUpByDomain":                         anEditionAddsUpByDomain,
	"TestAReadersDeliveriesAreReceipts":                   aReadersDeliveriesAreReceipts,
	"TestWhatIsOverOwesAReportOnce":                       whatIsOverOwesAReportOnce,
	"TestAPausedEditionIsToldOfOnce":                      aPausedEditionIsToldOfOnce,
	"TestAReportAndItsLettersAreKeptTogether":             aReportAndItsLettersAreKeptTogether,
	"TestAReportCountsWhatCameBackSinceTheOneBefore":      aReportCountsWhatCameBack,
	"TestWhoWasNotSentAnEditionIsNotNamed":                whoWasNotSentAnEditionIsNotNamed,
}
