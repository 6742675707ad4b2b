package hook

import (
	"os"
	"strings"
	"testing"

	"vesper/subscribers"
	"vesper/subscribers/returns"
)

// one gives the only event, the zero value if there is none.
func one(t *testing.T, all []returns.Event, err error) returns.Event {
	t.Helper()
	if err != nil || len(all) > 1 {
		t.Fatalf("got %d events, %v", len(all), err)
	}
	if len(all) == 0 {
		return returns.Event{}
	}
	return all[0]
}

// readers read what each provider posts.
var readers = map[string]func([]byte) ([]returns.Event, error){
	"ses":      func(b []byte) ([]returns.Event, error) { return sesEvents(b, "id") },
	"sendgrid": sendGridEvents,
	"mailgun": func(b []byte) ([]returns.Event, error) {
		var m mailgunMessage
		if err := decode(b, &m); err != nil {
			return nil, err
		}
		return mailgunEvents(m.Data, b)
	},
	"postmark": postmarkEvents,
	"standard": func(b []byte) ([]returns.Event, error) { return standardEvents("id", b) },
}

// TestWhatProvidersSayIsReadAsTheyMeanIt: a line of testdata/causes is a cause, perhaps
// passing, and behind a tab what is posted.
func TestWhatProvidersSayIsReadAsTheyMeanIt(t *testing.T) {
	for name, read := range readers {
		text, err := os.ReadFile("testdata/causes/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			want, body, _ := strings.Cut(strings.TrimSpace(line), "\t")
			all, err := read([]byte(body))
			e, got := one(t, all, err), "nothing"
			if e.Cause != "" {
				got = string(e.Cause)
			}
			if e.Passing {
				got += ", passing"
			}
			if got != want {
				t.Errorf("%s %s: got %s, by %s, want %s", name, body, got, e.Rule, want)
			}
			// A hook of Standard Webhooks serves several providers.
			if e.Cause != "" && !strings.HasPrefix(e.Rule, name+": ") && name != "standard" {
				t.Errorf("%s %s: by %q", name, body, e.Rule)
			}
			if e.Cause != "" && e.Address != "x@y.example" && strings.Contains(body, "x@y.example") {
				t.Errorf("%s %s: it is of %q", name, body, e.Address)
			}
		}
	}
}

// TestAComplaintOfSeveralNamesNobody: SES names all who may have complained.
func TestAComplaintOfSeveralNamesNobody(t *testing.T) {
	all, err := sesEvents([]byte(`{"notificationType":"Complaint","complaint":{"complainedRecipients":[
		{"emailAddress":"a@y.example"},{"emailAddress":"b@y.example"}]},"mail":{"messageId":"m"}}`), "id")
	if e := one(t, all, err); e.Address != "" || e.QueueIDs[0] != "m" || e.Cause != subscribers.Complained {
		t.Errorf("got %+v", e)
	}
}

// TestOneBounceHasOneName: notices and events of SES tell of it both.
func TestOneBounceHasOneName(t *testing.T) {
	text := signers()["ses"].bounce(reader)
	first, err := sesEvents([]byte(text), "one")
	second, err2 := sesEvents([]byte(strings.Replace(text, "notificationType", "eventType", 1)), "two")
	if a, b := one(t, first, err), one(t, second, err2); a.ID != b.ID {
		t.Errorf("got %q and %q", a.ID, b.ID)
	}
}

// TestAFieldOfAnotherTypeIsAsOneThatIsLeftOut: what a provider changes loses no event.
func TestAFieldOfAnotherTypeIsAsOneThatIsLeftOut(t *testing.T) {
	for name, body := range map[string]string{
		"sendgrid": `[{"event":"bounce","type":"bounce","email":"x@y.example","sg_event_id":"1","status":511,"smtp-id":null,
			"reason":"550 5.1.1 user unknown","bounce_classification":["x"]}]`,
		"ses": `{"eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","feedbackId":1,
			"bouncedRecipients":[{"emailAddress":"x@y.example","status":{},"diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}`,
		"mailgun": `{"signature":7,"event-data":{"id":"1","event":"failed","severity":"permanent","recipient":"x@y.example",
			"timestamp":"1534110422","delivery-status":{"code":"550","message":"5.1.1 user unknown"}}}`,
		"postmark": `{"RecordType":"Bounce","ID":1,"TypeCode":1,"Type":9,"Email":"x@y.example",
			"Details":"550 5.1.1 user unknown"}`,
		"standard": `{"type":"email.bounced","data":{"to":["x@y.example"],"email_id":3,
			"bounce":{"type":"Permanent","subType":"General","message":"550 5.1.1 user unknown"}}}`,
	} {
		all, err := readers[name]([]byte(body))
		if e := one(t, all, err); e.Cause != subscribers.UserUnknown || e.Address != "x@y.example" {
			t.Errorf("%s: got %+v", name, e)
		}
	}
	for name, read := range readers {
		for _, body := range []string{`"text"`, `7`, `[[]]`, `[7]`, `["x"]`} {
			if all, err := read([]byte(body)); err == nil {
				t.Errorf("%s reads %s: %+v", name, body, all)
			}
		}
	}
}

// TestSESMayLeaveOutWhomABounceIsOf: what we send has one recipient.
func TestSESMayLeaveOutWhomABounceIsOf(t *testing.T) {
	all, err := sesEvents([]byte(`{"notificationType":"Bounce","bounce":{"bounceType":"Permanent",
		"bounceSubType":"NoEmail","bouncedRecipients":[]},"mail":{"messageId":"m","destination":["x@y.example"]}}`), "id")
	if e := one(t, all, err); e.Address != "x@y.example" || e.Cause != subscribers.NotSaid {
		t.Errorf("got %+v", e)
	}
}

func TestWhatCantBeAnEventIsRefused(t *testing.T) {
	many := strings.Repeat(`{"event":"open"},`, maxEvents)
	if all, err := sendGridEvents([]byte("[" + strings.TrimSuffix(many, ",") + "]")); err != nil || len(all) > 0 {
		t.Errorf("1000 events: %v", err)
	}
	recipients := strings.Repeat(`{"emailAddress":"x@y.example"},`, maxOfMessage)
	for name, body := range map[string]string{
		"sendgrid": "[" + many + `{"event":"open"}]`,
		"ses":      `{"eventType":"Bounce","bounce":{"bouncedRecipients":[` + recipients + `{}]}}`,
		"standard": `{"type":"mail.bounced","data":{"code":550}}`,
		"mailgun":  `{"event-data":{"event":"complained"}}`,
		"postmark": `{"RecordType":"SpamComplaint"}`,
	} {
		if all, err := readers[name]([]byte(body)); err == nil {
			t.Errorf("%s: got %d events", name, len(all))
		}
	}
	if _, err := sendGridEvents([]byte(`[{"event":"spamreport"}]`)); err == nil {
		t.Error("an event without a name is read")
	}
}
