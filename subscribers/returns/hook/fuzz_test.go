package hook

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"vesper/subscribers/returns"

	"vesper/subscribers/returns/hooktest"
)

// held fails unless events are such as the store may keep.
func held(t *testing.T, all []returns.Event, err error) {
	t.Helper()
	if err != nil {
		if _, ok := err.(*refusal); !ok || len(all) > 0 {
			t.Fatalf("got %d events with %v", len(all), err)
		}
		return
	}
	if len(all) > maxEvents {
		t.Errorf("%d events", len(all))
	}
	for _, e := range all {
		if !e.Cause.Known() {
			t.Errorf("the cause is %q", e.Cause)
		}
		texts := append([]string{e.Address, e.MessageID, e.Rule, e.Status, e.Diagnostic}, e.QueueIDs...)
		for _, text := range append(texts, e.ID) {
			if len(text) > maxSaid || !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\x00") {
				t.Errorf("got %q", text)
			}
		}
		if len(e.ID) > 2*maxID || len(e.MessageID) > maxID || len(e.Rule) > 4*maxID ||
			e.Code != 0 && e.Code/100 != 4 && e.Code/100 != 5 {
			t.Errorf("got %+v", e)
		}
	}
}

func FuzzSES(f *testing.F) {
	f.Add([]byte(signers()["ses"].bounce(reader)))
	f.Add([]byte(`{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"x@y.example"}]}}`))
	f.Add([]byte(`{"eventType":"DeliveryDelay","deliveryDelay":{"delayedRecipients":[{}]},
		"mail":{"headers":[{"name":"message-id"}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := sesEvents(text, "id")
		held(t, all, err)
	})
}

// FuzzSNS reads what SNS posts. The certificate that it names lies with SNS.
func FuzzSNS(f *testing.F) {
	for _, text := range []string{
		`{"Type":"Notification","MessageId":"22b80b92","TopicArn":"arn:aws:sns:eu-west-1:1:b","Message":"{}","Subject":"s",
			"Timestamp":"2026-11-27T18:04:59.123Z","SignatureVersion":"1","Signature":"AAAA","SigningCertURL":"` + certAt + `"}`,
		`{"Type":"SubscriptionConfirmation","Token":"t","SubscribeURL":"https://x","Signature":"AAAA",
			"SigningCertURL":"https://sns.cn-north-1.amazonaws.com.cn/x.pem"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := readSNS(body)
		if err != nil {
			held(t, nil, err)
			return
		}
		at, err := url.Parse(m.certificate.String())
		if err != nil || at.Scheme != "https" || at.Port() != "" || at.User != nil || at.Host != at.Hostname() ||
			!strings.HasPrefix(at.Host, "sns.") || strings.Count(at.Host, ".") > 4 ||
			!strings.HasSuffix(strings.TrimSuffix(at.Host, ".cn"), ".amazonaws.com") {
			t.Errorf("the certificate is got from %q", m.certificate)
		}
		if !strings.HasSuffix(m.text, "\nType\n"+m.Type+"\n") || !strings.HasPrefix(m.text, "Message\n"+m.Message+"\n") {
			t.Errorf("got %q", m.text)
		}
	})
}

const certAt = hooktest.CertificateAt

func FuzzSendGrid(f *testing.F) {
	f.Add([]byte(signers()["sendgrid"].bounce(reader)))
	f.Add([]byte(`[{"event":"dropped","reason":"Invalid","sg_event_id":"1"},{"event":"deferred","sg_event_id":"2"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := sendGridEvents(body)
		held(t, all, err)
	})
}

func FuzzMailgun(f *testing.F) {
	f.Add([]byte(`{"event-data":` + signers()["mailgun"].bounce(reader) + "}"))
	f.Add([]byte(`{"event-data":{"event":"complained","id":"x","timestamp":1e300}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var m mailgunMessage
		if decode(body, &m) != nil {
			return
		}
		all, err := mailgunEvents(m.Data, body)
		held(t, all, err)
	})
}

func FuzzPostmark(f *testing.F) {
	f.Add([]byte(signers()["postmark"].bounce(reader)))
	f.Add([]byte(`{"RecordType":"SpamComplaint","ID":-1,"Email":"<a@b.example>"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := postmarkEvents(body)
		held(t, all, err)
	})
}

func FuzzStandard(f *testing.F) {
	f.Add([]byte(signers()["standard"].bounce(reader)))
	f.Add([]byte(`{"type":"mail.bounced","data":{"address":"x@y.example","code":550,"status":"5.1.1","diagnostic":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := standardEvents("id", body)
		held(t, all, err)
	})
}

// FuzzDepth compares with a parser that knows JSON.
func FuzzDepth(f *testing.F) {
	f.Add(`{"a":["\"]",{}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		var v any
		if json.Unmarshal([]byte(text), &v) == nil && depth([]byte(text)) < deep(v) {
			t.Errorf("got %d, want %d or more", depth([]byte(text)), deep(v))
		}
	})
}

// deep is how deep a value is. Of names that come twice the last one counts, so no more is
// known of those.
func deep(v any) int {
	most := 0
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			most = max(most, deep(one))
		}
	case map[string]any:
		for _, one := range v {
			most = max(most, deep(one))
		}
	default:
		return 0
	}
	return most + 1
}

// FuzzPaths: only the one address is answered.
func FuzzPaths(f *testing.F) {
	f.Add("/hooks/postmark/" + secret)
	f.Add("/hooks/postmark/" + secret + "/")
	w := open(f, signers()["postmark"].webhook)
	f.Fuzz(func(t *testing.T, path string) {
		r := post("postmark", nil)
		r.URL.Path = path
		if got := w.ask(r); (got != 0) != (path == "/hooks/postmark/"+secret) || got == http.StatusOK {
			t.Errorf("%q: got %d", path, got)
		}
	})
}
