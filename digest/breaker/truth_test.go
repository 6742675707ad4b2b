package breaker_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"vesper/digest"
)

func permanent(code int, enhanced, text string) digest.Outcome {
	return digest.Outcome{Class: digest.Permanent, Code: code, Enhanced: enhanced, Reply: text}
}

func refused(code int, enhanced, text string) digest.Outcome {
	return digest.Outcome{Class: digest.Refused, Code: code, Enhanced: enhanced, Reply: text}
}

var (
	ofReaders = []digest.Outcome{
		permanent(550, "5.1.1", "no such user"), permanent(550, "", "User unknown"),
		permanent(552, "5.2.2", "over quota"),
		permanent(550, "5.7.1", "refused by policy"), permanent(554, "", "blocked"), refused(552, "5.2.2", "over quota"),
		refused(554, "5.7.1", "taken for spam"), refused(554, "", "no"), permanent(553, "5.5.0", "what?"),
	}
	ofRelays = []digest.Outcome{
		permanent(554, "5.7.1", "Relay access denied"), permanent(550, "5.1.1", "User unknown"), permanent(550, "", "no"),
		permanent(550, "", "relay not permitted"), permanent(553, "5.1.8", "sender"), permanent(521, "5.3.2", "no mail"),
	}
	ofMessages = []digest.Outcome{
		refused(554, "", "no"), refused(554, "5.6.0", "bad content"), refused(550, "5.7.1", "spam"),
		refused(552, "5.3.4", "size"),
	}
	ofQuotas = []digest.Outcome{
		refused(550, "5.4.5", "daily limit"), permanent(550, "5.4.5", "daily limit"),
		refused(550, "", "Daily quota exceeded"),
		permanent(550, "5.7.1", "hourly limit reached"),
	}
)

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func newWorld(seed uint64) *world {
	w := &world{tell: func(string, ...any) {}, Rand: rand.New(rand.NewPCG(seed, 10)), begun: time.Unix(1_800_000_000, 0)}
	w.now, w.until = w.begun, w.begun.Add(time.Duration(6+w.IntN(19))*time.Hour)
	w.workers = 1 + w.IntN(16)
	w.seats = 1 + w.IntN(w.workers)
	for i := range 1 + w.IntN(2) {
		w.relays = append(w.relays, &mta{name: fmt.Sprint("relay", i+1), backends: 1 + w.IntN(2)})
	}
	w.makeReaders()
	for range w.IntN(4) {
		w.makeFault()
	}
	return w
}

func (w *world) makeReaders() {
	n, dead := 1+w.IntN(400), []float64{0, 0.02, 0.1, 0.6}[w.IntN(4)]
	domains, variants := 1+w.IntN(20), 1+w.IntN(2)
	w.messages = variants
	head := 0
	if w.IntN(4) == 0 {
		head = w.IntN(31)
	}
	for i := range n {
		r := &reader{step: digest.Pending}
		r.d = digest.Delivery{
			Key: int64(i + 1), Address: fmt.Sprintf("r%d@d%d.example", i, w.IntN(domains)), Due: w.now,
			Variant: []string{"designed", "plain"}[w.IntN(variants)],
		}
		switch {
		case i < head:
			r.says = ofReaders[0]
		case w.Float64() < dead:
			r.says = pick(w.Rand, ofReaders)
			if w.IntN(3) > 0 {
				r.says = ofReaders[0]
			}
		case w.IntN(20) == 0:
			r.grey = 1 + w.IntN(3)
		}
		r.before = w.Float64() < 0.9 && r.says.Class == "" || w.Float64() < 0.2
		w.readers = append(w.readers, r)
	}
}

func (w *world) makeFault() {
	at := w.IntN(len(w.relays))
	f := &fault{relay: at, from: time.Duration(w.IntN(30)) * time.Second, after: w.IntN(200)}
	if w.IntN(3) == 0 {
		f.from, f.after = 0, 0
	}
	// No relay recovers within the time of a few messages.
	f.to = f.from + time.Minute + time.Duration(w.IntN(1500))*time.Minute
	switch w.IntN(4) {
	case 0:
		f.name, f.says = "relay", pick(w.Rand, ofRelays)
	case 1:
		f.name, f.says = "message", pick(w.Rand, ofMessages)
		if w.IntN(2) == 0 {
			f.variant = "plain"
		}
	case 2:
		f.name, f.says = "quota", pick(w.Rand, ofQuotas)
	case 3:
		f.name, f.says, f.backend = "backend", pick(w.Rand, slices.Concat(ofRelays, ofMessages)), 1
		w.relays[at].backends = 2
	}
	w.faults = append(w.faults, f)
}

func (w *world) story() string {
	s := fmt.Sprintf("%d readers, %d workers, %d relays, until %v", len(w.readers), w.workers, len(w.relays),
		w.until.Sub(w.begun))
	for _, f := range w.faults {
		s += fmt.Sprintf("; %s %d %v-%v after %d: %d %s %s %q", f.name, f.relay+1, f.from, f.to, f.after,
			f.says.Code, f.says.Enhanced, f.says.Class, f.variant)
	}
	return s
}
