package render

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"vesper/digest"
	"vesper/templates"
)

// A merge field stands in a stored message as
//
//	NUL name [":" part [":" zone [":" form]]] NUL
//
// There is no other NUL in a message: headers are free of control characters and
// bodies are encoded. Without a part the value goes into a header as it is. With
// "html" or "text" it goes into the quoted-printable body of that part. There the
// field begins a line of its own, and a soft line break or the line's own end
// follows it, so that lines stay short whatever the length of the value. The zone
// is the IANA name of the time zone of a date, and the form says how its language
// writes dates: to compose a copy nothing is needed beside the message.
//
// What stands between the fields "base64" and "end" is not encoded yet. It is the
// rest of a part in base64: a value in it would move all that follows. Fields in
// there have the parts "html8" and "text8".
const (
	fieldTo          = "to"
	fieldDate        = "date"
	fieldMessageID   = "message-id"
	fieldUnsubscribe = "unsubscribe"
	fieldPreferences = "preferences"
	fieldLeave       = "leave"
	fieldAddress     = "address"
	fieldSince       = "since"
	fieldBase64      = "base64"
	fieldEnd         = "end"

	// raw follows the name of a part that is not encoded yet.
	raw = "8"
)

func field(name string, more ...string) string {
	return "\x00" + strings.Join(append([]string{name}, more...), ":") + "\x00"
}

// values gives the values of the fields that a delivery has as they are.
var values = map[string]func(*digest.Delivery) string{
	fieldTo:          func(d *digest.Delivery) string { return d.Address },
	fieldAddress:     func(d *digest.Delivery) string { return d.Address },
	fieldMessageID:   func(d *digest.Delivery) string { return d.MessageID },
	fieldUnsubscribe: func(d *digest.Delivery) string { return d.Unsubscribe },
	fieldPreferences: func(d *digest.Delivery) string { return d.Preferences },
	fieldLeave:       func(d *digest.Delivery) string { return d.Leave },
	fieldDate:        func(d *digest.Delivery) string { return d.FirstDue.UTC().Format(time.RFC1123Z) },
}

// parseField reads what stands between the NULs.
func parseField(s string) (func(dst []byte, d *digest.Delivery) []byte, error) {
	name, rest, _ := strings.Cut(s, ":")
	part, rest, _ := strings.Cut(rest, ":")
	in, ok := inPart[part]
	if !ok {
		return nil, fmt.Errorf("merge field %q is in an unknown part", s)
	}
	if s == fieldDate {
		return func(dst []byte, d *digest.Delivery) []byte {
			return d.FirstDue.UTC().AppendFormat(dst, time.RFC1123Z)
		}, nil
	}
	value := values[name]
	if name == fieldSince {
		zone, form, _ := strings.Cut(rest, ":")
		var err error
		if value, err = since(zone, form); err != nil {
			return nil, fmt.Errorf("merge field %q: %w", s, err)
		}
	}
	if value == nil {
		return nil, fmt.Errorf("unknown merge field %q", s)
	}
	return func(dst []byte, d *digest.Delivery) []byte { return in(dst, value(d)) }, nil
}

// since makes the function that writes the day on which a reader confirmed. Fields
// of older messages have no form: there was only English then.
func since(zone, form string) (func(*digest.Delivery) string, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, err
	}
	day := builtIn().Words("en").Since()
	if form != "" {
		day = templates.DayForm{}
		if err := json.Unmarshal([]byte(form), &day); err != nil {
			return nil, err
		}
	}
	days := &days{form: day, said: map[calendar]string{}}
	return func(d *digest.Delivery) string {
		if d.Since.IsZero() {
			return ""
		}
		return days.on(d.Since.In(loc))
	}, nil
}

// days writes dates, each once: many readers confirmed on the same day.
type days struct {
	form templates.DayForm
	mu   sync.RWMutex
	said map[calendar]string
}

type calendar struct {
	year, day int
	month     time.Month
}

// mostDays is how many dates are kept: those of eleven years.
const mostDays = 4096

func (s *days) on(t time.Time) string {
	var c calendar
	c.year, c.month, c.day = t.Date()
	s.mu.RLock()
	said, ok := s.said[c]
	s.mu.RUnlock()
	if ok {
		return said
	}
	said = s.form.On(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.said) < mostDays {
		s.said[c] = said
	}
	return said
}

// inPart gives how a value is written into each part.
var inPart = map[string]func(dst []byte, s string) []byte{
	"":           func(dst []byte, s string) []byte { return append(dst, s...) },
	"text":       appendQuoted,
	"html":       func(dst []byte, s string) []byte { return appendQuoted(dst, htmlText(s)) },
	"text" + raw: func(dst []byte, s string) []byte { return append(dst, s...) },
	"html" + raw: func(dst []byte, s string) []byte { return append(dst, htmlText(s)...) },
}

// htmlText escapes text as html/template does between tags.
func htmlText(s string) string {
	if !strings.ContainsAny(s, `"&'+<>`) {
		return s
	}
	return escapes.Replace(s)
}

var escapes = strings.NewReplacer(
	`"`, "&#34;", "&", "&amp;", "'", "&#39;", "+", "&#43;", "<", "&lt;", ">", "&gt;")

// maxQuoted leaves room for the "=" of a soft line break in a line of 76.
const maxQuoted = 75

// appendQuoted appends one line of text to dst as quoted-printable (RFC 2045 6.7),
// where dst ends with a line. What it writes does not end with a space, and leaves
// room for a soft line break.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	column := 0
	for i := range len(s) {
		c := s[i]
		plain := '!' <= c && c <= '~' && c != '=' || c == ' ' && i < len(s)-1
		width := 3
		if plain {
			width = 1
		}
		if column+width > maxQuoted {
			dst = append(dst, "=\r\n"...)
			column = 0
		}
		column += width
		if plain {
			dst = append(dst, c)
		} else {
			dst = append(dst, '=', hex[c>>4], hex[c&15])
		}
	}
	return dst
}
