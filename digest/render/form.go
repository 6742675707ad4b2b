package render

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"vesper/digest"
)

// form is a message taken apart at its merge fields: text, field, text … text. What all
// copies have in common is looked at here, once.
type form struct {
	texts [][]byte
	looks []look
	puts  []put
	// size is that of the texts, short that of those which are no longer than a copy is to
	// share.
	size, short int
	// prepared is made of the texts once, by the signer of the first copy.
	once     sync.Once
	prepared func(dst []byte, values [][]byte, at time.Time) ([]byte, error)
	// ahead is made likewise, where signatures are made ahead.
	aheadOnce sync.Once
	ahead     digest.Prepared
}

// signingAhead gives what signs copies ahead, nil if the signer can't.
func (f *form) signingAhead(s Signer) digest.Prepared {
	f.aheadOnce.Do(func() {
		if p, ok := s.(aheadPreparer); ok {
			f.ahead = p.PrepareAhead(f.texts)
		}
	})
	return f.ahead
}

// signing gives what signs the copies, nil if the signer prepares nothing.
func (f *form) signing(s Signer) func(dst []byte, values [][]byte, at time.Time) ([]byte, error) {
	f.once.Do(func() {
		if p, ok := s.(preparer); ok {
			f.prepared = p.Prepare(f.texts)
		}
	})
	return f.prepared
}

// put is how one reader's value of a field gets into a message: write appends it. With
// inner it is the rest of a part that is encoded for each reader.
type put struct {
	write func(dst []byte, d *digest.Delivery) []byte
	inner *form
}

// parse takes a message apart.
func parse(message []byte) (*form, error) {
	pieces := bytes.Split(message, []byte{0})
	if len(pieces)%2 == 0 {
		return nil, errors.New("a merge field has no end")
	}
	f, rest, err := parsePieces(pieces, "")
	if err == nil && len(rest) > 0 {
		err = errors.New("a part ends that did not begin")
	}
	return f, err
}

// parsePieces reads texts and fields in turn, as far as the field called end or, if
// end is empty, to the end of the message. It gives what is left.
func parsePieces(pieces [][]byte, end string) (*form, [][]byte, error) {
	f := new(form)
	for {
		f.texts, f.looks = append(f.texts, pieces[0]), append(f.looks, lookAt(pieces[0]))
		if f.size += len(pieces[0]); len(pieces[0]) < sharedText {
			f.short += len(pieces[0])
		}
		if len(pieces) == 1 {
			if end != "" {
				return f, nil, fmt.Errorf("the merge field %q has no %q", fieldBase64, end)
			}
			return f, nil, nil
		}
		name := string(pieces[1])
		pieces = pieces[2:]
		if name == fieldEnd {
			return f, pieces, nil
		}
		if name == fieldBase64 {
			inner, rest, err := parsePieces(pieces, fieldEnd)
			if err != nil {
				return f, nil, err
			}
			pieces = rest
			f.puts = append(f.puts, put{inner: inner})
			continue
		}
		write, err := parseField(name)
		if err != nil {
			return f, nil, err
		}
		f.puts = append(f.puts, put{write: write})
	}
}
