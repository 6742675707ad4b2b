package relay_test

import (
	"fmt"
	"strings"
	"testing"

	"vesper/digest"
)

func TestAMessageThatTheRelayWillNotTakeIsNotOffered(t *testing.T) {
	large := "Subject: Evening\r\n\r\n" + strings.Repeat("Good evening.\r\n", 100)
	eight := "a: b\r\n\r\nzoë\r\n"
	dotted := "Subject: Evening\r\n\r\n.\r\n..\r\nno end"
	size := func(data string, more int) string { return fmt.Sprintf(" SIZE=%d", len(data)+more) }
	upTo := func(n int) []string { return []string{fmt.Sprint("SIZE ", n)} }
	for name, row := range map[string]struct {
		offers         []string
		data, mail     string // mail is what stands after the return path
		class          digest.Class
		enhanced, says string
	}{
		"no SIZE":                 {nil, large, "", digest.Accepted, "2.0.0", ""},
		"SIZE without a number":   {[]string{"SIZE"}, large, size(large, 0), digest.Accepted, "2.0.0", ""},
		"SIZE 0":                  {[]string{"SIZE 0"}, large, size(large, 0), digest.Accepted, "2.0.0", ""},
		"just small enough":       {upTo(len(large)), large, size(large, 0), digest.Accepted, "2.0.0", ""},
		"too large":               {upTo(len(large) - 1), large, "", digest.Refused, "5.3.4", "1520 octets"},
		"dots are not counted":    {[]string{"SIZE 100"}, dotted, size(dotted, 2), digest.Accepted, "2.0.0", ""},
		"7-bit needs no 8BITMIME": {[]string{"8BITMIME"}, large, "", digest.Accepted, "2.0.0", ""},
		"8-bit":                   {[]string{"8BITMIME"}, eight, " BODY=8BITMIME", digest.Accepted, "2.0.0", ""},
		"8-bit is not offered":    {nil, eight, "", digest.Refused, "5.6.3", "8BITMIME"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := (&scripted{offers: row.offers}).start(t)
			s := &stream{envelopes: envelopes(1)}
			s.envelopes[0].Data = []byte(row.data)
			if end := plainTo(server).Work(t.Context(), s); end.Class != "" {
				t.Errorf("ended with %+v", end)
			}
			got := s.outcome(t, 1)
			if got.Class != row.class || got.Enhanced != row.enhanced || !strings.Contains(got.Reply, row.says) {
				t.Errorf("got %+v, want %s %s", got, row.class, row.enhanced)
			}
			offered := false
			for _, line := range server.seen() {
				if after, ok := strings.CutPrefix(line, "MAIL FROM:<"+s.envelopes[0].From+">"); ok {
					offered = true
					if after != row.mail {
						t.Errorf("MAIL with %q, want %q", after, row.mail)
					}
				}
			}
			if offered != (row.class == digest.Accepted) || row.class != digest.Accepted && got.Code != 0 {
				t.Errorf("offered: %t, got %+v", offered, got)
			}
		})
	}
}
