package web

import (
	"context"
	"time"

	"vesper/digest"
)

// Desk is the newsroom's: editions to come, for those whom their proofs are mailed to.
type Desk interface {
	// Editors are the addresses whose links are good.
	Editors() []string
	// Sheet gives an edition as it would go, or as it went. It is digest.ErrNotFound if there
	// is no desk page of it any more.
	Sheet(ctx context.Context, id digest.ID) (Sheet, error)
	// Look gives the edition of a sheet as it arrives: the HTML of the designed form, and its
	// text.
	Look(ctx context.Context, sheet Sheet) (html, text string, err error)
	// Do does what somebody wants, as the command line does it, and says what was done. It is a
	// *StaleError if the edition is not as it was shown to them any more, and a *RefusedError
	// if it can't be done: then nothing changes.
	Do(ctx context.Context, id digest.ID, w Wish) (said string, err error)
}

// Sheet is an edition on its desk page.
type Sheet struct {
	// Edition is what is printed, and Hash names all of it; it is zero if there is nothing to
	// print.
	Edition digest.Edition
	Hash    digest.ContentHash
	// Subject is what stands in inboxes.
	Subject string
	// Record is what the book has of it. The State of one that it does not have is Due.
	Record digest.Record
	// Choices are the articles of the desk, the printed ones first and in their order, Pins the
	// pinned ones, and Flaws says which files can't be read.
	Choices []digest.Choice
	Pins    []string
	Flaws   []string
	// Words are the editor's, as they are kept.
	Words digest.Words
	// Acts are what people did to it.
	Acts []digest.Act
	// Due is when it goes, and Opens when it is fixed; they are in the newsroom's zone.
	Due, Opens time.Time
	// NeedsApproval says that it goes only as somebody has approved it, and Approved is the
	// version that was; zero for none.
	NeedsApproval bool
	Approved      digest.ContentHash
	// Refused says why it would not go as it is; "" if it would.
	Refused    string
	Recipients int
	// Now is when the sheet was made, and Live says that it can be held, and so on. Fixed says
	// that nothing else can be changed in it.
	Now         time.Time
	Live, Fixed bool
}

// Frozen says whether the edition is put together already, and waits for its time.
func (s Sheet) Frozen() bool { return s.Record.Frozen(s.Now) }

// Stopped says whether somebody holds it.
func (s Sheet) Stopped() bool {
	return s.Record.State == digest.Held || s.Record.State == digest.Paused && s.Record.Pause == digest.PausedDesk
}

// WishKind is what an editor wants of an edition.
type WishKind string

// The wishes: they are buttons of the desk page, and verbs of the command line.
const (
	WishHold    WishKind = "hold"
	WishRelease WishKind = "release"
	WishApprove WishKind = "approve"
	WishPin     WishKind = "pin"
	WishUnpin   WishKind = "unpin"
	WishOrder   WishKind = "order"
	WishSpike   WishKind = "spike"
	WishUnspike WishKind = "unspike"
	WishWords   WishKind = "words"
)

// Wish is what somebody wants of an edition that they were shown.
type Wish struct {
	Kind WishKind
	// By is whose link it came by, and Reason why; it may be empty.
	By, Reason string
	// Articles are those that it is about, in their order.
	Articles []string
	Words    digest.Words
	// Version is the one that was shown, and Acts how many acts on it.
	Version string
	Acts    int
}

// StaleError says that an edition is not what somebody was shown.
type StaleError struct {
	// Differs says what is different by now, a line each.
	Differs []string
}

func (*StaleError) Error() string { return "the edition is not the one that was shown" }

// RefusedError says why a wish can't be done.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }
