package bounce

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"regexp"
)

// envelopeLine is the line before each message of an mbox: a sender and a date as
// asctime(3) writes it.
var envelopeLine = regexp.MustCompile(
	`^From \S* *[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]?[0-9] [0-9]{2}:[0-9]{2}(:[0-9]{2})?.*[12][0-9]{3}`)

// Messages gives the messages of a file one by one: the one that it is, or all of an mbox.
// Of each it keeps [MaxSize] octets at most, whatever the size of the file. The lines
// between messages are left out, and lines that were quoted as ">From " are as they were.
func Messages(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		m := mbox{in: bufio.NewReaderSize(r, 64<<10)}
		for {
			message, err := m.next()
			if err != nil && !errors.Is(err, io.EOF) {
				yield(nil, err)
				return
			}
			if len(bytes.TrimSpace(message)) > 0 && !yield(message, nil) {
				return
			}
			if err != nil {
				return
			}
		}
	}
}

// mbox is a file while it is read.
type mbox struct {
	in *bufio.Reader
	// begun says that the first line was read, many that the file is an mbox.
	begun, many bool
}

// next gives the text up to the next message, with io.EOF if it was the last one.
func (m *mbox) next() ([]byte, error) {
	var message []byte
	// whole says that the piece before ended its line, blank that this line was empty.
	whole, blank := true, true
	for {
		piece, err := m.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if whole && bytes.HasPrefix(piece, []byte("From ")) && (!m.begun || m.many && blank) &&
			envelopeLine.Match(cutBytes(piece, 1000)) && (err == nil && m.fieldFollows()) {
			first := !m.begun
			m.begun, m.many = true, true
			if first {
				message = nil
				continue
			}
			return message, nil
		}
		if len(bytes.TrimSpace(piece)) > 0 {
			m.begun = true
		}
		if whole && m.many && bytes.HasPrefix(bytes.TrimLeft(piece, ">"), []byte("From ")) && piece[0] == '>' {
			piece = piece[1:]
		}
		message = append(message, cutBytes(piece, MaxSize-len(message))...)
		if errors.Is(err, io.EOF) {
			return message, io.EOF
		}
		whole = err == nil
		blank = whole && len(bytes.TrimSpace(piece)) == 0
	}
}

// fieldFollows says whether the next line begins as a header's does.
func (m *mbox) fieldFollows() bool {
	next, _ := m.in.Peek(80)
	name, _, colon := bytes.Cut(next, []byte(":"))
	return colon && len(name) > 0 && isASCII(name) || bytes.HasPrefix(next, []byte(">From "))
}

func cutBytes(b []byte, most int) []byte { return b[:max(0, min(len(b), most))] }
