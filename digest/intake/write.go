package intake

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

// WriteHouse gives the text of an article's file in the house format. It reads back as
// the same article without its ID, if that came from a file or went through [Clean].
// A time that is the file's own is not written.
func WriteHouse(a digest.Article) []byte {
	var b bytes.Buffer
	published, embargo := "", ""
	if !a.Published.IsZero() && !a.FileTime {
		published = writeTime(a.Published)
	}
	if !a.Embargo.IsZero() {
		embargo = writeTime(a.Embargo)
	}
	for _, k := range [...][2]string{
		{"URL", a.URL},
		{"Published", published},
		{"Embargo", embargo},
		{"Section", a.Section},
		{"Language", a.Language},
		{"Updates", a.Updates},
		{"Feed", a.Feed},
	} {
		if k[1] != "" {
			fmt.Fprintf(&b, "%s: %s\n", k[0], k[1])
		}
	}
	fmt.Fprintln(&b, strings.Join([]string{a.Headline, a.Source, a.Dateline, a.Byline, a.Label, a.Summary}, ` \ `))
	if len(a.QuickLooks) > 0 {
		fmt.Fprintln(&b, quickLooks)
	}
	for _, q := range a.QuickLooks {
		fmt.Fprintln(&b, "-", q)
	}
	if len(a.DeepLook) > 0 {
		fmt.Fprintln(&b, deepLook)
	}
	for _, block := range a.DeepLook {
		if block.Heading && a.Feed != "" {
			b.WriteString(headingMark)
		}
		fmt.Fprintln(&b, block.Text)
	}
	return b.Bytes()
}

// writeTime gives a time in RFC 3339, in its own zone if the format can say it.
func writeTime(t time.Time) string {
	if _, offset := t.Zone(); offset%60 != 0 || offset <= -24*60*60 || offset >= 24*60*60 || !yearCanBe(t) {
		t = t.UTC()
	}
	return t.Format(time.RFC3339Nano)
}
