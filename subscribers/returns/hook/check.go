package hook

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Flaw is what is wrong with a webhook, and with which field: "provider", "key" or "topic".
type Flaw struct {
	Field, Problem, Hint string
}

func (f *Flaw) Error() string { return f.Problem }

// Providers are those that are known, by name.
func Providers() []string { return []string{"ses", "sendgrid", "mailgun", "postmark", "standard"} }

// arn is the name of a topic of SNS.
var arn = regexp.MustCompile(`^arn:aws[a-z-]*:sns:([a-z0-9-]+):([0-9]+):[A-Za-z0-9_.-]+$`)

// Check says whether a webhook can be used. The error is a [*Flaw]. What the key is differs:
//
//   - sendgrid: the verification key of its Signed Event Webhook, in base64;
//   - mailgun: the HTTP webhook signing key;
//   - postmark: the user and the password of its webhook's address, as user:password;
//   - standard: the signing secret, as whsec_ and base64.
func (w Webhook) Check() error {
	if !slices.Contains(Providers(), w.Provider) {
		return &Flaw{
			"provider", fmt.Sprintf("provider %q is not known", w.Provider),
			"one of " + strings.Join(Providers(), ", ") + "; with another, have its bounces come by mail",
		}
	}
	if w.Topic != "" && w.Provider != "ses" {
		return &Flaw{"topic", "topic is for ses alone", "leave it out"}
	}
	var err error
	hint := ""
	switch w.Provider {
	case "ses":
		if w.Topic != "" && !arn.MatchString(w.Topic) {
			return &Flaw{
				"topic", fmt.Sprintf("topic %q is not the name of a topic of SNS", w.Topic),
				`such as "arn:aws:sns:eu-west-1:123456789012:bounces"`,
			}
		}
		if w.Key != "" {
			return &Flaw{"key", "ses needs no key: Amazon's certificate is used", "leave it out"}
		}
	case "sendgrid":
		_, err = sendGridKey(w.Key)
		hint = "the verification key: Settings, Mail Settings, Event Webhook, Signed Event Webhook"
	case "mailgun":
		if len(w.Key) < 16 {
			err = errors.New("it is shorter than 16 characters")
		}
		hint = "the HTTP webhook signing key, in the account's API security"
	case "postmark":
		if user, password, _ := strings.Cut(w.Key, ":"); user == "" || len(password) < 16 {
			err = errors.New("it is not user:password with 16 characters of password or more")
		}
		hint = "the same as in the address that Postmark has: https://user:password@…"
	case "standard":
		_, err = standardKey(w.Key)
		hint = "the webhook's signing secret, with whsec_"
	}
	if err != nil && w.Key == "" {
		return &Flaw{"key", "key_file is missing from [[webhook]]: " + w.Provider + " signs what it sends", hint}
	}
	if err != nil {
		return &Flaw{"key", "the key of " + w.Provider + " can't be used: " + err.Error(), hint}
	}
	return nil
}

// sendGridKey reads a public key on P-256, in base64 or PEM.
func sendGridKey(text string) (*ecdsa.PublicKey, error) {
	der, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if block, _ := pem.Decode([]byte(text)); block != nil {
		der, err = block.Bytes, nil
	}
	if err != nil || len(der) == 0 {
		return nil, errors.New("it is not in base64")
	}
	key, err := x509.ParsePKIXPublicKey(der)
	public, ok := key.(*ecdsa.PublicKey)
	if err != nil || !ok || public.Curve != elliptic.P256() {
		return nil, errors.New("it is no public key of ECDSA on P-256")
	}
	return public, nil
}

// standardKey reads a signing secret.
func standardKey(text string) ([]byte, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "whsec_")
	if !ok {
		return nil, errors.New("it does not begin with whsec_")
	}
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(rest, "="))
	switch {
	case err != nil:
		return nil, errors.New("what follows whsec_ is not in base64")
	case len(key) < 16:
		return nil, errors.New("it has less than 128 bits")
	}
	return key, nil
}
