package domain

import (
	"context"
	"strings"

	"vesper/digest"
)

// aligned says whether mail passes DMARC: by its signature, or by its return path.
func aligned(ctx context.Context, dns Resolver, n Names, org string, p policy) []digest.Finding {
	f := &names{name: "alignment"}
	same := func(domain, tag string) (bool, error) {
		domain = strings.ToLower(domain)
		if p.strict(tag) || domain == "" || domain == strings.ToLower(n.From) {
			return domain == strings.ToLower(n.From), nil
		}
		other, _, _, err := organisation(ctx, dns, domain)
		return other == org, err
	}
	way := func(tag string) string {
		if p.strict(tag) {
			return "strictly (" + tag + "=s)"
		}
		return "in the relaxed way"
	}
	signed, err := same(n.Signing, "adkim")
	sent, err2 := same(n.ReturnPath, "aspf")
	switch {
	case err != nil, err2 != nil:
		if err == nil {
			err = err2
		}
		f.say(digest.Fail, silent, "%s", why(err))
	case signed && sent:
		f.say(digest.OK, "", "signature and return path are both aligned with %s", n.From)
	case signed:
		f.say(digest.Warn, "put return_path under "+n.From+", so that either is enough",
			"the return path's %s is not aligned with %s %s; the signature is", n.ReturnPath, n.From, way("aspf"))
	case n.Signing != "":
		f.unaligned(p, n.From, sent, "set domain in [dkim] to "+n.From, "the signature's d=%s is not aligned with %s %s",
			n.Signing, n.From, way("adkim"))
	case sent:
		f.say(digest.OK, "", "the return path is aligned with %s; the signature is the relay's", n.From)
	default:
		f.unaligned(p, n.From, false, `sign with a key of your own ("vesper dkim new"), or put return_path under `+n.From,
			"the return path's %s is not aligned with %s %s, and the relay signs", n.ReturnPath, n.From, way("aspf"))
	}
	return f.all
}

// unaligned says that one of the two ways, or both, does not count. Where neither does,
// mail meets the policy.
func (n *names) unaligned(p policy, from string, other bool, hint, form string, args ...any) {
	r := digest.Warn
	tag, value := p.inForce(from)
	meets := map[string]string{"reject": "is refused", "quarantine": "lands in Junk"}[strings.ToLower(value)]
	if !other && meets != "" {
		r, form = digest.Fail, form+": mail "+meets+" by "+tag+"="+strings.ToLower(value)
	}
	n.say(r, hint, form, args...)
}
