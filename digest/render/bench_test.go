package render

import (
	"encoding/base64"
	"testing"
	"time"

	"vesper/digest"
)

// BenchmarkCompose makes readers' copies of an edition of five, in quoted-printable
// and in base64. It gives the time as a multiple of the least work that is needed: to
// copy the message, or to encode it.
func BenchmarkCompose(b *testing.B) {
	for _, s := range []struct{ name, articles, language string }{
		{"quoted-printable", "articles", "en"}, {"base64", "arabic", "ar"},
	} {
		b.Run(s.name, func(b *testing.B) {
			r, e, err := specimenEdition(nil, specimenSet{articles: s.articles, language: s.language, most: 5})
			if err != nil {
				b.Fatal(err)
			}
			c, d := composer(b, r, e), delivery(ines(b))
			var copied []byte
			began := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				envelope, err := c.Compose(d)
				if err != nil {
					b.Fatal(err)
				}
				c.Release(digest.Envelope{Data: copied})
				copied = envelope.Data
				b.SetBytes(int64(len(copied)))
			}
			each := time.Since(began) / time.Duration(b.N)
			b.ReportMetric(ratio(each, func() { _ = append([]byte(nil), copied...) }), "times-a-copy")
			b.ReportMetric(ratio(each, func() { base64.StdEncoding.AppendEncode(nil, copied) }), "times-base64")
		})
	}
}

// BenchmarkMessages renders an edition in both variants. It gives the time as a
// multiple of executing its HTML template once.
func BenchmarkMessages(b *testing.B) {
	r, e := renderer(b), edition(b, many(b, 12)...)
	began := time.Now()
	for b.Loop() {
		if _, err := r.Messages(e); err != nil {
			b.Fatal(err)
		}
	}
	each := time.Since(began) / time.Duration(b.N)
	s := r.editionValues(e, footer{}, r.whole(e))
	b.ReportMetric(ratio(each, func() {
		if _, err := r.execute(htmlPart, s); err != nil {
			b.Fatal(err)
		}
	}), "times-the-template")
}

// ratio is the time of an operation as a multiple of another one's, which is run a
// hundred times.
func ratio(each time.Duration, yardstick func()) float64 {
	const times = 100
	began := time.Now()
	for range times {
		yardstick()
	}
	return float64(each) / (float64(time.Since(began)) / times)
}
