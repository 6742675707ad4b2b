package main

import (
	"context"
	"slices"
	"strings"
	"sync"

	"vesper/digest"
	"vesper/digest/domain"
)

// lookAtDNS looks at all records that receivers look at, side by side.
func lookAtDNS(ctx context.Context, p *patient) []digest.Finding {
	from := p.config.SenderDomain()
	_, back, _ := strings.Cut(p.config.Delivery.ReturnPath, "@")
	back = strings.ToLower(back)
	senders, here := p.senders(ctx)
	looks := []func() []digest.Finding{
		func() []digest.Finding { return domain.Mail(ctx, p.resolver, "from", from) },
		func() []digest.Finding { return domain.Mail(ctx, p.resolver, "return path", back) },
		func() []digest.Finding { return domain.SPF(ctx, p.resolver, back, senders) },
		func() []digest.Finding { return lookAtRecords(ctx, p) },
		func() []digest.Finding {
			return domain.DMARC(ctx, p.resolver, domain.Names{From: from, ReturnPath: back, Signing: p.config.DKIM.Domain})
		},
		func() []digest.Finding { return lookAtNames(ctx, p, here) },
	}
	found := make([][]digest.Finding, len(looks))
	var all sync.WaitGroup
	for i, look := range looks {
		all.Go(func() { found[i] = look() })
	}
	all.Wait()
	return slices.Concat(found...)
}

// lookAtRecords compares the records that publish our keys with the keys.
func lookAtRecords(ctx context.Context, p *patient) []digest.Finding {
	const name = "DKIM"
	var f findings
	if p.config.DKIM.Domain == "" {
		f.say(name, digest.Unseen, "", "the relay signs, by its own record")
		return f.all
	}
	s, err := newSigner(p.config)
	if err != nil {
		f.say(name, digest.Unseen, "", "the key can't be read")
		return f.all
	}
	for _, r := range s.Records() {
		switch err := r.Check(ctx, p.resolver); {
		case err == nil:
			f.say(name, digest.OK, "", "%s is the key's record", r.Name)
		case hintOf(err) != "":
			f.failed(name, err, "")
		default:
			f.failed(name, err, `"vesper dkim dns" shows what must be there`)
		}
	}
	return f.all
}

// lookAtNames looks at this machine's own name, if receivers see it.
func lookAtNames(ctx context.Context, p *patient, here bool) []digest.Finding {
	const name = "reverse name"
	var f findings
	own := p.public()
	switch {
	case !here:
		f.say(name, digest.Unseen, "", "receivers see the relay's, which is on another machine")
	case len(own) == 0:
		f.say(name, digest.Unseen, "", "this machine has no address that the world sees")
	}
	if here {
		for _, a := range own {
			f.all = append(f.all, domain.Host(ctx, p.resolver, a)...)
		}
	}
	return f.all
}
