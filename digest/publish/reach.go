package publish

import (
	"context"
	"sync"
	"time"

	"vesper/digest"
	"vesper/digest/deliver"
)

const (
	// awayAfter is how long no relay has answered for anybody when none is said to be reached from here.
	awayAfter = time.Minute
	// awayKept is how long that is believed where nothing is tried meanwhile.
	awayKept = 5 * time.Minute
)

// reach is what this process knows of its way to the relays by letters and by alarms that are mailed. What any
// relay answers for anybody, of an edition too, counts as reached.
type reach struct {
	mu sync.Mutex
	// answered is how many answers there were at the last look, and heard when that was seen to change.
	answered int64
	heard    time.Time
	// mails is since when a relay is tried for letters that are due; zero: none is.
	mails time.Time
	// vain counts the tries since heard that came to nothing, first is when the first of them did, why what the
	// last one met.
	vain  int
	first time.Time
	why   digest.Outcome
	// away is why no relay is reached, until when that is believed.
	away  digest.Outcome
	until time.Time
}

// looks takes up what was answered meanwhile. The caller holds mu.
func (r *reach) looks(answered int64, now time.Time) {
	if answered == r.answered {
		return
	}
	r.answered, r.heard, r.vain, r.away = answered, now, 0, digest.Outcome{}
}

// Tried takes why a try to reach a relay came to nothing, or the zero outcome where one has answered. What says
// nothing of the way there is passed over.
func (p *Publisher) Tried(why digest.Outcome) {
	if why.Class == "" {
		p.answered.Add(1)
		return
	}
	if why.Class != digest.Session && why.Class != digest.Account {
		return
	}
	r, now := &p.reach, time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looks(p.answered.Load(), now)
	if r.vain++; r.vain == 1 {
		r.first = now
	}
	if r.why = why; r.vain > 1 && now.Sub(r.first) >= awayAfter {
		r.away, r.until = why, now.Add(awayKept)
	}
}

// mailing notes since when a relay is tried for letters, unless that is noted; the zero time: none is tried now.
func (r *reach) mailing(since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since.IsZero() || r.mails.IsZero() {
		r.mails = since
	}
}

// tried is a relay of which it is noted that it is tried. As long as it is not, the database may be what keeps us.
type tried struct {
	deliver.Relay
	note func(now time.Time)
}

// Work implements deliver.Relay.
func (t tried) Work(ctx context.Context, s digest.Stream) digest.Outcome {
	t.note(time.Now())
	return t.Relay.Work(ctx, s)
}

// Away says why no relay is reached from this process, although letters or alarms are due; its Class is empty where
// one is, or nothing is known. A relay that answers is reached, whatever it says to a recipient.
func (p *Publisher) Away() digest.Outcome {
	r, now := &p.reach, time.Now()
	// A message that is under way is on a connection: somebody listens there.
	begun := p.Deliverer.UnderWay() > 0
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looks(p.answered.Load(), now)
	slow := p.Rate > 0 && p.Rate < 1
	quiet := !r.mails.IsZero() && now.Sub(r.mails) >= awayAfter && now.Sub(r.heard) >= awayAfter
	if quiet && !begun && (r.vain > 1 || !slow) {
		r.away, r.until = r.why, now.Add(awayKept)
		if r.vain == 0 {
			r.away = digest.Outcome{Class: digest.Session, Reply: "no relay has said anything"}
		}
	}
	if now.After(r.until) {
		r.away = digest.Outcome{}
	}
	return r.away
}
