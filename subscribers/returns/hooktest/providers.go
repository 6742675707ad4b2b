package hooktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Mail is the message that an event is about.
type Mail struct {
	// Address is the reader's; ID is the Message-ID without its brackets, Queue the name that
	// the provider gave, and Event the one of the event.
	Address, ID, Queue, Event string
}

// Provider makes requests as one does.
type Provider struct {
	// Key is what its signatures are verified with.
	Key string
	// Bounce words that a reader is unknown.
	Bounce func(Mail) string
	// Sign makes a request of a body to an address; foreign is by somebody else's key.
	Sign func(at, body string, when time.Time, foreign bool) *http.Request
	// Dated says that its requests have a time.
	Dated bool
}

// MailgunKey is the signing key of Mailgun, and PostmarkKey how Postmark logs in.
const (
	MailgunKey  = "f2c8e6a1b0d94c7795a3e1d2c4b6a890"
	PostmarkKey = "postmark:hunter2hunter2hunter2"
)

// StandardKey is the secret of Standard Webhooks.
var StandardKey = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a key of 24 octets or so"))

var sendGridKeys = sync.OnceValue(func() (all struct{ ours, other *ecdsa.PrivateKey }) {
	var err error
	for _, k := range []**ecdsa.PrivateKey{&all.ours, &all.other} {
		if *k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			panic(err)
		}
	}
	return all
})

// Providers gives the five.
func Providers() map[string]Provider {
	return map[string]Provider{
		"ses": ses(), "sendgrid": sendGrid(), "mailgun": mailgun(), "postmark": postmark(), "standard": standard(),
	}
}

func post(at, body string) *http.Request {
	r, err := http.NewRequest(http.MethodPost, at, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return r
}

// named gives a name of 50 digits that another body has not.
func named(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:25])
}

func hmacOf(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func ses() Provider {
	return Provider{
		Bounce: func(m Mail) string {
			return fmt.Sprintf(`{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General",
"bouncedRecipients":[{"emailAddress":%[1]q,"status":"5.1.1","action":"failed",
"diagnosticCode":"smtp; 550 5.1.1 <%[1]s>... User unknown"}],"feedbackId":%[4]q},
"mail":{"timestamp":"2026-11-27T18:04:00.000Z","messageId":%[3]q,"destination":[%[1]q],
"commonHeaders":{"messageId":"<%[2]s>"}}}`, m.Address, m.ID, m.Queue, m.Event)
		},
		Sign: func(at, body string, when time.Time, foreign bool) *http.Request {
			key := RSA().SNS
			if foreign {
				key = RSA().Other
			}
			r := post(at, SNS(Notification(body, when), "2", key))
			r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
			return r
		},
		Dated: true,
	}
}

func sendGrid() Provider {
	der, err := x509.MarshalPKIXPublicKey(&sendGridKeys().ours.PublicKey)
	if err != nil {
		panic(err)
	}
	return Provider{
		Key: base64.StdEncoding.EncodeToString(der),
		Bounce: func(m Mail) string {
			return fmt.Sprintf(`[{"event":"bounce","type":"bounce","email":%q,"timestamp":1461095250,
"smtp-id":"<%s>","sg_message_id":"%s.filter0077p1las1.21536.5717FC482.0","sg_event_id":%q,"status":"5.1.1",
"reason":"550 5.1.1 The email account that you tried to reach does not exist."}]`, m.Address, m.ID, m.Queue, m.Event)
		},
		Sign: func(at, body string, when time.Time, foreign bool) *http.Request {
			key := sendGridKeys().ours
			if foreign {
				key = sendGridKeys().other
			}
			stamp := strconv.FormatInt(when.Unix(), 10)
			sum := sha256.Sum256([]byte(stamp + body))
			signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
			if err != nil {
				panic(err)
			}
			r := post(at, body)
			r.Header.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
			r.Header.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(signature))
			return r
		},
		Dated: true,
	}
}

func mailgun() Provider {
	return Provider{
		Key: MailgunKey,
		Bounce: func(m Mail) string {
			return fmt.Sprintf(`{"event":"failed","severity":"permanent","reason":"bounce","id":%q,
"timestamp":1534110422.389832,"recipient":%q,"message":{"headers":{"message-id":%q}},
"delivery-status":{"code":550,"message":"5.1.1 The email account that you tried to reach does not exist."}}`,
				m.Event, m.Address, m.ID)
		},
		Sign: func(at, body string, when time.Time, foreign bool) *http.Request {
			key := MailgunKey
			if foreign {
				key = "0" + MailgunKey[1:]
			}
			stamp, token := strconv.FormatInt(when.Unix(), 10), named(body)
			return post(at, fmt.Sprintf(`{"signature":{"timestamp":%q,"token":%q,"signature":%q},"event-data":%s}`,
				stamp, token, hex.EncodeToString(hmacOf([]byte(key), stamp+token)), body))
		},
		Dated: true,
	}
}

func postmark() Provider {
	return Provider{
		Key: PostmarkKey,
		Bounce: func(m Mail) string {
			return fmt.Sprintf(`{"RecordType":"Bounce","ID":%d,"Type":"HardBounce","TypeCode":1,
"MessageID":%q,"Email":%q,"Inactive":true,
"Details":"smtp;550 5.1.1 The email account that you tried to reach does not exist."}`,
				900_000_000+crc32.ChecksumIEEE([]byte(m.Event)), m.Queue, m.Address)
		},
		Sign: func(at, body string, _ time.Time, foreign bool) *http.Request {
			r := post(at, body)
			user, password, _ := strings.Cut(PostmarkKey, ":")
			if foreign {
				password = "hunter3hunter3hunter3"
			}
			r.SetBasicAuth(user, password)
			return r
		},
	}
}

func standard() Provider {
	return Provider{
		Key: StandardKey,
		Bounce: func(m Mail) string {
			return fmt.Sprintf(`{"type":"email.bounced","created_at":"2026-11-22T23:41:12.126Z","data":{
"email_id":%q,"from":"News <evening@news.example>","to":[%q],
"bounce":{"message":"smtp; 550 5.1.1 user unknown","type":"Permanent","subType":"General"}}}`, m.Queue, m.Address)
		},
		Sign: func(at, body string, when time.Time, foreign bool) *http.Request {
			key := []byte("a key of 24 octets or so")
			if foreign {
				key = append([]byte("x"), key...)
			}
			stamp, id := strconv.FormatInt(when.Unix(), 10), "msg_"+named(body)
			r := post(at, body)
			r.Header.Set("svix-id", id)
			r.Header.Set("svix-timestamp", stamp)
			r.Header.Set("svix-signature", "v1,"+base64.StdEncoding.EncodeToString(hmacOf(key, id+"."+stamp+"."+body)))
			return r
		},
		Dated: true,
	}
}
