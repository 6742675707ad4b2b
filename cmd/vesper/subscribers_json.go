package main

import (
	"time"

	"vesper/digest"
	"vesper/subscribers"
)

// subscriberJSON is a subscriber as scripts read it. "subscribers show" adds what
// stands from HardBounces on: all that is known of the address.
type subscriberJSON struct {
	Address     string             `json:"address"`
	Name        string             `json:"name"`
	Status      subscribers.Status `json:"status"`
	Reason      string             `json:"reason"`
	Timezone    string             `json:"timezone"`
	CreatedAt   *string            `json:"created_at"`
	ConfirmedAt *string            `json:"confirmed_at"`
	Variant     string             `json:"variant"`
	Evenings    string             `json:"evenings"`
	Slots       []string           `json:"slots"`
	PausedUntil string             `json:"paused_until"`
	Tags        []string           `json:"tags"`
	Consent     consentJSON        `json:"consent"`
	Provenance  provenanceJSON     `json:"provenance"`
	// HardBounces counts the deliveries that failed because of the address.
	HardBounces   *int                `json:"hard_bounces,omitempty"`
	Deliveries    *[]deliveryJSON     `json:"deliveries,omitempty"`
	Letters       *[]letterJSON       `json:"letters,omitempty"`
	Suppressions  *[]suppressionJSON  `json:"suppressions,omitempty"`
	Confirmations *[]confirmationJSON `json:"confirmations,omitempty"`
	// Moves are the wishes for another address that are still known, the oldest first.
	Moves *[]moveJSON `json:"moves,omitempty"`
	// Quoted is where a relay named the address other than in the reader's own
	// deliveries.
	Quoted *[]quotedJSON `json:"quoted,omitempty"`
	// Reports are what came back, the newest first: proven ones of this reader, and
	// those of strangers that name the address.
	Reports *[]reportJSON `json:"reports,omitempty"`
}

// quotedJSON is what a relay said with the address in it: of a delivery to
// somebody else or to a row that is gone, or when the edition paused.
type quotedJSON struct {
	Edition string  `json:"edition"`
	State   string  `json:"state"`
	Reply   string  `json:"reply"`
	At      *string `json:"at"`
}

type consentJSON struct {
	AskedAt       *string `json:"asked_at"`
	AskedFrom     string  `json:"asked_from"`
	ConfirmedAt   *string `json:"confirmed_at"`
	ConfirmedFrom string  `json:"confirmed_from"`
	// Form is nil where it is not known.
	Form *formJSON `json:"form"`
}

// formJSON is a sign-up form. "subscribers show" adds its words, if they are ours.
type formJSON struct {
	Version   string  `json:"version"`
	FirstUsed *string `json:"first_used,omitempty"`
	Words     string  `json:"words,omitempty"`
}

func formOut(version string) *formJSON {
	if version == "" {
		return nil
	}
	return &formJSON{Version: version}
}

type provenanceJSON struct {
	Source string `json:"source"`
	SHA256 string `json:"sha256"`
	Row    int    `json:"row"`
}

type deliveryJSON struct {
	Edition  string      `json:"edition"`
	State    digest.Step `json:"state"`
	Code     int         `json:"code"`
	Reply    string      `json:"reply"`
	At       *string     `json:"at"`
	Enhanced string      `json:"enhanced"`
	Reason   string      `json:"reason"`
	Variant  string      `json:"variant"`
	QueueID  string      `json:"queue_id"`
	Attempts int         `json:"attempts"`
	Doubts   int         `json:"possible_duplicates"`
	DueAt    *string     `json:"due_at"`
	// CameBack is why it came back although the relay accepted it; empty if it did not.
	CameBack string `json:"came_back"`
}

type letterJSON struct {
	Kind     digest.LetterKind `json:"kind"`
	State    digest.Step       `json:"state"`
	Reason   string            `json:"reason"`
	Code     int               `json:"code"`
	Enhanced string            `json:"enhanced"`
	Reply    string            `json:"reply"`
	PostedAt *string           `json:"posted_at"`
	At       *string           `json:"at"`
}

type suppressionJSON struct {
	Reason string  `json:"reason"`
	Since  *string `json:"since"`
}

// moveJSON is a wish for another address: who asked, on a page or as an admin, and what came
// of it.
type moveJSON struct {
	To        string  `json:"to"`
	AskedAt   *string `json:"asked_at"`
	AskedFrom string  `json:"asked_from"`
	By        string  `json:"by"`
	MovedAt   *string `json:"moved_at"`
	Former    string  `json:"former"`
	UndoneAt  *string `json:"undone_at"`
}

type confirmationJSON struct {
	SentAt    *string `json:"sent_at"`
	AskedFrom string  `json:"asked_from"`
	Form      string  `json:"form"`
}

func subscriberOut(s subscribers.Subscriber, zone *time.Location) subscriberJSON {
	return subscriberJSON{
		Address: s.Address.String(), Name: s.Name, Status: s.Status, Reason: s.Reason, Timezone: s.Timezone,
		CreatedAt: stamp(s.Created, zone), ConfirmedAt: stamp(s.Confirmed, zone),
		Variant: s.Variant, Evenings: s.Evenings.String(), Slots: listed(s.Slots), PausedUntil: s.PausedUntil,
		Tags: listed(s.Tags),
		Consent: consentJSON{
			stamp(s.Consent.AskedAt, zone), s.Consent.AskedFrom, stamp(s.Consent.ConfirmedAt, zone),
			s.Consent.ConfirmedFrom, formOut(s.Consent.Form),
		},
		Provenance: provenanceJSON(s.Provenance),
	}
}

func deliveryOut(d digest.Receipt, zone *time.Location) deliveryJSON {
	return deliveryJSON{
		Edition: d.Edition.String(), State: d.Step, Reason: d.Reason, Variant: d.Variant, Code: d.Code,
		Enhanced: d.Enhanced,
		Reply:    d.Reply, QueueID: d.QueueID, Attempts: d.Attempts, Doubts: d.Doubts, DueAt: stamp(d.Due, zone),
		At: stamp(d.At, zone),
	}
}

func suppressionsOut(all []subscribers.Suppression, zone *time.Location) []suppressionJSON {
	out := []suppressionJSON{}
	for _, one := range all {
		out = append(out, suppressionJSON{one.Reason, stamp(one.Since, zone)})
	}
	return out
}

func movesOut(all []subscribers.Move, zone *time.Location) []moveJSON {
	out := []moveJSON{}
	for _, m := range all {
		former := ""
		if !m.MovedAt.IsZero() {
			former = m.Former.String()
		}
		out = append(out, moveJSON{
			m.To.String(), stamp(m.AskedAt, zone), m.From, m.By, stamp(m.MovedAt, zone), former, stamp(m.UndoneAt, zone),
		})
	}
	return out
}
