package main

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// page is text of ours in several lines, which print and tell leave in lines.
type page string

// print writes results. Whatever is printed may be foreign: what would move a
// terminal's cursor, or forge a line, is shown as an escape.
func (a *app) print(form string, args ...any) error {
	_, err := fmt.Fprintf(a.stdout, form, visible(args)...)
	return err
}

// tell writes everything else, as print does.
func (a *app) tell(form string, args ...any) { fmt.Fprintf(a.stderr, form, visible(args)...) }

// visible makes all text among some values printable.
func visible(args []any) []any {
	all := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case page:
			lines := strings.Split(string(v), "\n")
			for i, line := range lines {
				lines[i] = printable(line)
			}
			all[i] = strings.Join(lines, "\n")
		case error:
			all[i] = printable(v.Error())
		case fmt.Stringer:
			all[i] = printable(v.String())
		default:
			all[i] = arg
			if value := reflect.ValueOf(arg); value.Kind() == reflect.String {
				all[i] = printable(value.String())
			}
		}
	}
	return all
}

// printable shows control characters, those that turn the direction of writing, and
// bytes that are no UTF-8, as escapes.
func printable(s string) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteString(map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`}[r])
		case hidden(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// hidden says whether a terminal does something for a character, and shows nothing.
func hidden(r rune) bool {
	return r < ' ' || 0x7f <= r && r < 0xa0 || 0x2028 <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069
}

// jsonWriter escapes what encoding/json leaves of such characters.
type jsonWriter struct{ io.Writer }

func (w jsonWriter) Write(b []byte) (int, error) {
	text := string(b)
	if !strings.ContainsFunc(strings.TrimSuffix(text, "\n"), hidden) {
		return w.Writer.Write(b)
	}
	var out strings.Builder
	for _, r := range text {
		if hidden(r) && r != '\n' {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	_, err := io.WriteString(w.Writer, out.String())
	return len(b), err
}
