package render

import (
	"bytes"
	"errors"
	"fmt"

	"vesper/digest"
)

// form is a message taken apart at its merge fields: text, field, text … text. What all
// copies have in common is looked at here, once.
type form struct {
	texts [][]byte
	looks []look
	puts  []put
	// size is that of the texts.
	size int
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
		f.size += len(pieces[0])
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

// look is what is known of some octets by themselves.
type look struct {
	some        bool
	first, last byte
	// ready says that no octet must not follow the one before: a line ends with CRLF,
	// there is no other CR or LF, and no line begins with a dot.
	ready bool
	// eight says that some are above 127.
	eight bool
}

func lookAt(b []byte) look {
	if len(b) == 0 {
		return look{}
	}
	l := look{some: true, first: b[0], last: b[len(b)-1], ready: true, eight: b[0] > 127}
	for i, c := range b[1:] {
		l.ready = l.ready && follows(b[i], c)
		l.eight = l.eight || c > 127
	}
	return l
}

// follows says whether c may follow last.
func follows(last, c byte) bool {
	return (last == '\r') == (c == '\n') && (last != '\n' || c != '.')
}

// then is what is known of these octets with the next behind them.
func (l look) then(next look) look {
	switch {
	case !next.some:
		return l
	case !l.some:
		return next
	}
	return look{
		some: true, first: l.first, last: next.last, eight: l.eight || next.eight,
		ready: l.ready && next.ready && follows(l.last, next.first),
	}
}

// draft is what one copy is made with: values has what the fields become, one after
// another, and ends where each of them ends. It is used for many copies.
type draft struct {
	values []byte
	ends   []int
	plain  []byte
}

// fill writes a reader's values.
func (o *draft) fill(f *form, d *digest.Delivery) {
	o.values, o.ends = o.values[:0], o.ends[:0]
	for _, p := range f.puts {
		o.values = o.put(o.values, p, d)
		o.ends = append(o.ends, len(o.values))
	}
}

// value gives the i-th value.
func (o *draft) value(i int) []byte {
	if i == 0 {
		return o.values[:o.ends[0]]
	}
	return o.values[o.ends[i-1]:o.ends[i]]
}

// size is that of the copy, unsigned.
func (o *draft) size(f *form) int { return f.size + len(o.values) }

// join appends the copy to dst.
func (o *draft) join(dst []byte, f *form) []byte {
	for i := range f.puts {
		dst = append(append(dst, f.texts[i]...), o.value(i)...)
	}
	return append(dst, f.texts[len(f.puts)]...)
}

// known gives what is known of the copy with a signature before it.
func (o *draft) known(f *form, signature []byte) digest.Form {
	all := look{some: true, first: '\n', last: '\n', ready: true}.then(lookAt(signature))
	for i, l := range f.looks {
		if all = all.then(l); i == len(f.puts) {
			break
		}
		value := o.value(i)
		l = look{some: len(value) > 0, ready: true}
		if f.puts[i].inner == nil {
			l = lookAt(value)
		} else if l.some {
			// In base64 there is nothing but letters, digits and line ends.
			l.first, l.last = value[0], value[len(value)-1]
		}
		all = all.then(l)
	}
	return digest.Form{Ready: all.ready && all.last == '\n', EightBit: all.eight}
}

func (o *draft) put(dst []byte, p put, d *digest.Delivery) []byte {
	if p.inner == nil {
		return p.write(dst, d)
	}
	return o.encoded(dst, p.inner, d)
}

// encoded appends the rest of a part to dst, in base64, as one reader gets it. It
// leaves out the end of the last line, which the message has.
func (o *draft) encoded(dst []byte, f *form, d *digest.Delivery) []byte {
	plain := o.plain[:0]
	o.plain = nil
	for i, p := range f.puts {
		plain = o.put(append(plain, f.texts[i]...), p, d)
	}
	plain = append(plain, f.texts[len(f.puts)]...)
	o.plain = plain
	return bytes.TrimSuffix(lines64(dst, plain), []byte("\r\n"))
}
