package hook

import (
	"strings"
	"testing"

	"vesper/digest/growth"
)

// TestWorkGrowsWithTheText: a provider may be somebody else.
func TestWorkGrowsWithTheText(t *testing.T) {
	shapes := map[string]func(int) string{
		"events": func(n int) string {
			return "[" + strings.Repeat(`{"event":"spamreport","sg_event_id":"x"},`, n) + "{}]"
		},
		"deep":   func(n int) string { return strings.Repeat(`{"a":[`, n) + strings.Repeat("]}", n) },
		"open":   func(n int) string { return strings.Repeat("[", n) },
		"quotes": func(n int) string { return `{"a":"` + strings.Repeat(`\"`, n) + `"}` },
		"names":  func(n int) string { return `{` + strings.Repeat(`"event":"bounce",`, n) + `"x":1}` },
		"address": func(n int) string {
			return `[{"event":"spamreport","sg_event_id":"x","email":"` + strings.Repeat("<a@", n) + `"}]`
		},
		"reason": func(n int) string {
			return `[{"event":"bounce","sg_event_id":"x","reason":"` + strings.Repeat("550 5.1.1 <a@b.example> ", n) + `"}]`
		},
		"recipients": func(n int) string {
			return `{"eventType":"Bounce","bounce":{"bouncedRecipients":[` +
				strings.Repeat(`{"emailAddress":"x@y.example"},`, n) + `{}]}}`
		},
		"headers": func(n int) string {
			return `{"eventType":"Bounce","bounce":{"bouncedRecipients":[{}]},"mail":{"headers":[` +
				strings.Repeat(`{"name":"Message-ID","value":"<a@b>"},`, n) + `{}]}}`
		},
		"to": func(n int) string {
			return `{"type":"email.bounced","data":{"to":[` + strings.Repeat(`"x@y.example",`, n) + `""]}}`
		},
	}
	growth.Check(t, 2000, shapes, func(text string) {
		body := []byte(text)
		sendGridEvents(body)
		sesEvents(body, "id")
		postmarkEvents(body)
		standardEvents("id", body)
		var m mailgunMessage
		if decode(body, &m) == nil {
			mailgunEvents(m.Data, body)
		}
	})
	growth.Check(t, 2000, map[string]func(int) string{
		"signatures": func(n int) string { return strings.Repeat("v1,AAAA ", n) },
		"one":        func(n int) string { return "v1," + strings.Repeat("A", n) },
	}, func(text string) { standard{[]byte("key")}.signed("id.1.", nil, text) })
}
