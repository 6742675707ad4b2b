package exchange

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vesper/subscribers"
)

// entry is a subscriber in a file of ours: a line of JSON, or a row of a table. Times
// are RFC 3339 in UTC; "" is none.
type entry struct {
	Address              string   `json:"address"`
	Name                 string   `json:"name"`
	Status               string   `json:"status"`
	Reason               string   `json:"reason"`
	Suppressions         []string `json:"suppressions"`
	LeftAt               string   `json:"left_at"`
	Evenings             string   `json:"evenings"`
	Slots                []string `json:"slots"`
	Variant              string   `json:"variant"`
	Timezone             string   `json:"timezone"`
	PausedUntil          string   `json:"paused_until"`
	Tags                 []string `json:"tags"`
	CreatedAt            string   `json:"created_at"`
	ConfirmedAt          string   `json:"confirmed_at"`
	ConsentAskedAt       string   `json:"consent_asked_at"`
	ConsentAskedFrom     string   `json:"consent_asked_from"`
	ConsentForm          string   `json:"consent_form"`
	ConsentConfirmedAt   string   `json:"consent_confirmed_at"`
	ConsentConfirmedFrom string   `json:"consent_confirmed_from"`
	Source               string   `json:"source"`
	SourceSHA256         string   `json:"source_sha256"`
	SourceRow            int      `json:"source_row"`
}

// ownColumns are the columns of our table, in order.
var ownColumns = []string{
	"address", "name", "status", "reason", "suppressions", "left_at",
	"evenings", "slots", "variant", "timezone", "paused_until", "tags", "created_at", "confirmed_at",
	"consent_asked_at", "consent_asked_from", "consent_form", "consent_confirmed_at", "consent_confirmed_from",
	"source", "source_sha256", "source_row",
}

// safeColumn is the last column of a table whose cells went through [harmless].
const safeColumn = "formula_safe"

func entryOf(s subscribers.Subscriber) entry {
	return entry{
		Address: s.Address.String(), Name: oneLineKept(s.Name),
		Status: string(s.Status), Reason: oneLineKept(s.Reason),
		Suppressions: kept(s.Suppressions), LeftAt: stamp(s.Left),
		Evenings: s.Evenings.String(), Slots: kept(s.Slots), Variant: s.Variant, Timezone: s.Timezone,
		PausedUntil: s.PausedUntil, Tags: kept(s.Tags), CreatedAt: stamp(s.Created), ConfirmedAt: stamp(s.Confirmed),
		ConsentAskedAt: stamp(s.Consent.AskedAt), ConsentAskedFrom: s.Consent.AskedFrom,
		ConsentForm:        s.Consent.Form,
		ConsentConfirmedAt: stamp(s.Consent.ConfirmedAt), ConsentConfirmedFrom: s.Consent.ConfirmedFrom,
		Source: oneLineKept(s.Provenance.Source), SourceSHA256: s.Provenance.SHA256, SourceRow: s.Provenance.Row,
	}
}

func kept(all []string) []string {
	lines := make([]string, len(all))
	for i := range all {
		lines[i] = oneLineKept(all[i])
	}
	return lines
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// oneLineKept puts a space in place of each control character and keeps all else: a
// table can't keep a carriage return.
func oneLineKept(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}

func (e *entry) row() []string {
	row := ""
	if e.SourceRow != 0 {
		row = strconv.Itoa(e.SourceRow)
	}
	return []string{
		e.Address, e.Name, e.Status, e.Reason, strings.Join(e.Suppressions, ", "), e.LeftAt, e.Evenings,
		joinList(e.Slots), e.Variant, e.Timezone, e.PausedUntil, joinList(e.Tags),
		e.CreatedAt, e.ConfirmedAt, e.ConsentAskedAt, e.ConsentAskedFrom, e.ConsentForm,
		e.ConsentConfirmedAt, e.ConsentConfirmedFrom, e.Source, e.SourceSHA256, row,
	}
}

// ownRow reads a row of our own table. Nothing in it is trimmed.
func (p *Part) ownRow(rec record, names zones) (subscribers.Row, error) {
	if _, err := p.cells(rec); err != nil {
		return subscribers.Row{}, err
	}
	get := func(column string) string {
		at := p.columns[fold(column)]
		if len(at) == 0 || at[0] >= len(rec.fields) {
			return ""
		}
		if p.safe {
			return harmful(rec.fields[at[0]])
		}
		return rec.fields[at[0]]
	}
	e := entry{
		Address: get("address"), Name: get("name"), Status: get("status"), Reason: get("reason"),
		Suppressions: splitList(get("suppressions"), ","), LeftAt: get("left_at"), Evenings: get("evenings"),
		Slots: splitList(get("slots"), ","), Variant: get("variant"), Timezone: get("timezone"),
		PausedUntil: get("paused_until"), Tags: splitList(get("tags"), ","),
		CreatedAt: get("created_at"), ConfirmedAt: get("confirmed_at"),
		ConsentAskedAt: get("consent_asked_at"), ConsentAskedFrom: get("consent_asked_from"),
		ConsentForm:        get("consent_form"),
		ConsentConfirmedAt: get("consent_confirmed_at"), ConsentConfirmedFrom: get("consent_confirmed_from"),
		Source: get("source"), SourceSHA256: get("source_sha256"),
	}
	if n := get("source_row"); n != "" {
		var err error
		if e.SourceRow, err = strconv.Atoi(n); err != nil {
			return subscribers.Row{}, unknownWord{column: "source_row", value: n}
		}
	}
	return e.reader(names, p.choices.Now)
}

func fromJSON(text string, names zones, now time.Time) (subscribers.Row, error) {
	var e entry
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return subscribers.Row{}, fmt.Errorf("not a line of our JSON: %w", err)
	}
	return e.reader(names, now)
}

// reader makes a row of an entry, which somebody may have edited since.
func (e *entry) reader(names zones, now time.Time) (row subscribers.Row, err error) {
	s := &row.Subscriber
	s.Status, s.Name, s.Tags = subscribers.Status(e.Status), oneLineKept(e.Name), kept(e.Tags)
	if s.Address, err = subscribers.ReadAddress(e.Address); err != nil {
		return row, err
	}
	if err := e.times(s); err != nil {
		return row, err
	}
	if s.Status == subscribers.Active && !confirms(s.Confirmed, now) && e.ConfirmedAt != "" {
		return row, fmt.Errorf("nobody can have confirmed at %q", e.ConfirmedAt)
	}
	if s.Preferences, err = e.preferences(names); err != nil {
		return row, err
	}
	s.Consent.AskedFrom, s.Consent.ConfirmedFrom = oneLine(e.ConsentAskedFrom), oneLine(e.ConsentConfirmedFrom)
	s.Consent.Form = oneLine(e.ConsentForm)
	s.Provenance = subscribers.Provenance{Source: oneLineKept(e.Source), SHA256: e.SourceSHA256, Row: e.SourceRow}
	row.Keep = true
	s.Reason, s.Suppressions, err = e.status()
	return row, err
}

// status gives the reason in the row, and all reasons that stand against the
// address. Older exports have no column of suppressions: the row's reason is the one.
func (e *entry) status() (reason string, against []string, err error) {
	for _, r := range e.Suppressions {
		if !slices.Contains(subscribers.Reasons, r) {
			return "", nil, unknownWord{column: "suppression", value: r}
		}
	}
	reason, against = oneLineKept(e.Reason), e.Suppressions
	switch subscribers.Status(e.Status) {
	case subscribers.Active:
		if e.ConfirmedAt == "" {
			return "", nil, errors.New("an active reader without confirmed_at")
		}
		if len(against) > 0 {
			return "", nil, errors.New("an active reader with suppressions: " +
				"it is not clear whether the reader may be mailed")
		}
	case subscribers.Unconfirmed:
	case subscribers.Unsubscribed:
		against = append(slices.Clone(against), subscribers.ByReader)
	case subscribers.Suppressed:
		if !slices.Contains(subscribers.Reasons, reason) {
			return "", nil, unknownWord{column: "reason", value: e.Reason}
		}
		against = append(slices.Clone(against), reason)
	default:
		return "", nil, unknownWord{column: "status", value: e.Status}
	}
	return reason, subscribers.ByGravity(against), nil
}

func (e *entry) times(s *subscribers.Subscriber) (err error) {
	read := func(text string) (t time.Time) {
		if text == "" || err != nil {
			return t
		}
		if t, err = time.Parse(time.RFC3339, text); err != nil {
			err = fmt.Errorf("%q is not a time such as 2026-11-22T17:00:00Z", text)
		}
		return t
	}
	s.Created, s.Confirmed, s.Left = read(e.CreatedAt), read(e.ConfirmedAt), read(e.LeftAt)
	s.Consent.AskedAt, s.Consent.ConfirmedAt = read(e.ConsentAskedAt), read(e.ConsentConfirmedAt)
	return err
}

func (e *entry) preferences(names zones) (p subscribers.Preferences, err error) {
	if p.Evenings, err = subscribers.ParseEvenings(e.Evenings); err != nil {
		return p, err
	}
	p.Slots, p.Variant, p.PausedUntil = e.Slots, e.Variant, e.PausedUntil
	if p.Timezone = names.name(e.Timezone); e.Timezone != "" && p.Timezone == "" {
		return p, unknownWord{column: "time zone", value: e.Timezone}
	}
	if p.Variant != subscribers.Designed && p.Variant != subscribers.Plain {
		return p, unknownWord{column: "variant", value: p.Variant}
	}
	return p, p.Check()
}
