package intake

import (
	"cmp"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vesper/digest"
)

// How much of a fetched article is kept: a story of 10,000 words in at most so many
// characters, and so many Quick Looks.
const (
	mostDeepLook   = 60_000
	mostQuickLooks = 50
)

// Clean makes of a fetched article one that its file can hold: [WriteHouse] and the
// desk give it back as it is. It never refuses one. What it changes:
//
//   - Text is UTF-8 on one line: control characters, byte order marks and direction
//     overrides are taken out, white space is folded, and HTML's entities become
//     characters, also those that were escaped twice. What has nothing to see is empty.
//   - In what stands on one line with a separator or a key, a backslash that stands
//     alone becomes a slash.
//   - What is too long is cut after a sentence, else after a word, and ends with "…":
//     a headline and other fields (300 characters), a Quick Look (600), the summary
//     (2,000), the Deep Look (60,000). There are 50 Quick Looks at most.
//   - A paragraph that is nothing but "Quick Looks" or "Deep Look", number signs before
//     a paragraph, sub-headings over nothing, and last lines that ask to log in and
//     comment are taken out. A sub-heading of over 300 characters is a paragraph.
//   - A URL that no reader may be sent to, a wrong language tag, an Updates that is no ID and a Published before
//     1970 or after 9999 are taken out, and so is a time that is a file's own. An Embargo
//     before 1970 is taken out; one after 9999 ends in 9999.
//   - Without a headline, the first words of the summary, of a Quick Look or of a
//     paragraph stand for it. Without a Feed, it is the URL's host or "web".
//
// Only an article without any text can't be written.
func Clean(a digest.Article) digest.Article {
	a.Source, a.Dateline, a.Byline = field(a.Source), field(a.Dateline), field(a.Byline)
	a.Label, a.Section, a.Feed = field(a.Label), field(a.Section), field(a.Feed)
	a.Summary = cut(slashed(plain(a.Summary)), digest.MaxSummary)
	var looks []string
	for _, q := range a.QuickLooks {
		if q = cut(plain(q), digest.MaxQuickLook); q != "" && len(looks) < mostQuickLooks {
			looks = append(looks, q)
		}
	}
	a.QuickLooks = looks
	a.DeepLook = cleanBlocks(a.DeepLook)
	a.Headline = cmp.Or(field(a.Headline), instead(a))
	if a.URL = plain(a.URL); checkURL(a.URL) != nil {
		a.URL = ""
	}
	a.Language = strings.ReplaceAll(plain(a.Language), "_", "-")
	if !isLanguage(a.Language) {
		a.Language = ""
	}
	if a.Updates != plain(a.Updates) || CheckName(a.Updates+extension) != nil {
		a.Updates = ""
	}
	if a.FileTime || !yearCanBe(a.Published.UTC()) {
		a.Published, a.FileTime = time.Time{}, false
	}
	if y := a.Embargo.UTC().Year(); y > 9999 {
		a.Embargo = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)
	} else if y < 1970 {
		a.Embargo = time.Time{}
	}
	a.Loose = nil
	if a.Feed == "" {
		u, _ := url.Parse(a.URL)
		a.Feed = cmp.Or(field(u.Hostname()), "web")
	}
	return a
}

// cleanBlocks does what Clean does for the Deep Look.
func cleanBlocks(blocks []digest.Block) []digest.Block {
	var out []digest.Block
	left := mostDeepLook
	for _, b := range blocks {
		b.Text = plain(b.Text)
		for strings.HasPrefix(b.Text, headingMark) {
			b.Text = plain(strings.TrimLeft(b.Text, "#"))
		}
		if b.Text == "" || is(line{text: b.Text}, quickLooks) || is(line{text: b.Text}, deepLook) {
			continue
		}
		n := utf8.RuneCountInString(b.Text)
		b.Heading = b.Heading && n <= digest.MaxHeadline
		if n > left {
			b = digest.Block{Text: cut(b.Text, left)}
		}
		out = append(out, b)
		if left -= n; left < 0 {
			break
		}
	}
	for len(out) > 0 {
		last := out[len(out)-1]
		if !last.Heading && !asksToLogIn(last.Text) && !asksInOtherWords(last.Text) {
			break
		}
		out = out[:len(out)-1]
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// instead gives what stands for a headline that is not there.
func instead(a digest.Article) string {
	texts := append([]string{a.Summary}, a.QuickLooks...)
	for _, b := range a.DeepLook {
		texts = append(texts, b.Text)
	}
	return cut(slashed(cmp.Or(texts...)), 120)
}

// field cleans what stands on a line with others.
func field(s string) string { return cut(slashed(plain(s)), digest.MaxHeadline) }

// plain gives s as one line of text; "" if a reader would see nothing of it.
func plain(s string) string {
	s, _ = unescape(strings.Map(printing, strings.ToValidUTF8(s, "\ufffd")))
	s = fold(s)
	if !strings.ContainsFunc(s, visible) {
		return ""
	}
	return s
}

// printing takes out characters that no line of text has.
func printing(r rune) rune {
	switch {
	case overrides(r) || r == '\ufeff':
		return -1
	case !unicode.IsControl(r):
		return r
	case unicode.IsSpace(r):
		return ' '
	}
	return -1
}

// slashed writes each backslash that would divide fields as a slash.
func slashed(s string) string {
	out := []byte(s)
	for _, i := range separators(s, backslash) {
		out[i] = '/'
	}
	return string(out)
}
