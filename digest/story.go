package digest

import "time"

// Story is what is known of a story that a feed offered: which article it became, and
// what of both was seen last.
type Story struct {
	// Feed is the address of its feed, GUID the publisher's name for it there.
	Feed, GUID string
	// URL is its canonical address, by which it is known in other feeds; empty for none. Of a
	// story without an address it may be another mark, by which its own feed is meant.
	URL string
	// Article is the ID of the article that it became, Headline the one that it was given;
	// empty if it became none.
	Article, Headline string
	State             StoryState
	// Reason says why it is not on the desk.
	Reason string
	// API is the address where the program of its site answers for it alone; empty if it
	// has only a page. Mended says what its publisher did to it after an editor changed
	// its file, which stays.
	API    string
	Mended StoryMended
	// Updates is the article that was printed and that this one has what is new of; empty
	// for a story as its feed has it. Refiled says what became of its publisher's last
	// change after it was printed.
	Updates string
	Refiled StoryRefiled
	// Seen is when it was first seen. Published and Updated are the publisher's times,
	// Updated zero if nobody says.
	Seen, Published, Updated time.Time
	// Item is a fingerprint of what the publisher wrote when it was last looked at, and
	// File one of the file that was made of it. A file with another one was changed by
	// an editor.
	Item, File Fingerprint
	// Formerly is the GUID that it had before its feed gave it another, which is forgotten
	// when the story is recorded; empty for none. It is not kept.
	Formerly string
}

// Fingerprint tells two texts apart.
type Fingerprint [16]byte

// StoryState is what became of a story.
type StoryState string

// The states of a story.
const (
	// StoryOnDesk has a file on the desk.
	StoryOnDesk StoryState = "on desk"
	// StoryPassed was passed over: it is older than the edition to come, or left out.
	StoryPassed StoryState = "passed"
	// StorySpiked was taken off the desk by an editor, and comes back by an editor's word
	// alone.
	StorySpiked StoryState = "spiked"
	// StoryWithdrawn was taken back by its publisher.
	StoryWithdrawn StoryState = "withdrawn"
	// StoryPutAway was taken off the desk because it is old.
	StoryPutAway StoryState = "put away"
)

// StoryWanted is the reason of a story that an editor wants back, whatever its time, and
// whether or not its publisher took it back.
const StoryWanted = "wanted back"

// StoryMended is what a publisher did to a story after an editor changed its file.
type StoryMended string

// What a publisher did after an editor did; empty for nothing.
const (
	// MendedChanged says that the publisher changed it.
	MendedChanged StoryMended = "changed"
	// MendedWithdrawn says that the publisher took it back.
	MendedWithdrawn StoryMended = "withdrawn"
)

// Warning says to an editor what to look at; empty for nothing.
func (m StoryMended) Warning() string {
	if m == "" {
		return ""
	}
	return string(m) + " at its source after an editor changed it here: the editor's stays"
}

// StoryRefiled is what became of a change of a story that was printed.
type StoryRefiled string

// What became of it; empty if there was none, or an editor's file stays.
const (
	// RefiledIgnored: its feed carries no updates.
	RefiledIgnored StoryRefiled = "ignored"
	// RefiledNothingNew: it has no Quick Look that was not printed.
	RefiledNothingNew StoryRefiled = "nothing new"
	// RefiledCarried: an update of it lies on the desk.
	RefiledCarried StoryRefiled = "carried"
	// RefiledEnough: so many updates of it were printed that there are no more.
	RefiledEnough StoryRefiled = "enough"
	// RefiledSpiked: an editor took the update off the desk.
	RefiledSpiked StoryRefiled = "spiked"
)

// FeedState is what is known of a feed.
type FeedState struct {
	// URL is its address as it is configured.
	URL string
	// Title and Format are as it was last read.
	Title, Format string
	// ETag and Modified are the validators of its last answer.
	ETag, Modified string
	// Checked is when it was last asked, Good when it last answered as it should, and Next
	// when it is to be asked again. Each is zero for never.
	Checked, Good, Next time.Time
	// Failures counts how often in a row it did not, and Error says why not the last time.
	Failures int
	Error    string
	// Stories counts those that it ever had.
	Stories int
}
