package dkim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"vesper/digest"
)

// Record is the TXT record that publishes a key (RFC 6376 3.6).
type Record struct {
	// Name is its name in the DNS, without a final dot.
	Name string
	// Value is its whole text.
	Value string
	// Algorithm and Public are what must stand in its k= and p=.
	Algorithm Algorithm
	Public    string
}

// Records gives the record of each key, that of the RSA key first.
func (s *Signer) Records() []Record {
	var records []Record
	for _, k := range s.keys {
		public := k.public()
		records = append(records, Record{
			Name:      k.selector + "._domainkey." + s.domain,
			Value:     "v=DKIM1; k=" + string(k.algorithm) + "; p=" + public,
			Algorithm: k.algorithm, Public: public,
		})
	}
	return records
}

// maxString is how long one string of a TXT record can be, in octets (RFC 1035
// 3.3).
const maxString = 255

// Zone gives the record as a line of a zone file (RFC 1035 5.1), with its value cut
// into strings.
func (r Record) Zone() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. IN TXT (", r.Name)
	for part := range slices.Chunk([]byte(r.Value), maxString) {
		fmt.Fprintf(&b, ` "%s"`, part)
	}
	return b.String() + " )"
}

// Resolver looks up TXT records, each as one text. [net.Resolver] is one.
type Resolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// Check looks the records of all keys up. The error is a [*digest.Flaw] with a hint
// if a record is not as it must be, and another error if it could not be looked up.
// It is about the first such record.
func (s *Signer) Check(ctx context.Context, dns Resolver) error {
	for _, r := range s.Records() {
		if err := r.Check(ctx, dns); err != nil {
			return err
		}
	}
	return nil
}

// Check does for one record what [Signer.Check] does for all.
func (r Record) Check(ctx context.Context, dns Resolver) error {
	bad := func(problem, hint string) error {
		return &digest.Flaw{File: r.Name, Problem: problem, Hint: hint}
	}
	found, err := dns.LookupTXT(ctx, r.Name)
	var not *net.DNSError
	if err != nil && (!errors.As(err, &not) || !not.IsNotFound) {
		return fmt.Errorf("look up %s: %w", r.Name, err)
	}
	switch len(found) {
	case 0:
		return bad("there is no TXT record", publish+"; a new record may take an hour to be seen")
	case 1:
	default:
		return bad(fmt.Sprintf("there are %d TXT records, and receivers may take either", len(found)),
			`keep the one that "vesper dkim dns" shows`)
	}
	tags, ok := parseTags(found[0])
	if !ok {
		return bad("the TXT record is not a list of tags",
			`publish exactly what "vesper dkim dns" shows, without quotation marks`)
	}
	if problem, hint := r.compare(tags); problem != "" {
		return bad(problem, hint)
	}
	return nil
}

// publish is the hint that helps in most cases.
const publish = `publish what "vesper dkim dns" shows`

// compare says what is wrong with a record, "" if nothing is.
func (r Record) compare(tags map[string]string) (problem, hint string) {
	public, there := tags["p"]
	switch {
	case tags["v"] != "" && tags["v"] != "DKIM1":
		return fmt.Sprintf("v=%s is not DKIM1", tags["v"]), ""
	case !there:
		return "it has no p=, the public key", publish
	case public == "":
		return "p= is empty: the key is revoked", "make a new key under a new selector"
	case tags["k"] != string(r.Algorithm) && (tags["k"] != "" || r.Algorithm != RSA):
		return fmt.Sprintf("k=%s, but the key is of the kind %s", tags["k"], r.Algorithm), publish
	case public != r.Public && strings.HasPrefix(r.Public, public):
		return fmt.Sprintf("p= is cut off after %d of %d characters", len(public), len(r.Public)),
			"give the value in strings of at most 255 characters"
	case public != r.Public:
		return "p= is another key's public half", "the key file is not the published one, " +
			"or the record is an old one; " + publish +
			", under a new selector if mail signed with the old key is on its way"
	case lists(tags, "t", "y"):
		return "t=y says that it is a test, so receivers may not count the signature", "remove t=y"
	case tags["h"] != "" && !lists(tags, "h", "sha256"):
		return fmt.Sprintf("h=%s leaves out sha256", tags["h"]), "remove h="
	case tags["s"] != "" && !lists(tags, "s", "*") && !lists(tags, "s", "email"):
		return fmt.Sprintf("s=%s is not for email", tags["s"]), "remove s="
	}
	return "", ""
}

// lists says whether this word is in the value of a tag, in which colons stand
// between words.
func lists(tags map[string]string, tag, word string) bool {
	return slices.Contains(strings.Split(tags[tag], ":"), word)
}

// parseTags reads a list of tags (RFC 6376 3.2). Spaces have no meaning in the values
// that we look at. It gives false if the text is no such list, or has a tag twice.
func parseTags(text string) (map[string]string, bool) {
	tags := make(map[string]string)
	for tag := range strings.SplitSeq(strings.TrimSuffix(strings.TrimSpace(text), ";"), ";") {
		name, value, ok := strings.Cut(tag, "=")
		name = strings.TrimSpace(name)
		if _, twice := tags[name]; twice || !ok || name == "" || strings.Contains(tag, `"`) {
			return nil, false
		}
		tags[name] = strings.Join(strings.Fields(value), "")
	}
	return tags, true
}
