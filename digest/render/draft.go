package render

import (
	"bytes"
	"slices"

	"vesper/digest"
)

// draft is what one copy is made with: values has what the fields become, one after
// another, and ends where each of them ends. The envelope is the copy's. It is used for
// many copies.
type draft struct {
	envelope digest.Envelope

	values []byte
	ends   []int
	plain  []byte
	each   [][]byte
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

// all gives the values one by one.
func (o *draft) all() [][]byte {
	o.each = o.each[:0]
	for i := range o.ends {
		o.each = append(o.each, o.value(i))
	}
	return o.each
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

// sharedText is how long a text is that copies share rather than have it copied.
const sharedText = 1 << 10

// pieces gives the copy in pieces, the first of which begins with data, a signature or
// nothing: long texts as they are, and all between them copied behind data.
func (o *draft) pieces(pieces [][]byte, data []byte, f *form) [][]byte {
	data = slices.Grow(data, len(o.values)+f.short)
	from := 0
	for i, text := range f.texts {
		if len(text) < sharedText {
			data = append(data, text...)
		} else {
			if len(pieces) == 0 || len(data) > from {
				pieces, from = append(pieces, data[from:len(data):len(data)]), len(data)
			}
			pieces = append(pieces, text)
		}
		if i < len(f.puts) {
			data = append(data, o.value(i)...)
		}
	}
	if len(data) > from || len(pieces) == 0 {
		pieces = append(pieces, data[from:])
	}
	// All of the buffer can be had back from the first.
	pieces[0] = data[:len(pieces[0])]
	return pieces
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
