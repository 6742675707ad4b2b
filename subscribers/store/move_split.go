package store

import "encoding/binary"

// splitter takes what COPY gives, in whatever pieces, and gives each row.
type splitter struct {
	each  func(row []byte) error
	rest  []byte
	begun bool
	ended bool
}

func (s *splitter) Write(b []byte) (int, error) {
	all := b
	if len(s.rest) > 0 {
		s.rest = append(s.rest, b...)
		all = s.rest
	}
	if !s.begun {
		if len(all) < len(copyHead) {
			s.keep(all)
			return len(b), nil
		}
		if string(all[:len(copyHead)]) != copyHead {
			return 0, errRow
		}
		all, s.begun = all[len(copyHead):], true
	}
	for {
		n, err := rowLength(all)
		switch {
		case err != nil || s.ended && len(all) > 0:
			return 0, errRow
		case n == 0:
			s.keep(all)
			return len(b), nil
		case string(all[:n]) == copyEnd:
			s.ended = true
		default:
			if err := s.each(all[:n]); err != nil {
				return 0, err
			}
		}
		all = all[n:]
	}
}

// keep keeps what is no whole row yet.
func (s *splitter) keep(rest []byte) { s.rest = append(s.rest[:0], rest...) }

// rowLength gives how many octets the first row has, 0 if not all of it is there.
func rowLength(b []byte) (int, error) {
	if len(b) < 2 {
		return 0, nil
	}
	columns := int(int16(binary.BigEndian.Uint16(b)))
	if columns < 0 && string(b[:2]) != copyEnd {
		return 0, errRow
	}
	at := 2
	for range columns {
		if len(b) < at+4 {
			return 0, nil
		}
		n := int(int32(binary.BigEndian.Uint32(b[at:])))
		if n < null {
			return 0, errRow
		}
		if at += 4 + max(n, 0); len(b) < at {
			return 0, nil
		}
	}
	return at, nil
}
