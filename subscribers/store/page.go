package store

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// page is rows as one text, which the database puts together. Row by row the driver makes an
// object or two of each value, and database/sql converts it: for the rows of a queue, of which
// each message is one, that is four fifths of the objects of reading.
//
// Behind each value is a space. A number stands as it is, NULL as nothing. Before a text stand
// its length in octets and a space, so that a text may have anything in it.
type page struct{ rest string }

// asPage gives, in SQL, the page of the rows of a question, which is given from FROM on: in its
// order, which LIMIT has the database keep. Values are columns of numbers, and those of texts
// withLength.
func asPage(from string, values ...string) string {
	return `SELECT coalesce(string_agg(packed, ''), '') FROM (SELECT concat(` + strings.Join(values, `, ' ', `) +
		`, ' ') AS packed ` + from + `) AS page`
}

// withLength is a column of texts as a value of asPage.
func withLength(column string) string { return `octet_length(` + column + `), ' ', ` + column }

// more says whether there is another row.
func (p *page) more() bool { return p.rest != "" }

// scan is the Scan of the next row. Texts are parts of the page: who keeps one for longer than the
// page makes a copy of it.
func (p *page) scan(into ...any) error {
	for i, value := range into {
		var err error
		switch value := value.(type) {
		case *int64:
			*value, err = p.number()
		case *int:
			var n int64
			n, err = p.number()
			*value = int(n)
		case *sql.NullInt64:
			if value.Valid = !strings.HasPrefix(p.rest, " "); !value.Valid {
				p.rest = p.rest[1:]
				continue
			}
			value.Int64, err = p.number()
		case *string:
			*value, err = p.text()
		default:
			err = fmt.Errorf("it can't be a %T", value)
		}
		if err != nil {
			return fmt.Errorf("value %d of a row: %w", i+1, err)
		}
	}
	return nil
}

func (p *page) number() (int64, error) {
	digits, rest, ok := strings.Cut(p.rest, " ")
	if !ok {
		return 0, fmt.Errorf("it ends within %q", digits)
	}
	p.rest = rest
	return strconv.ParseInt(digits, 10, 64)
}

func (p *page) text() (string, error) {
	n, err := p.number()
	if err != nil {
		return "", err
	}
	if n < 0 || n >= int64(len(p.rest)) || p.rest[n] != ' ' {
		return "", fmt.Errorf("it has no %d octets", n)
	}
	text := p.rest[:n]
	p.rest = p.rest[n+1:]
	return text, nil
}
