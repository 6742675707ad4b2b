package templates

import (
	"slices"

	"golang.org/x/text/language"
)

// Words is all strings of ours that readers see, in one language. In a phrase
// "{name}" stands for a value. Translators start from the file words/en.json.
type Words struct {
	// Language is the BCP 47 tag that the file is named for.
	Language string `json:"-"`

	Edition EditionWords `json:"edition"`
	Letters LetterWords  `json:"letters"`
	Pages   PageWords    `json:"pages"`
	Dates   DateWords    `json:"dates"`

	tag language.Tag
}

// EditionWords are the words of an edition, and of an article's page.
type EditionWords struct {
	// Plus is the first line, in which Between stands between headlines. Plus and Next
	// get the full stop Stop at their end, unless their value ends with a mark.
	Plus    string `json:"plus"`
	Between string `json:"between"`
	Stop    string `json:"stop"`

	// Contents stands above the stories after the lead, AlsoTonight in an edition of an
	// evening.
	Contents    string `json:"contents"`
	AlsoTonight string `json:"also_tonight"`
	Stories     Plural `json:"stories"`
	// Number is the paper's number. Its space is one that no line is broken at.
	Number      string `json:"number"`
	MinutesRead Plural `json:"minutes_read"`
	// MinutesShort is the same in the masthead, which is one line on a phone.
	MinutesShort Plural `json:"minutes_short"`
	MoreInBrief  Plural `json:"more_in_brief"`
	QuickLooks   string `json:"quick_looks"`
	MoreLooks    Plural `json:"more_looks"`
	Updated      string `json:"updated"`
	DeepLook     string `json:"deep_look"`
	InBrief      string `json:"in_brief"`

	Whole string `json:"whole"`
	Next  string `json:"next"`
	// Tomorrow stands above what the next day brings.
	Tomorrow string `json:"tomorrow"`

	// What an edition closes with, each where it is true. Reply says that answers are
	// read, Forwarded and the link GetOwn are for whom an edition was passed on to. The
	// others say what readers are spared.
	Reply       string `json:"reply"`
	Forwarded   string `json:"forwarded"`
	GetOwn      string `json:"get_own"`
	NoTracking  string `json:"no_tracking"`
	NoImages    string `json:"no_images"`
	OnceEvening string `json:"once_evening"`
	OnceDay     string `json:"once_day"`

	// Why says why the reader gets the email. Since is the part of it that says since
	// when. It is left out if there is no date.
	Why         string `json:"why"`
	Since       string `json:"since"`
	Unsubscribe string `json:"unsubscribe"`
	Preferences string `json:"preferences"`
	WebView     string `json:"web_view"`
	// Privacy is the link to the page on what is kept of readers, in a footer.
	Privacy string `json:"privacy"`
	Imprint string `json:"imprint"`
	// FromEdition says on an article's page in which edition it was printed, and Back leads
	// there.
	FromEdition string `json:"from_edition"`
	Back        string `json:"back"`

	// Label names an email to screen readers. Email says what kind of document it is.
	Label string `json:"label"`
	Email string `json:"email"`

	ProofSubject string `json:"proof_subject"`
	Proof        string `json:"proof"`
	ProofWhy     string `json:"proof_why"`

	// Correction is the heading of the letter that says what was wrong, CorrectionSubject its
	// subject, and CorrectionOf says of which edition. Corrected dates it. ReadCorrected and
	// AsSent are the links from one edition to the other.
	Correction        string `json:"correction"`
	CorrectionSubject string `json:"correction_subject"`
	CorrectionOf      string `json:"correction_of"`
	Corrected         string `json:"corrected"`
	ReadCorrected     string `json:"read_corrected"`
	AsSent            string `json:"as_sent"`
}

// LetterWords are the words of the letters.
type LetterWords struct {
	ConfirmSubject string `json:"confirm_subject"`
	Confirm        string `json:"confirm"`
	Asked          string `json:"asked"`
	First          string `json:"first"`
	ConfirmButton  string `json:"confirm_button"`
	LinkFails      string `json:"link_fails"`
	Expires        string `json:"expires"`
	Entered        string `json:"entered"`
	PutForward     string `json:"put_forward"`

	// Greeted says in the welcome why it came.
	Greeted        string   `json:"greeted"`
	WelcomeSubject string   `json:"welcome_subject"`
	Welcome        string   `json:"welcome"`
	Confirmed      string   `json:"confirmed"`
	Expect         string   `json:"expect"`
	Expected       []string `json:"expected"`
	Latest         string   `json:"latest"`
	Contacts       string   `json:"contacts"`

	GoodbyeSubject string `json:"goodbye_subject"`
	Goodbye        string `json:"goodbye"`
	NoMore         string `json:"no_more"`
	Thanks         string `json:"thanks"`
	OnlyOne        string `json:"only_one"`

	// Move are the words of the letter to a new address, Moved those to the former one.
	MoveSubject  string `json:"move_subject"`
	Move         string `json:"move"`
	MoveAsked    string `json:"move_asked"`
	MoveButton   string `json:"move_button"`
	MoveExpires  string `json:"move_expires"`
	MoveWhy      string `json:"move_why"`
	MovedSubject string `json:"moved_subject"`
	Moved        string `json:"moved"`
	MovedText    string `json:"moved_text"`
	MovedUndo    string `json:"moved_undo"`
	MovedHint    string `json:"moved_hint"`
	MovedWhy     string `json:"moved_why"`
}

// rightToLeft are the scripts that are written from right to left (ISO 15924).
var rightToLeft = []string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Mand", "Samr", "Rohg"}

// RightToLeft says whether a language (a BCP 47 tag) is written from right to left. It
// is false for what is no tag.
func RightToLeft(tag string) bool {
	script, _ := language.Make(tag).Script()
	return slices.Contains(rightToLeft, script.String())
}

// Words gives the words of a language (BCP 47): those of the whole tag, else those of
// its language alone, else English.
func (s *Set) Words(tag string) *Words {
	read, ok := s.wordsFor(tag)
	if !ok {
		read = s.words["en"]
	}
	w, err := read()
	if err != nil {
		panic(err) // Load has read those of a folder, and what is embedded was tested.
	}
	return w
}

// Speaks says whether there are words of this language, so that English is not used
// instead.
func (s *Set) Speaks(tag string) bool {
	_, ok := s.wordsFor(tag)
	return ok
}

func (s *Set) wordsFor(tag string) (func() (*Words, error), bool) {
	for t := language.Make(tag); t != language.Und; t = t.Parent() {
		if w, ok := s.words[t.String()]; ok {
			return w, true
		}
	}
	base, sure := language.Make(tag).Base()
	if sure != language.Exact {
		return nil, false
	}
	w, ok := s.words[base.String()]
	return w, ok
}

// Languages gives the tags of all languages that there are words of, sorted.
func (s *Set) Languages() []string {
	var tags []string
	for tag := range s.words {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}
