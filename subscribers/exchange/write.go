package exchange

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"vesper/subscribers"
)

// Form is what [Write] writes.
type Form string

// The forms.
const (
	// CSV, and JSON with an object a line, hold all that is known of a reader, without
	// the IDs, which are this database's. [Open] reads both.
	CSV  Form = "csv"
	JSON Form = "json"
	// ForListmonk and ForGhost are tables that these programs import.
	ForListmonk Form = "listmonk"
	ForGhost    Form = "ghost"
)

// Written counts what [Write] did. Left are the readers who were left out: their
// address would be a formula in a spreadsheet, and with a mark before it it would be
// another address.
type Written struct{ Readers, Left int }

// Write writes readers in the order in which they come. In a table, a cell that a
// spreadsheet would take for a formula gets an apostrophe before it. Open takes it off
// our own tables. With raw all cells stay as they are.
//
// listmonk has no word for readers who left, so only active and unconfirmed ones are
// written for it. For Ghost all are written, and only active ones are to be mailed.
func Write(w io.Writer, form Form, raw bool, all iter.Seq2[subscribers.Subscriber, error]) (Written, error) {
	var count Written
	buffered := bufio.NewWriterSize(w, 64<<10)
	write, done := rows(buffered, form, raw)
	if form == JSON {
		write, done = lines(buffered)
	}
	for s, err := range all {
		if err != nil {
			return count, err
		}
		if form == ForListmonk && s.Status != subscribers.Active && s.Status != subscribers.Unconfirmed {
			continue
		}
		if (form == ForListmonk || form == ForGhost) && !raw && formula(s.Address.String()) {
			count.Left++
			continue
		}
		if err := write(s); err != nil {
			return count, fmt.Errorf("write the readers: %w", err)
		}
		count.Readers++
	}
	if err := done(); err != nil {
		return count, fmt.Errorf("write the readers: %w", err)
	}
	return count, nil
}

// lines gives a function that writes a reader, and one that ends the file.
func lines(w *bufio.Writer) (write func(subscribers.Subscriber) error, done func() error) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return func(s subscribers.Subscriber) error { return e.Encode(entryOf(s)) }, w.Flush
}

// rows is what lines is, for a table. It writes the header.
func rows(w *bufio.Writer, form Form, raw bool) (write func(subscribers.Subscriber) error, done func() error) {
	header, row := ownColumns, ownRow(raw)
	switch {
	case form == ForListmonk:
		header, row = []string{"email", "name", "attributes"}, listmonkRow
	case form == ForGhost:
		header, row = []string{"email", "name", "subscribed_to_emails", "created_at", "labels"}, ghostRow
	case !raw:
		header = append(slices.Clone(header), safeColumn)
	}
	out := csv.NewWriter(w)
	if form != JSON {
		out.Write(header) // an error of a buffer is there again at the next
	}
	write = func(s subscribers.Subscriber) error {
		cells := row(s)
		for i := range cells {
			if !raw {
				cells[i] = harmless(cells[i])
			}
		}
		return out.Write(cells)
	}
	return write, func() error {
		out.Flush()
		return errors.Join(out.Error(), w.Flush())
	}
}

// ownRow writes our own rows. Each of them says that it is safe, because people sort
// and cut tables.
func ownRow(raw bool) func(subscribers.Subscriber) []string {
	return func(s subscribers.Subscriber) []string {
		e := entryOf(s)
		if raw {
			return e.row()
		}
		return append(e.row(), "yes")
	}
}

// listmonkRow writes in the attributes what listmonk has no column for.
func listmonkRow(s subscribers.Subscriber) []string {
	e := entryOf(s)
	attributes, err := json.Marshal(struct {
		Status      string   `json:"status"`
		Evenings    string   `json:"evenings"`
		Variant     string   `json:"variant"`
		Timezone    string   `json:"timezone"`
		Tags        []string `json:"tags"`
		CreatedAt   string   `json:"created_at"`
		ConfirmedAt string   `json:"confirmed_at"`
	}{e.Status, e.Evenings, e.Variant, e.Timezone, e.Tags, e.CreatedAt, e.ConfirmedAt})
	if err != nil {
		attributes = []byte("{}") // strings can always be written
	}
	return []string{e.Address, e.Name, string(attributes)}
}

// ghostRow leaves commas out of labels: Ghost has no way to quote one.
func ghostRow(s subscribers.Subscriber) []string {
	e := entryOf(s)
	labels := make([]string, len(e.Tags))
	for i, tag := range e.Tags {
		labels[i] = strings.ReplaceAll(tag, ",", " ")
	}
	wanted := fmt.Sprint(s.Status == subscribers.Active)
	return []string{e.Address, e.Name, wanted, e.CreatedAt, strings.Join(labels, ",")}
}

// formula says whether a spreadsheet would take a cell for a formula.
func formula(cell string) bool { return cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) }

// marked says whether a cell is a formula, apostrophes before it or not.
func marked(cell string) bool { return formula(strings.TrimLeft(cell, "'")) }

// Cell gives foreign text as a cell of a table for people: characters that nobody sees
// become spaces, and no spreadsheet takes it for a formula.
func Cell(text string) string {
	return harmless(strings.Map(func(r rune) rune {
		if unseen(r) {
			return ' '
		}
		return r
	}, oneLineKept(text)))
}

// harmless puts an apostrophe before a formula, and before a cell that looks as if it had
// one already. So harmful can undo it for every cell.
func harmless(cell string) string {
	if marked(cell) {
		return "'" + cell
	}
	return cell
}

func harmful(cell string) string {
	if strings.HasPrefix(cell, "'") && marked(cell) {
		return cell[1:]
	}
	return cell
}
