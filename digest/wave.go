package digest

import (
	"fmt"
	"strings"
	"time"
)

// WaveSubscriber is the wave of a slot that goes out at its hour in each reader's time zone;
// empty is that it goes to all at once.
const WaveSubscriber = "subscriber"

// Zone is how many readers of an edition have chosen a time zone. The name is empty for
// those who have none.
type Zone struct {
	Name    string
	Readers int
}

// Wave is the readers whose deliveries are first due at the same time. Owed is how many of
// them have none at its end.
type Wave struct {
	Due           time.Time
	Readers, Owed int
}

// Quiet are hours in which nobody's mail is to arrive, from one time of the day to another,
// which may be on the next. The zero value is none.
type Quiet struct{ From, To time.Duration }

// ParseQuiet reads hours like "22:00-07:00"; empty is none.
func ParseQuiet(s string) (Quiet, error) {
	if s == "" {
		return Quiet{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	var q Quiet
	for _, part := range []struct {
		said string
		at   *time.Duration
	}{{from, &q.From}, {to, &q.To}} {
		t, err := time.Parse("15:04", part.said)
		if !ok || err != nil {
			return Quiet{}, fmt.Errorf("%q is not two times of the day like \"22:00-07:00\"", s)
		}
		*part.at = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	if q.From == q.To {
		return Quiet{}, fmt.Errorf("%q is the whole day, or nothing of it", s)
	}
	return q, nil
}

// Has says whether a time of the day is quiet. The end is not.
func (q Quiet) Has(clock time.Duration) bool {
	if q.From <= q.To {
		return q.From <= clock && clock < q.To
	}
	return q.From <= clock || clock < q.To
}
