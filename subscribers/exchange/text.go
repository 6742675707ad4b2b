package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxRecord is the longest row that is read, in octets. Real rows are not a hundredth
// as long.
const maxRecord = 1 << 20

// inspector is a writer that gets all bytes of a file first. It fails on what no table
// has, and remembers how the text is encoded.
type inspector struct {
	begun        bool
	wide, marked bool
	// mixed says that not all of it is UTF-8.
	mixed bool
	// length is that of the present line so far, lines how many are complete.
	length     int64
	lines      int
	cr         bool
	incomplete []byte
}

func (i *inspector) Write(b []byte) (int, error) {
	if !i.begun && len(b) > 0 {
		i.begun = true
		i.wide = bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
		i.marked = i.wide || bytes.HasPrefix(b, []byte("\ufeff"))
	}
	if !i.wide && bytes.IndexByte(b, 0) >= 0 {
		return 0, errors.New("it is not text: it has NUL characters")
	}
	i.cr = i.cr || bytes.IndexByte(b, '\r') >= 0
	for rest := b; ; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			i.length += int64(len(rest))
			break
		}
		i.lines++
		if i.length += int64(end); i.length > maxRecord {
			break
		}
		rest, i.length = rest[end+1:], 0
	}
	if i.length > maxRecord {
		if i.cr && i.lines == 0 {
			return 0, errors.New("its lines end in CR only, as old Macs wrote them: save it again")
		}
		return 0, fmt.Errorf("it has a line of more than %d octets", maxRecord)
	}
	i.mixed = i.mixed || !i.wide && !i.valid(b)
	return len(b), nil
}

// valid says whether the next bytes are UTF-8. A character may be cut by the end of a
// block.
func (i *inspector) valid(b []byte) bool {
	if len(i.incomplete) > 0 {
		b = append(i.incomplete, b...)
		i.incomplete = nil
	}
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if end := b[len(b)-n:]; utf8.RuneStart(end[0]) {
			if !utf8.FullRune(end) {
				i.incomplete = append([]byte(nil), end...)
				b = b[:len(b)-n]
			}
			break
		}
	}
	return utf8.Valid(b)
}

// encoding says how the text is encoded, "" for UTF-8.
func (i *inspector) encoding() string {
	switch {
	case i.wide:
		return "UTF-16"
	case i.mixed || len(i.incomplete) > 0:
		return "rows that are not UTF-8 are read as Windows-1252"
	}
	return ""
}

// decode gives text in UTF-8 if it begins with a byte-order mark, and else as it is.
func decode(r io.Reader) io.Reader {
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}

// western reads a row that is not UTF-8 as Windows-1252: most such files are.
func western(b []byte) []byte {
	text, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return bytes.ToValidUTF8(b, []byte("\ufffd"))
	}
	return text
}
