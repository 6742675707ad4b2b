package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"vesper/subscribers"
)

// matched is a message of the ledger.
type matched struct {
	reader  int64
	edition uint32
}

// among looks for the message among those that these readers were sent last.
func (t *tracing) among(ctx context.Context, readers []int64) (matched, subscribers.Proof, error) {
	ids := t.messageIDs()
	names := t.names()
	if len(ids)+len(names) == 0 {
		return matched{}, subscribers.NotProven, nil
	}
	messageID, own := t.message.MessageIDs(), make([]byte, 0, subscribers.MessageIDLength)
	for _, reader := range readers {
		var m matched
		proof := subscribers.NotProven
		rows, err := t.read.Query(ctx, `SELECT e.number, d.queue_id
			FROM (SELECT number FROM editions WHERE number IS NOT NULL ORDER BY number DESC LIMIT $1) e
			JOIN deliveries d ON d.edition = e.number AND d.subscriber = $2
			WHERE `+begun+` ORDER BY e.number DESC`, lookBack, reader)
		err = each(rows, err, func(scan scanner) error {
			var edition uint32
			var queueID string
			err := scan(&edition, &queueID)
			switch {
			case proof == subscribers.ByMessageID:
			case len(ids) > 0 && ids[string(messageID(own, edition, reader))]:
				m, proof = matched{reader, edition}, subscribers.ByMessageID
			case proof == subscribers.NotProven && slices.Contains(names, queueID):
				m, proof = matched{reader, edition}, subscribers.ByQueueID
			}
			return err
		})
		if err != nil || proof != subscribers.NotProven {
			return m, proof, err
		}
	}
	return matched{}, subscribers.NotProven, nil
}

// names gives the names that a queue may have given to the message.
func (t *tracing) names() []string {
	return slices.DeleteFunc(slices.Clone(t.clues.QueueIDs), func(name string) bool { return name == "" })
}

// messageIDs gives the left parts of the Message-IDs, as ours are written.
func (t *tracing) messageIDs() map[string]bool {
	all := map[string]bool{}
	for _, id := range t.clues.MessageIDs {
		if left, _, ok := strings.Cut(id, "@"); ok && len(left) == subscribers.MessageIDLength {
			all[strings.ToLower(left)] = true
		}
	}
	return all
}

// How far the time of an edition may be from the date of its message, and how many
// readers are compared for a message at most. A message has its edition's date unless it
// was due later.
const (
	around       = 3 * 24 * time.Hour
	mostCompared = 200_000
)

// openedAround gives the editions that were opened near a time, the nearest first.
func (t *tracing) openedAround(ctx context.Context, at time.Time) ([]uint32, error) {
	var all []uint32
	rows, err := t.read.Query(ctx, `SELECT number FROM editions WHERE opened_at BETWEEN $1 AND $2
		ORDER BY abs(opened_at - $3), number`, at.Add(-around).Unix(), at.Add(around).Unix(), at.Unix())
	err = each(rows, err, func(scan scanner) error {
		var number uint32
		err := scan(&number)
		all = append(all, number)
		return err
	})
	return all, err
}

// sought is what is looked for: left parts of Message-IDs, and names of queues.
type sought struct {
	ids   map[string]bool
	names []string
}

// in looks for a message among all readers of an edition, and gives how many it compared.
func (t *tracing) in(ctx context.Context, edition uint32, is sought, most int) (subscribers.Found, int, error) {
	found, n := subscribers.Found{Edition: edition}, 0
	messageID, own := t.message.MessageIDs(), make([]byte, 0, subscribers.MessageIDLength)
	rows, err := t.read.Query(ctx, `SELECT subscriber, queue_id FROM deliveries WHERE edition = $1 LIMIT $2`,
		edition, most)
	if err != nil {
		return found, 0, err
	}
	defer rows.Close()
	for rows.Next() && found.Subscriber == 0 {
		var reader int64
		var queueID string
		if err := rows.Scan(&reader, &queueID); err != nil {
			return found, n, err
		}
		n++
		switch {
		case len(is.ids) > 0 && is.ids[string(messageID(own, edition, reader))]:
			found.Subscriber, found.Proof = reader, subscribers.ByMessageID
		case queueID != "" && slices.Contains(is.names, queueID):
			found.Subscriber, found.Proof = reader, subscribers.ByQueueID
		}
	}
	return found, n, rows.Err()
}
