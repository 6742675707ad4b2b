package feed

import "bytes"

// withoutLongRuns cuts what stands between two tags to the longest text that is taken: a
// parser makes several copies of it. Tags are none of it, and comments are left out that are
// so long.
func withoutLongRuns(text []byte) []byte {
	var out []byte
	done := 0 // how much of the text is in out
	cut := func(from, to int, more string) {
		out = append(append(out, text[done:from]...), more...)
		done = to
	}
	for i := 0; i < len(text); {
		next := bytes.IndexByte(text[i:], '<')
		if next < 0 {
			next = len(text) - i
		}
		if next > mostText {
			cut(whole(text, i, i+mostText), i+next, "")
		}
		if i += next; i == len(text) {
			break
		}
		n := skip(text[i:])
		switch {
		case n <= mostText:
		case bytes.HasPrefix(text[i:], []byte("<![CDATA[")):
			cut(i+mostText, i+n, "]]>")
		default:
			cut(i, i+n, "")
		}
		i += max(n, 1)
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// whole gives where to cut a text before a place, so that no character's name is cut.
func whole(text []byte, from, at int) int {
	begins := max(from, at-12)
	if amp := bytes.LastIndexByte(text[begins:at], '&'); amp >= 0 {
		return begins + amp
	}
	return at
}
