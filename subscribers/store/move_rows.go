package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// table is one that is moved.
type table struct {
	name    string
	columns []column
	// after are the tables that its foreign keys point to.
	after []string
	// counted says that its column id gives numbers that never come back.
	counted bool
}

// column is one of a table. Its kind is INTEGER, TEXT or BLOB.
type column struct{ name, kind string }

// names gives the columns for a statement.
func (t table) names() string {
	var all []string
	for _, c := range t.columns {
		all = append(all, asName(c.name))
	}
	return strings.Join(all, ", ")
}

// asName writes a name so that it is no other word.
func asName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// byReferences puts tables behind those that their foreign keys point to.
func byReferences(all []table) ([]table, error) {
	var sorted []table
	there := map[string]bool{}
	for len(sorted) < len(all) {
		before := len(sorted)
		for _, t := range all {
			if !there[t.name] && allIn(t.after, t.name, there) {
				sorted = append(sorted, t)
				there[t.name] = true
			}
		}
		if len(sorted) == before {
			return nil, errors.New("the foreign keys of the tables go round in a circle")
		}
	}
	return sorted, nil
}

func allIn(names []string, own string, there map[string]bool) bool {
	for _, name := range names {
		if name != own && !there[name] {
			return false
		}
	}
	return true
}

// A row is moved as PostgreSQL writes one in COPY's binary format: the number of its columns,
// and of each the number of its octets (-1 is NULL) and these. A number has eight of them. It
// is the same whichever database the row was read from, so that two tables can be compared.

const null = -1

// appendRow writes a row's values: int64, string, []byte or nil.
func appendRow(to []byte, values []any) ([]byte, error) {
	to = binary.BigEndian.AppendUint16(to, uint16(len(values)))
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			to = binary.BigEndian.AppendUint32(to, 0xffff_ffff)
		case int64:
			to = binary.BigEndian.AppendUint32(to, 8)
			to = binary.BigEndian.AppendUint64(to, uint64(v))
		case string:
			// A file may have what a server takes for no text.
			v = asText(v)
			to = binary.BigEndian.AppendUint32(to, uint32(len(v)))
			to = append(to, v...)
		case []byte:
			to = binary.BigEndian.AppendUint32(to, uint32(len(v)))
			to = append(to, v...)
		default:
			return nil, fmt.Errorf("a value is a %T", v)
		}
	}
	return to, nil
}

var errRow = errors.New("a row is not as it should be")

// valuesOf reads a row of a table into values, which are the row's own octets as little as
// what is written from them.
func (t table) valuesOf(row []byte, values []any) error {
	if len(row) < 2 || int(binary.BigEndian.Uint16(row)) != len(t.columns) {
		return errRow
	}
	row = row[2:]
	for i, c := range t.columns {
		if len(row) < 4 {
			return errRow
		}
		n := int(int32(binary.BigEndian.Uint32(row)))
		row = row[4:]
		if n == null {
			values[i] = nil
			continue
		}
		if n < 0 || n > len(row) {
			return errRow
		}
		value := row[:n]
		row = row[n:]
		switch {
		case c.kind == "TEXT":
			values[i] = string(value)
		case c.kind == "BLOB":
			values[i] = value
		case n != 8:
			return errRow
		default:
			values[i] = int64(binary.BigEndian.Uint64(value))
		}
	}
	return nil
}

// copyHead is what COPY's binary format begins with, and copyEnd what it ends with.
const (
	copyHead = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"
	copyEnd  = "\xff\xff"
)

// sum tells tables apart, in whatever order their rows come: it has the sums of the rows'
// SHA-256, in four parts, and how many rows there are.
type sum struct {
	rows  int64
	parts [4]uint64
}

func (s *sum) add(row []byte) {
	hash := sha256.Sum256(row)
	for i := range s.parts {
		s.parts[i] += binary.BigEndian.Uint64(hash[8*i:])
	}
	s.rows++
}
