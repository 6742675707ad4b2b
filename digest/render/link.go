package render

import (
	"net/url"
	"strings"
	"unicode"

	"vesper/digest"
)

// maxURL is the longest URL that is linked, in octets.
const maxURL = 2048

// webURL gives a URL as it is linked, or "" if it must not be linked: it is http or
// https, has a host in ASCII and no user info, and is not too long. What has to be
// percent-encoded is encoded as html/template would do it, so that both parts of a
// message show the same URL.
func webURL(s string) string {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	if u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return ""
	}
	for _, r := range u.Host {
		if r > unicode.MaxASCII || !letterOrDigit(r) && !strings.ContainsRune(".-_:[]", r) {
			return ""
		}
	}
	var b strings.Builder
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case letterOrDigit(rune(c)), strings.IndexByte("!#$&*+,/:;=?@[]-._~", c) >= 0, c == '%' && escape(s[i:]):
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	if b.Len() > maxURL {
		return ""
	}
	return b.String()
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// escape says whether s starts with a percent-encoded octet.
func escape(s string) bool {
	return len(s) >= 3 && strings.Trim(s[1:3], "0123456789abcdefABCDEF") == ""
}

// link gives an article's URL: its own, else the one that the publication makes of
// its headline, else our page of the article. If there is no more to read than the
// edition shows, it is "" instead of our page.
func (r Renderer) link(e digest.Edition, a digest.Article, more bool) string {
	if u := webURL(a.URL); u != "" {
		return u
	}
	if form := r.Publication.ArticleURL; form != "" {
		s := slug(a.Headline)
		if s != "" {
			if u := webURL(strings.ReplaceAll(form, "{slug}", s)); u != "" {
				return u
			}
		}
	}
	if !more {
		return ""
	}
	return webURL(r.webView(e.ID) + "/" + url.PathEscape(a.ID))
}

func (r Renderer) webView(id digest.ID) string { return r.base() + "/e/" + id.String() }

func (r Renderer) unsubscribe(token string) string { return r.base() + "/u/" + token }

func (r Renderer) preferences(token string) string { return r.base() + "/p/" + token }

// slug gives the words of a headline in ASCII, in lower case, joined by hyphens. It
// is "" for a headline in another script than Latin.
func slug(headline string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(headline) {
		s := folded(r)
		switch {
		case s == "" && quotation(r):
		case s == "":
			gap = b.Len() > 0
		default:
			if gap {
				b.WriteByte('-')
				gap = false
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// quotation is true for marks that do not part words: Mexico’s is one word.
func quotation(r rune) bool {
	return strings.ContainsRune("'’‘ʼ`\"“”„«»‹›.", r) || unicode.Is(unicode.Mn, r)
}

// folded gives a small letter or a digit in ASCII, or "" if it can't be written so.
func folded(r rune) string {
	if r < 0x80 {
		if letterOrDigit(r) {
			return string(r)
		}
		return ""
	}
	for _, f := range [...][2]string{
		{"a", "àáâãåāăąǎ"},
		{"ae", "äæ"},
		{"c", "çćĉċč"},
		{"d", "ďđð"},
		{"e", "èéêëēĕėęě"},
		{"g", "ĝğġģ"},
		{"h", "ĥħ"},
		{"i", "ìíîïĩīĭįı"},
		{"j", "ĵ"},
		{"k", "ķ"},
		{"l", "ĺļľŀł"},
		{"n", "ñńņňŉŋ"},
		{"o", "òóôõøōŏő"},
		{"oe", "öœ"},
		{"r", "ŕŗř"},
		{"s", "śŝşšș"},
		{"ss", "ß"},
		{"t", "ţťŧț"},
		{"th", "þ"},
		{"u", "ùúûũūŭůűų"},
		{"ue", "ü"},
		{"w", "ŵ"},
		{"y", "ýÿŷ"},
		{"z", "źżž"},
	} {
		if strings.ContainsRune(f[1], r) {
			return f[0]
		}
	}
	return ""
}
