package feed

import (
	"bytes"
	"mime"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// declared finds the encoding that an XML declaration names.
var declared = regexp.MustCompile(`^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']`)

// decode gives a text as UTF-8 without what may not stand in XML. A byte-order mark
// comes first, then UTF-8 if the text is that, whatever is said of it: publishers
// change encodings and forget to say so. Then the XML declaration, then the header.
func decode(text []byte, contentType string) []byte {
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		text = text[3:]
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return printable(recode(text, unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)))
	case bytes.HasPrefix(text, []byte("<\x00")), bytes.HasPrefix(text, []byte("{\x00")):
		return printable(recode(text, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)))
	case bytes.HasPrefix(text, []byte("\x00<")), bytes.HasPrefix(text, []byte("\x00{")):
		return printable(recode(text, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)))
	}
	// Encodings of seven bits look like UTF-8 and are not.
	said := encodingOf(text, contentType)
	sevenBits := strings.HasPrefix(said, "iso-2022") || strings.HasPrefix(said, "hz-gb")
	if utf8.Valid(text) && !sevenBits {
		return printable(text)
	}
	if enc, name := charset.Lookup(said); enc != nil && name != "utf-8" && name != "utf-16le" && name != "utf-16be" {
		return printable(recode(text, enc))
	}
	if mostlyUTF8(text) {
		return printable(mended(text))
	}
	return printable(recode(text, charmap.Windows1252))
}

// mended reads those bytes of a text that are no UTF-8 as the encoding that most programs
// had before.
func mended(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/8)
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(text[0])
		}
		out = utf8.AppendRune(out, r)
		text = text[n:]
	}
	return out
}

// encodingOf is what a text or its header says that it is written in.
func encodingOf(text []byte, contentType string) string {
	if m := declared.FindSubmatch(text[:min(len(text), 1024)]); m != nil {
		return strings.ToLower(string(m[1]))
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		return strings.ToLower(params["charset"])
	}
	return ""
}

// mostlyUTF8 says whether more characters of a text are UTF-8 than are not.
func mostlyUTF8(text []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		i += n
	}
	return good > bad
}

func recode(text []byte, enc encoding.Encoding) []byte {
	out, err := enc.NewDecoder().Bytes(text)
	if err != nil {
		return bytes.ToValidUTF8(text, []byte("\ufffd"))
	}
	return out
}

// printable leaves out the control characters that XML forbids. A text without any is given
// as it is: a copy may have 8 MiB.
func printable(text []byte) []byte {
	if reference.Match(text) {
		text = reference.ReplaceAllFunc(text, func(ref []byte) []byte {
			m := reference.FindSubmatch(ref)
			digits, base := strings.ToLower(string(m[1])), 10
			if hex, ok := strings.CutPrefix(digits, "x"); ok {
				digits, base = hex, 16
			}
			if n, err := strconv.ParseInt(digits, base, 32); err == nil && allowed(rune(n)) {
				return ref
			}
			return nil
		})
	}
	if bytes.IndexFunc(text, func(r rune) bool { return !allowed(r) }) < 0 {
		return text
	}
	return bytes.Map(func(r rune) rune {
		if !allowed(r) {
			return -1
		}
		return r
	}, text)
}

// reference is a character written as its number.
var reference = regexp.MustCompile(`&#([xX][0-9a-fA-F]{1,6}|[0-9]{1,7});`)

// allowed says whether a character may stand in XML.
func allowed(r rune) bool {
	switch {
	case r < ' ':
		return r == '\t' || r == '\n' || r == '\r'
	case 0xd800 <= r && r <= 0xdfff, r == 0xfffe, r == 0xffff:
		return false
	}
	return r <= utf8.MaxRune
}
