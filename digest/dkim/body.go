package dkim

import "bytes"

// relaxed puts a body that comes in pieces into the relaxed form (RFC 6376 3.4.4), as
// [hashBody] does with a whole one: out has what is sure so far. Blanks and line ends are
// pending until something follows that shows if they stay.
type relaxed struct {
	out []byte
	// some says that there was anything but blanks and line ends.
	some bool
	pending
}

// pending is what may still come before the next octet: a blank behind so many line ends.
type pending struct {
	ends  int
	blank bool
}

// add goes on with a piece, in which each CR and LF is one of a CRLF.
func (r *relaxed) add(piece []byte) {
	for len(piece) > 0 {
		switch piece[0] {
		case ' ', '\t':
			r.blank, piece = true, piece[1:]
		case '\r':
			r.ends, r.blank, piece = r.ends+1, false, piece[len(crlf):]
		default:
			r.settle()
			n := plainRun(piece)
			r.out, piece = append(r.out, piece[:n]...), piece[n:]
		}
	}
}

// settle writes what is pending, since something else follows.
func (r *relaxed) settle() {
	for range r.ends {
		r.out = append(r.out, crlf...)
	}
	if r.blank {
		r.out = append(r.out, ' ')
	}
	r.pending, r.some = pending{}, true
}

// end ends the body: what is pending then has no meaning, and the last line has its end.
func (r *relaxed) end() {
	if r.some {
		r.out = append(r.out, crlf...)
	}
}

// plainRun is how many octets there are before the first blank or line end.
func plainRun(b []byte) int {
	if n := bytes.IndexByte(b, '\r'); n >= 0 {
		b = b[:n]
	}
	if n := bytes.IndexByte(b, ' '); n >= 0 {
		b = b[:n]
	}
	if n := bytes.IndexByte(b, '\t'); n >= 0 {
		b = b[:n]
	}
	return len(b)
}

// fixedBody is a piece of a body that all copies have, in its relaxed form: lead is the
// blanks and line ends it begins with, whose form is shown by what stands before them, core
// all up to the last octet that is neither, and then what is pending after that.
type fixedBody struct {
	lead, core []byte
	then       pending
}

func fixBody(piece []byte) fixedBody {
	rest := bytes.TrimLeft(piece, " \t\r\n")
	f := fixedBody{lead: piece[:len(piece)-len(rest)]}
	var r relaxed
	r.add(rest)
	f.core, f.then = r.out, r.pending
	return f
}
