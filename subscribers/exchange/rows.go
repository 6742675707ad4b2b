package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"vesper/subscribers"
)

// Reject is a row that can't be used.
type Reject struct {
	// File is the name of the [Part].
	File string
	Line int
	// Problem says what is wrong, Hint what would be right (it may be empty).
	Problem, Hint string
	// Text is the row as it stands in the file, in UTF-8.
	Text string
}

// Error gives the reject as "file:line: problem".
func (r *Reject) Error() string { return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Problem) }

// Rows gives the readers. One who is in the file twice comes twice. A reader is Active
// only if the program that wrote the file recorded a confirmation, else Unconfirmed.
// Suppressions are those that the row tells of. Rows of our own export have Keep.
//
// A row that can't be used is given as an error of type *[Reject], and reading
// goes on with the next. Any other error is the file's own and comes last. Rows
// may be read again.
func (p *Part) Rows() iter.Seq2[subscribers.Row, error] {
	return func(yield func(subscribers.Row, error) bool) {
		text, err := p.open()
		if err != nil {
			yield(subscribers.Row{}, fmt.Errorf("open %s: %w", p.Name, err))
			return
		}
		defer text.Close()
		in := newRecords(decode(text), p.comma)
		names := zones{}
		for n := 0; ; n++ {
			rec, err := in.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(subscribers.Row{Line: rec.line}, fmt.Errorf("read %s: %w", p.Name, err))
				return
			}
			if n < p.head {
				continue
			}
			row, err := p.row(rec, names)
			row.Line = rec.line
			if err != nil {
				err = p.reject(rec, err)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// hinted is what is wrong with a row, and what would be right.
type hinted struct{ problem, hint string }

func (h hinted) Error() string { return h.problem }

func (p *Part) reject(rec record, err error) *Reject {
	r := &Reject{File: p.Name, Line: rec.line, Problem: oneLine(err.Error()), Text: rec.text}
	if h, ok := errors.AsType[hinted](err); ok {
		r.Hint = h.hint
	}
	return r
}

// maxLine is the longest line of a list that is looked at, in octets.
const maxLine = 1024

func (p *Part) row(rec record, names zones) (row subscribers.Row, err error) {
	if rec.problem != "" {
		return row, errors.New(rec.problem)
	}
	own := subscribers.Provenance{Source: p.source, SHA256: p.sha256, Row: rec.row}
	switch {
	case p.json:
		return fromJSON(rec.text, names, p.choices.Now)
	case p.Format == List:
		row, err = listRow(rec)
	case p.Format == Vesper:
		return p.ownRow(rec, names)
	default:
		row, err = p.tableRow(rec, names)
	}
	row.Subscriber.Provenance = own
	return row, err
}

func listRow(rec record) (row subscribers.Row, err error) {
	text := strings.TrimSpace(rec.text)
	if len(text) > maxLine {
		return row, hinted{fmt.Sprintf("the line is longer than %d octets", maxLine), "one address a line"}
	}
	text = unwrap(strings.TrimRight(text, ",;\t"))
	s := &row.Subscriber
	s.Status = subscribers.Unconfirmed
	if s.Address, s.Name, err = mailbox(text); err == nil {
		return row, guessed(rec, s.Address)
	}
	switch _, known := errors.AsType[hinted](err); {
	case known:
	case strings.ContainsAny(text, ",;\t"):
		err = hinted{
			"the line has more than one field",
			"a table begins with the names of its columns, such as email,name",
		}
	case strings.ContainsAny(text, "<>"):
		err = hinted{err.Error(), "write Ines Okafor <ines@news.example>"}
	}
	return row, err
}

// unwrap takes the quotation marks off a line that is one quoted field.
func unwrap(s string) string {
	if len(s) > 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.TrimSpace(strings.ReplaceAll(s[1:len(s)-1], `""`, `"`))
	}
	return s
}

// guessed refuses an address with letters that we had to guess: it may be another
// reader's.
func guessed(rec record, a subscribers.Address) error {
	if rec.guessed && a.International() {
		return errors.New("the address is not UTF-8 text")
	}
	return nil
}

// cells gives a row's fields by the folded name of their column, trimmed.
func (p *Part) cells(rec record) (cell, error) {
	if len(rec.fields) > p.width && slices.ContainsFunc(rec.fields[p.width:], func(f string) bool { return f != "" }) {
		return nil, hinted{
			fmt.Sprintf("the row has %s, but the header %s", plural(len(rec.fields), "field"), plural(p.width, "column")),
			"put a field that has a separator in it into quotation marks",
		}
	}
	if len(rec.fields) < p.needs {
		return nil, fmt.Errorf("the row is cut short: it has %s of %d", plural(len(rec.fields), "field"), p.width)
	}
	return p.nth(rec, 0), nil
}

func field(rec record, i int) string {
	if i < 0 || i >= len(rec.fields) {
		return ""
	}
	return trim(rec.fields[i])
}

func (p *Part) tableRow(rec record, names zones) (row subscribers.Row, err error) {
	row.Subscriber.Status = subscribers.Unconfirmed
	get, err := p.cells(rec)
	if err != nil {
		return row, err
	}
	s := &row.Subscriber
	is := func(r role) string { return field(rec, p.at[r]) }
	var named string
	if s.Address, named, err = mailbox(is(theAddress)); err != nil {
		return row, err
	}
	if err := guessed(rec, s.Address); err != nil {
		return row, err
	}
	// Some have "Name" and "Surname", some a whole name beside its parts.
	if s.Name = oneLine(is(theName)); s.Name == "" || p.at[theFirst] < 0 {
		s.Name = oneLine(s.Name + " " + is(theFirst) + " " + is(theLast))
	}
	if s.Name = cmp.Or(s.Name, named); s.Name != named {
		if err := alone(s.Address, s.Name); err != nil {
			return row, err
		}
	}
	s.Tags, s.Timezone = p.tags(is(theTags), get), names.name(is(theZone))
	if err := p.times(s, is); err != nil {
		return row, err
	}
	status, err := p.status(rec)
	switch {
	case err != nil:
		return row, err
	case status != "" && status != pending:
		s.Suppressions = []string{status}
	case status == "" && !s.Consent.ConfirmedAt.IsZero():
		s.Status, s.Confirmed = subscribers.Active, s.Consent.ConfirmedAt
	}
	return row, nil
}

func (p *Part) tags(list string, get cell) []string {
	all := splitList(list, p.dialect.separators)
	for i := range all {
		all[i] = oneLine(all[i])
	}
	if d := p.dialect; d.flag != "" && strings.EqualFold(get(d.flag), "true") {
		all = append(all, d.flagged)
	}
	return slices.DeleteFunc(all, func(tag string) bool { return tag == "" })
}

// times sets when a reader came, asked and confirmed. A time that its program would
// not write like that is an error: the fields may be in the wrong columns.
func (p *Part) times(s *subscribers.Subscriber, is func(role) string) error {
	for _, set := range []struct {
		role role
		time *time.Time
	}{{theCreated, &s.Created}, {theAsked, &s.Consent.AskedAt}, {theConfirmed, &s.Consent.ConfirmedAt}} {
		var err error
		if *set.time, err = parseTime(is(set.role)); err != nil && !p.dialect.lenient {
			return err
		}
	}
	for _, proof := range []*time.Time{&s.Consent.AskedAt, &s.Consent.ConfirmedAt} {
		if !confirms(*proof, p.choices.Now) {
			*proof = time.Time{}
		}
	}
	if s.Created.IsZero() {
		s.Created = s.Consent.ConfirmedAt
	}
	s.Consent.AskedFrom, s.Consent.ConfirmedFrom = ip(is(theAskedFrom)), ip(is(theConfirmedFrom))
	return nil
}
