package store

import (
	"bytes"
	"testing"
)

// Whatever a server sends in whatever pieces is taken as rows or refused, and a row that is
// read is written again as it was.
func FuzzRowsOfAServer(f *testing.F) {
	t := table{columns: []column{{"id", "INTEGER"}, {"name", "TEXT"}, {"bytes", "BLOB"}}}
	row, err := appendRow(nil, []any{int64(-1), "é", []byte{}})
	if err != nil {
		f.Fatal(err)
	}
	empty, err := appendRow(nil, []any{nil, "", nil})
	if err != nil {
		f.Fatal(err)
	}
	whole := copyHead + string(row) + string(empty)
	f.Add([]byte(whole+copyEnd), 7)
	f.Add([]byte(whole), 1)
	f.Add([]byte(whole+copyEnd+"x"), 100)
	f.Add([]byte(copyHead+"\x00\x01\xff\xff\xff\xfe"), 3)
	f.Fuzz(func(tt *testing.T, sent []byte, piece int) {
		if piece < 1 {
			return
		}
		values := make([]any, len(t.columns))
		var got []byte
		s := &splitter{each: func(row []byte) error {
			got = append(got, row...)
			if err := t.valuesOf(row, values); err != nil {
				return err
			}
			again, err := appendRow(nil, values)
			// A server has no text that is to be mended.
			name, _ := values[1].(string)
			if err == nil && asText(name) == name && !bytes.Equal(again, row) {
				tt.Errorf("%q was read, and %q written", row, again)
			}
			return err
		}}
		for rest := sent; len(rest) > 0; {
			n := min(piece, len(rest))
			if _, err := s.Write(rest[:n]); err != nil {
				return
			}
			rest = rest[n:]
		}
		if s.ended && copyHead+string(got)+copyEnd != string(sent) {
			tt.Errorf("%q was sent, and %q read", sent, got)
		}
	})
}
