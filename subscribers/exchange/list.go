// Package exchange reads lists of subscribers that people and other programs
// keep in files. It says what stands on which line; who may be mailed is not its
// to decide, and it knows no database.
package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"vesper/subscribers"
)

// maxLine is the longest line that is looked at, in octets without its end. No
// address is a third as long.
const maxLine = 1024

// Row is a line that holds an address.
type Row struct {
	// Line counts from 1.
	Line    int
	Address subscribers.Address
}

// Reject is a line that cannot be used.
type Reject struct {
	// File is the name that [Read] was given.
	File string
	Line int
	// Problem says what is wrong, Hint what would be right (it may be empty).
	Problem, Hint string
}

// Error gives the reject as "file:line: problem".
func (r *Reject) Error() string { return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Problem) }

// Read reads a plain list in UTF-8: one address a line. A byte-order mark, CRLF,
// white space around the address, blank lines and lines that start with # are
// fine; an address that comes twice is given twice.
//
// A line that cannot be used is given as an error of type *[Reject], and reading
// goes on with the next. Any other error is the reader's own and comes last.
func Read(name string, r io.Reader) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lines := bufio.NewReaderSize(r, maxLine+len("\r\n")+len("\ufeff"))
		for n := 1; ; n++ {
			line, long, err := readLine(lines)
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\ufeff"))
			}
			if row, rejected, ok := judge(name, n, line, long); ok {
				if rejected != nil {
					ok = yield(Row{Line: n}, rejected)
				} else {
					ok = yield(row, nil)
				}
				if !ok {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{Line: n}, fmt.Errorf("read %s: %w", name, err))
				return
			}
		}
	}
}

// readLine gives the next line without its end. Of a line that doesn't fit the
// buffer it gives nothing, says so and passes over it. The last line comes with
// the error that ended it.
func readLine(r *bufio.Reader) (line []byte, long bool, err error) {
	line, err = r.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		long, line = true, nil
		_, err = r.ReadSlice('\n')
	}
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), long, err
}

// judge says what a line is; it gives false for one that says nothing.
func judge(name string, n int, line []byte, long bool) (Row, *Reject, bool) {
	reject := func(problem, hint string) (Row, *Reject, bool) {
		return Row{}, &Reject{File: name, Line: n, Problem: problem, Hint: hint}, true
	}
	if long || len(line) > maxLine {
		return reject(fmt.Sprintf("the line is longer than %d octets", maxLine), "one address a line")
	}
	text := strings.TrimSpace(string(line))
	if text == "" || text[0] == '#' {
		return Row{}, nil, false
	}
	if strings.ContainsAny(text, ",;\t") {
		return reject("the line has more than one field", "a plain list has one address a line and nothing else")
	}
	if strings.ContainsAny(text, "<>") {
		return reject("the line is not a bare address", "write ines@news.example, without a name and angle brackets")
	}
	address, err := subscribers.ParseAddress(text)
	if err != nil {
		return reject(err.Error(), "")
	}
	return Row{Line: n, Address: address}, nil, true
}
