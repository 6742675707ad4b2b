package store

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// asTexts gives a statement's values as PostgreSQL takes them: it knows no zero byte in a text,
// nor octets that are no UTF-8, and refuses the whole statement. What a stranger's header has is
// no reason to forget all else.
func asTexts(args []any) []any {
	mended := false
	for i, a := range args {
		s, is := a.(string)
		if !is || isText(s) {
			continue
		}
		if !mended {
			args, mended = slices.Clone(args), true
		}
		args[i] = asText(s)
	}
	return args
}

func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// asText gives a text in which each octet that is none is replaced.
func asText(s string) string {
	if isText(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}
