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
	// CSV and JSON, an object a line, hold all that is known of a reader but the
	// numbers that links and the ledger know them by. [Open] reads both.
	CSV  Form = "csv"
	JSON Form = "json"
	// ForListmonk and ForGhost are tables that these programs import.
	ForListmonk Form = "listmonk"
	ForGhost    Form = "ghost"
)

// Written counts what [Write] did. Left are the readers whom it left out because
// their address would be a formula in a spreadsheet and, spelt otherwise, would
// be another's.
type Written struct{ Readers, Left int }

// Write writes readers as they come. In a table a cell that a spreadsheet would
// take for a formula gets an apostrophe before it, which Open takes off again
// where it reads our table; raw leaves all cells as they are.
//
// listmonk has no word for those who left, so that only active and unconfirmed
// readers go there. Ghost gets everybody, and is told to mail the active alone.
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

// lines gives what writes a reader, and what ends the file.
func lines(w *bufio.Writer) (write func(subscribers.Subscriber) error, done func() error) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return func(s subscribers.Subscriber) error { return e.Encode(entryOf(s)) }, w.Flush
}

// rows is lines for a table, whose header it writes.
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

// ownRow ends in what the header says of all cells, in every row, because rows
// are sorted and cut.
func ownRow(raw bool) func(subscribers.Subscriber) []string {
	return func(s subscribers.Subscriber) []string {
		e := entryOf(s)
		if raw {
			return e.row()
		}
		return append(e.row(), "yes")
	}
}

// listmonkRow keeps in the attributes what listmonk has no column for.
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

// ghostRow leaves commas out of labels: Ghost knows no marks around one.
func ghostRow(s subscribers.Subscriber) []string {
	e := entryOf(s)
	labels := make([]string, len(e.Tags))
	for i, tag := range e.Tags {
		labels[i] = strings.ReplaceAll(tag, ",", " ")
	}
	wanted := fmt.Sprint(s.Status == subscribers.Active)
	return []string{e.Address, e.Name, wanted, e.CreatedAt, strings.Join(labels, ",")}
}

// formula says whether a spreadsheet would take a cell for more than text.
func formula(cell string) bool { return cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) }

// marked says whether a cell is a formula, or one behind apostrophes.
func marked(cell string) bool { return formula(strings.TrimLeft(cell, "'")) }

// Cell gives foreign text as a cell of a table for people: what is not seen is a
// space, and no spreadsheet takes it for a formula, as in what [Write] writes.
func Cell(text string) string {
	return harmless(strings.Map(func(r rune) rune {
		if unseen(r) {
			return ' '
		}
		return r
	}, oneLineKept(text)))
}

// harmless puts an apostrophe before what would be a formula, and before what
// already looks like the result, so that harmful undoes it whatever the cell.
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
