package exchange

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// record is one row of a table, or one line of a list, as it was read.
type record struct {
	// line is where it begins, row its number in a spreadsheet; both count from 1.
	line, row int
	// fields are a table's. They are valid until the next record is read.
	fields []string
	// text is the row as it is in the file, in UTF-8, without its line end.
	text string
	// guessed says that it was not UTF-8, so that its letters are a guess.
	guessed bool
	// problem says what is wrong with it.
	problem string
}

// records reads rows one at a time. A row may have line ends within quotation marks. A
// mark that is never closed spoils its own line only: encoding/csv by itself would
// read all the rest as one field, and hold it in memory.
type records struct {
	lines *bufio.Reader
	// held are lines that were read ahead. The first spoiled ones of them are no rows.
	held      [][]byte
	spoiled   int
	line, row int
	// guarded says that the rows went through [Part.Guard].
	guarded bool
	// fields is nil where lines are not split.
	fields *csv.Reader
	feed   *bufio.Reader
}

// newRecords reads text whose fields are separated by comma. With 0 the lines are not
// split.
func newRecords(text io.Reader, comma rune) *records {
	r := &records{lines: bufio.NewReaderSize(text, 64<<10)}
	if comma != 0 {
		r.feed = bufio.NewReader(nil)
		r.fields = csv.NewReader(r.feed)
		r.fields.Comma, r.fields.FieldsPerRecord, r.fields.ReuseRecord = comma, -1, true
	}
	return r
}

// next gives the next row that is not blank, or io.EOF.
func (r *records) next() (record, error) {
	for {
		rec, err := r.read()
		if err != nil || rec.problem != "" || !r.blank(rec) {
			return rec, err
		}
	}
}

// blank says whether a row is empty or a remark. A remark begins with # in a list. In a
// table it begins with # and a space, as in the file of rejects.
func (r *records) blank(rec record) bool {
	if r.fields == nil {
		text := strings.TrimSpace(rec.text)
		return text == "" || text[0] == '#'
	}
	return !slices.ContainsFunc(rec.fields, func(f string) bool { return strings.TrimSpace(f) != "" })
}

func (r *records) read() (record, error) {
	text, long, err := r.readLine()
	if err != nil {
		return record{}, err
	}
	r.line++
	r.row++
	rec := record{line: r.line, row: r.row}
	if r.spoiled > 0 {
		r.spoiled--
		rec.settle(text)
		rec.problem = swallowed
		return rec, nil
	}
	if long {
		rec.problem = fmt.Sprintf("the line is longer than %d octets", maxRecord)
		return rec, nil
	}
	if r.fields == nil || bytes.HasPrefix(text, []byte("# ")) {
		rec.settle(text)
		return rec, nil
	}
	// A row is whole when its quotation marks are even in number.
	ahead, whole := [][]byte{text}, text
	for bytes.Count(text, []byte{'"'})%2 != 0 {
		more, long, err := r.readLine()
		if err != nil && !errors.Is(err, io.EOF) {
			return rec, err
		}
		if err == nil {
			ahead = append(ahead, more)
			if len(ahead) == 2 {
				whole = bytes.Clone(text)
			}
			whole = append(whole, more...)
		}
		if err != nil || long || len(whole) > maxRecord {
			return r.giveBack(rec, ahead, "a quotation mark is opened and not closed"), nil
		}
		if bytes.Count(more, []byte{'"'})%2 != 0 {
			break
		}
	}
	r.feed.Reset(bytes.NewReader(rec.settle(whole)))
	if rec.fields, err = r.fields.Read(); err != nil && !errors.Is(err, io.EOF) {
		return r.giveBack(rec, ahead, "a quotation mark is in the wrong place"), nil
	}
	if slices.ContainsFunc(ahead[1:], r.likeRow) {
		r.spoiled = len(ahead) - 1
		return r.giveBack(rec, ahead, swallowed), nil
	}
	r.line += len(ahead) - 1
	return rec, nil
}

// swallowed is what is wrong with rows between two stray quotation marks.
const swallowed = "several rows are within one pair of quotation marks"

// likeRow says whether a line within quotation marks looks like a row of its own: it
// has several fields, and one is an address.
func (r *records) likeRow(line []byte) bool {
	if !bytes.ContainsRune(line, r.fields.Comma) || !bytes.ContainsRune(line, '@') {
		return false
	}
	for f := range strings.SplitSeq(string(line), string(r.fields.Comma)) {
		if _, _, err := mailbox(strings.Trim(trim(f), `"`)); err == nil {
			return true
		}
	}
	return false
}

// settle keeps the text of a row, and gives it in UTF-8 with its line end.
func (rec *record) settle(text []byte) []byte {
	if rec.guessed = !utf8.Valid(text); rec.guessed {
		text = western(text)
	}
	rec.text = string(bytes.TrimSuffix(bytes.TrimSuffix(text, []byte("\n")), []byte("\r")))
	return text
}

// giveBack makes a bad row of the first line, and puts the other lines back to be read
// anew.
func (r *records) giveBack(rec record, ahead [][]byte, problem string) record {
	r.held = append(ahead[1:], r.held...)
	rec.settle(ahead[0])
	rec.fields, rec.problem = nil, problem
	return rec
}

// readLine gives the next line with its line end. long says that the line is too long;
// then nothing of it is given.
func (r *records) readLine() (line []byte, long bool, err error) {
	if len(r.held) > 0 {
		line, r.held = r.held[0], r.held[1:]
		return line, false, nil
	}
	for {
		part, err := r.lines.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxRecord; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) && (len(line) > 0 || long) {
			err = nil
		}
		if r.guarded {
			line = unguard(line)
		}
		r.guarded = r.guarded || bytes.HasPrefix(line, []byte(GuardRemark))
		return line, long, err
	}
}
