package digest

import "testing"

func TestWhoLogsInToADatabaseIsNoReader(t *testing.T) {
	for words, want := range map[string]string{
		// Where a database lies.
		"moved to postgres://vesper@db.news.example/vesper at 18:00":  "",
		`moved to "postgres://vesper@db1,db2/vesper?sslmode=require"`: "",
		"(postgresql://vesper%40house@db.news.example:5433/vesper)":   "",
		"moved to postgres://postgres@/vesper?host=%2Frun%2Fpg, look": "",
		// What is a reader's, or secret.
		"postgres://vesper:swordfish@db.news.example/vesper":              "<…>",
		"postgres://vesper@db.news.example/v?to=ada%40reader.example now": "<…> now",
		"postgres://vesper@db/vesper has no ada@reader.example":           "postgres://vesper@db/vesper has no <…>",
		"see https://ada@reader.example/ and mypostgres://ada@b.example":  "see <…> and <…>",
		"ada@reader.example at postgres://vesper@db/vesper":               "<…> at postgres://vesper@db/vesper",
		"<postgres://ada@reader.example>: unknown":                        "<…>: unknown",
	} {
		if want == "" {
			want = words
		}
		if got := WithoutAddresses(words); got != want {
			t.Errorf("%s: got %q, want %q", words, got, want)
		}
	}
}
