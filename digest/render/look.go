package render

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
