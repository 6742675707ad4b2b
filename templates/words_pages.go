package templates

// PageWords are the words of the readers' pages.
type PageWords struct {
	SignUp       string `json:"sign_up"`
	SignUpText   string `json:"sign_up_text"`
	Address      string `json:"address"`
	SignUpButton string `json:"sign_up_button"`
	ConfirmFirst string `json:"confirm_first"`
	// Privacy is the same link beside the sign-up form, as a sentence.
	Privacy string `json:"privacy"`
	// Trap is the label of a field that only programs see.
	Trap      string `json:"trap"`
	NoAddress string `json:"no_address"`
	OnceMore  string `json:"once_more"`
	Busy      string `json:"busy"`
	Sent      string `json:"sent"`
	SentText  string `json:"sent_text"`
	SentHint  string `json:"sent_hint"`

	WillStart     string `json:"will_start"`
	NotYou        string `json:"not_you"`
	Confirmed     string `json:"confirmed"`
	ConfirmedText string `json:"confirmed_text"`
	Expired       string `json:"expired"`
	ExpiredText   string `json:"expired_text"`
	RetiredText   string `json:"retired_text"`
	Broken        string `json:"broken"`
	BrokenText    string `json:"broken_text"`
	Again         string `json:"again"`

	Unsubscribe  string `json:"unsubscribe"`
	WillStop     string `json:"will_stop"`
	Button       string `json:"button"`
	AtOnce       string `json:"at_once"`
	Unsubscribed string `json:"unsubscribed"`
	// AlreadyUnsubscribed tells it to one who opens the link once more.
	AlreadyUnsubscribed string `json:"already_unsubscribed"`
	NoMore              string `json:"no_more"`
	// Whose says whose mail stops, by a part of the address.
	Whose string `json:"whose"`
	// Undo is the button that takes it back, UndoHint says for how long. Undone answers it,
	// UndoOver where it is too late.
	Undo       string `json:"undo"`
	UndoHint   string `json:"undo_hint"`
	Undone     string `json:"undone"`
	UndoneText string `json:"undone_text"`
	UndoOver   string `json:"undo_over"`
	// Fewer stands above what is offered to a reader who is about to leave. Kept
	// answers a reader who took an offer.
	Fewer      string `json:"fewer"`
	PauseMonth string `json:"pause_month"`
	Kept       string `json:"kept"`
	KeptText   string `json:"kept_text"`
	// FewerAtOnce stands above the same offers on the page of the preferences.
	FewerAtOnce string `json:"fewer_at_once"`

	Preferences string `json:"preferences"`
	Evenings    string `json:"evenings"`
	Every       string `json:"every"`
	Workdays    string `json:"workdays"`
	Weekend     string `json:"weekend"`
	OwnDays     string `json:"own_days"`
	// DayAndDay stands between the names of two days.
	DayAndDay    string `json:"day_and_day"`
	Slots        string `json:"slots"`
	Form         string `json:"form"`
	Designed     string `json:"designed"`
	DesignedHint string `json:"designed_hint"`
	Plain        string `json:"plain"`
	PlainHint    string `json:"plain_hint"`
	Zone         string `json:"zone"`
	OurZone      string `json:"our_zone"`
	Pause        string `json:"pause"`
	NoPause      string `json:"no_pause"`
	Week         string `json:"week"`
	TwoWeeks     string `json:"two_weeks"`
	Month        string `json:"month"`
	UntilDay     string `json:"until_day"`
	ComeAgain    string `json:"come_again"`
	PausedUntil  string `json:"paused_until"`
	NoEvening    string `json:"no_evening"`
	NoSlot       string `json:"no_slot"`
	NoDay        string `json:"no_day"`
	Save         string `json:"save"`
	Saved        string `json:"saved"`
	// Move stands above the form for another address, WillMove and WillStay ask about the
	// change at the new address and at the former one.
	Move         string `json:"move"`
	MoveButton   string `json:"move_button"`
	MoveHint     string `json:"move_hint"`
	MoveSent     string `json:"move_sent"`
	WillMove     string `json:"will_move"`
	WillMoveText string `json:"will_move_text"`
	IsMoved      string `json:"is_moved"`
	IsMovedText  string `json:"is_moved_text"`
	NoMove       string `json:"no_move"`
	WillStay     string `json:"will_stay"`
	WillStayText string `json:"will_stay_text"`
	Stays        string `json:"stays"`
	StaysText    string `json:"stays_text"`
	NoStay       string `json:"no_stay"`
	LeaveHint    string `json:"leave_hint"`

	Archive string `json:"archive"`
	NoneYet string `json:"none_yet"`
	// Corrections is the page that lists them, NoneCorrected what is there without any.
	Corrections   string `json:"corrections"`
	NoneCorrected string `json:"none_corrected"`
	// Search is the label of the field to search in headlines, NoneFound the answer without
	// any.
	Search       string `json:"search"`
	SearchButton string `json:"search_button"`
	NoneFound    string `json:"none_found"`
	NotFound     string `json:"not_found"`
	Incomplete   string `json:"incomplete"`
	Unavailable  string `json:"unavailable"`
	TooLarge     string `json:"too_large"`
	WrongRequest string `json:"wrong_request"`
}
