package main

import (
	"context"
	"fmt"
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// editionJSON is an edition's record as scripts read it.
type editionJSON struct {
	ID    string `json:"id"`
	Slot  string `json:"slot"`
	Date  string `json:"date"`
	Title string `json:"title"`
	// Number is the paper's, as readers see it; 0 for a day without a paper. LedgerNumber
	// counts what was opened over all slots, and is the program's own; 0 if it was not.
	Number       uint32       `json:"number"`
	LedgerNumber uint32       `json:"ledger_number"`
	State        digest.State `json:"state"`
	Reason       string       `json:"reason"`
	OpenedAt     *string      `json:"opened_at"`
	// DueAt is when the first message of one that was opened ahead of its time may leave;
	// null for any other.
	DueAt  *string `json:"due_at"`
	DoneAt *string `json:"done_at"`
	// Recipients is how many it was opened for. Opened is its older name.
	Recipients int `json:"recipients"`
	Opened     int `json:"opened"`
	Sent       int `json:"sent"`
	Failed     int `json:"failed"`
	// Accepted is Sent by another name: the relay accepted the message, which says not
	// that it was delivered. Of these Bounced came back and Complained were called spam;
	// Removed readers are off the list for it, and Held wait for an admin's word. Refused
	// counts those whose servers refused us, and not them.
	Accepted           int `json:"accepted"`
	Bounced            int `json:"bounced"`
	Complained         int `json:"complained"`
	Removed            int `json:"removed"`
	Held               int `json:"held"`
	Refused            int `json:"refused"`
	Expired            int `json:"expired"`
	Skipped            int `json:"skipped"`
	Unknown            int `json:"unknown"`
	Pending            int `json:"pending"`
	Attempting         int `json:"attempting"`
	Owed               int `json:"owed"`
	PossibleDuplicates int `json:"possible_duplicates"`
	// Recovered counts the messages that were under way when a run died.
	Recovered int `json:"recovered"`
	// Until is from when on the edition is too old: no message begins then. TooOld
	// counts the readers who did not get it for that; only "edition show" does.
	Until  *string `json:"until"`
	TooOld int     `json:"too_old"`
	// Suspects counts the pending ones that the relay refused for good; only "edition
	// show" does.
	Suspects int `json:"suspects"`
	// Pause is the kind of a pause: account, message, crash loop or desk.
	Pause digest.Pause `json:"pause"`
	// MissedFrom is the first of several days on end that were missed; null for one.
	MissedFrom *string `json:"missed_from"`
	// Acts are what people did to it, in their order.
	Acts []actJSON `json:"acts"`
	// Proofs are those that were made of it, the first one first; only "edition show" has them.
	Proofs []proofJSON `json:"proofs,omitempty"`
	// Corrections are those of its day that came after it, and itself if it is one; only
	// "edition show" has them.
	Corrections []correctionJSON `json:"corrections,omitempty"`
	// Waves are when its readers are due, where that is not at once; only "edition show" has
	// them.
	Waves []waveJSON `json:"waves,omitempty"`

	Articles *[]articleJSON    `json:"articles,omitempty"`
	Domains  []domainTallyJSON `json:"domains,omitempty"`
	Failures []failureJSON     `json:"failures,omitempty"`
}

// actJSON is what somebody did to an edition.
type actJSON struct {
	Act    digest.ActKind `json:"act"`
	By     string         `json:"by"`
	Reason string         `json:"reason"`
	At     *string        `json:"at"`
	// Hash is the version that was approved.
	Hash string `json:"hash,omitempty"`
}

// correctionJSON is a correction as scripts read it.
type correctionJSON struct {
	ID   string  `json:"id"`
	At   *string `json:"at"`
	Note string  `json:"note"`
}

// corrections gives the corrections of an edition's day, from itself on.
func (h *house) corrections(ctx context.Context, id digest.ID) ([]correctionJSON, error) {
	var all []correctionJSON
	id.Sequence--
	corrections, err := h.book.CorrectionsOf(ctx, id)
	for _, c := range corrections {
		all = append(all, correctionJSON{c.ID.String(), stamp(c.Correction.At, h.zone), c.Note})
	}
	return all, err
}

// told says a correction to people, of the edition with this ID.
func (j correctionJSON) told(id string) string {
	if j.ID == id {
		return fmt.Sprintf("corrects the edition before it%s", prefixed(": ", j.Note))
	}
	return fmt.Sprintf("corrected by %s at %s%s", j.ID, orEmpty(j.At), prefixed(": ", j.Note))
}

// acts gives what people did to an edition.
func (h *house) acts(ctx context.Context, id digest.ID) ([]actJSON, error) {
	all := []actJSON{}
	acts, err := h.book.Acts(ctx, id)
	for _, a := range acts {
		all = append(all, actJSON{a.Kind, a.By, a.Reason, stamp(a.At, h.zone), a.Hash.String()})
	}
	return all, err
}

// told says an act to people.
func (j actJSON) told() string {
	return fmt.Sprintf("%s%s by %s at %s%s", j.Act, prefixed(" ", j.Hash), j.By, orEmpty(j.At), prefixed(": ", j.Reason))
}

// domainTallyJSON counts an edition's recipients at one domain.
type domainTallyJSON struct {
	Domain string `json:"domain"`
	Opened int    `json:"opened"`
	Sent   int    `json:"sent"`
	Failed int    `json:"failed"`
	Owed   int    `json:"owed"`
}

type articleJSON struct {
	ID       string `json:"id"`
	Headline string `json:"headline"`
	URL      string `json:"url"`
}

type failureJSON struct {
	Address  string      `json:"address"`
	State    digest.Step `json:"state"`
	Code     int         `json:"code"`
	Enhanced string      `json:"enhanced"`
	Reply    string      `json:"reply"`
	At       *string     `json:"at"`
	// Suspect is what a pending one is suspected of: connection, address, ours or
	// message; empty for nothing.
	Suspect digest.Suspect `json:"suspect"`
}

func talliedJSON(r digest.Tallied, zone *time.Location) editionJSON {
	t := r.Tally
	var missedFrom *string
	if r.MissedFrom != (digest.Date{}) {
		day := r.MissedFrom.String()
		missedFrom = &day
	}
	return editionJSON{
		ID: r.ID.String(), Slot: r.ID.Slot, Date: r.ID.Date.String(), Title: r.Title,
		Number: r.PaperNumber, LedgerNumber: r.Number,
		Acts: []actJSON{}, State: r.State, Reason: r.Reason, OpenedAt: stamp(r.OpenedAt, zone), DueAt: stamp(r.DueAt, zone),
		DoneAt:     stamp(r.DoneAt, zone),
		Recipients: t.Opened, Opened: t.Opened, Owed: t.Owed(),
		Sent: t.Sent, Accepted: t.Sent, Failed: t.Failed, Expired: t.Expired, Skipped: t.Skipped, Unknown: t.Unknown,
		Pending: t.Pending, Attempting: t.Attempting, PossibleDuplicates: t.PossibleDuplicates,
		Recovered: r.Recovered, Pause: r.Pause, MissedFrom: missedFrom, Until: stamp(r.Ends(r.PausedAt), zone),
	}
}

// equation says a tally as the sum that it must be.
func equation(t digest.Tally) string {
	s := fmt.Sprintf("%s = %d sent + %d failed + %d expired + %d skipped + %d unknown", count(t.Opened, "recipient"),
		t.Sent, t.Failed, t.Expired, t.Skipped, t.Unknown)
	if t.Owed() > 0 {
		s += fmt.Sprintf(" + %d pending + %d attempting", t.Pending, t.Attempting)
	}
	if t.PossibleDuplicates > 0 {
		s += fmt.Sprintf("\n%s", count(t.PossibleDuplicates, "possible duplicate"))
	}
	return s
}

// addReturned adds what came back of an edition.
func (e *editionJSON) addReturned(s subscribers.ReportSums) {
	e.Bounced, e.Complained, e.Removed, e.Held, e.Refused = s.Bounced, s.Complained, s.Removed, s.Held, s.Sender
}

// returnedSums says what came back of an edition.
func returnedSums(e editionJSON) string {
	s := fmt.Sprintf("%d accepted by the relay, and of these %d bounced, %d complained", e.Accepted, e.Bounced,
		e.Complained)
	if e.Refused > 0 {
		s += fmt.Sprintf(", and for %s their server refused us", count(e.Refused, "reader"))
	}
	if e.Removed > 0 {
		s += fmt.Sprintf("; %s taken off the list", were(e.Removed, "reader"))
	}
	if e.Held > 0 {
		s += fmt.Sprintf("\n%s held: too many came back at once. \"vesper bounces list --edition %s --state held\" "+
			"shows them; decide with \"vesper bounces apply\" or \"discard\"", are(e.Held, "reader"), e.ID)
	}
	return s
}

// are gives "1 reader is", "2 readers are".
func are(n int, what string) string {
	if n == 1 {
		return count(n, what) + " is"
	}
	return count(n, what) + " are"
}
