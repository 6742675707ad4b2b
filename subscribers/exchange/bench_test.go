package exchange

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkRows reads an export row by row, without a database.
func BenchmarkRows(b *testing.B) {
	var text strings.Builder
	text.WriteString("Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME," +
		"CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION," +
		"LAST_CHANGED,LEID,EUID,NOTES,TAGS\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "reader%d@reader.example,First,\"Last, %d\",2,2023-04-21 11:16:57,192.0.2.7,"+
			"2023-04-21 11:18:03,192.0.2.7,,,,,europe/zurich,CH,ZH,"+
			"2024-01-05 09:00:00,%d,ab,,\"\"\"Editors\"\"\"\n",
			i, i, i)
	}
	f, err := Open("members.csv", strings.NewReader(text.String()), int64(text.Len()), Choices{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; n < b.N; {
		for _, err := range f.Parts[0].Rows() {
			if err != nil {
				b.Fatal(err)
			}
			if n++; n >= b.N {
				break
			}
		}
	}
}
