package store

// What follows is one question in two texts. In a file all readers of an edition have their
// deliveries from its opening on. On a server they stand in chunks first, and who is in one
// that is not entered is pending: see server_chunks.sql.

// isServer says whether a connection is to a server.
func isServer(c conn) bool {
	_, is := c.(interface{ ofServer() })
	return is
}

func (idle) ofServer()         {}
func (*transaction) ofServer() {}

// everyRow has all deliveries of an edition, in SQL.
func everyRow(c conn) string {
	if isServer(c) {
		return `ledger`
	}
	return `deliveries`
}

// rowOf joins editions e to the delivery d of the reader $1. The plus keeps SQLite from
// going through all deliveries to look up their editions.
func rowOf(c conn) string {
	if isServer(c) {
		const columns = `step, reason, code, enhanced, reply, queue_id, variant, attempts, doubts, due_at, at`
		return ` JOIN LATERAL (
			SELECT ` + columns + ` FROM deliveries WHERE edition = e.number AND subscriber = $1
			UNION ALL
			SELECT 'pending', '', 0, '', '', '', variant, 0, 0, due_at, at FROM waiting
			WHERE edition = e.number AND low <= $1 AND high >= $1 AND subscriber = $1) d ON true`
	}
	return ` JOIN deliveries d ON d.edition = +e.number AND d.subscriber = $1`
}

// unentered is how many readers of an edition e have no delivery yet, in SQL to be added
// to those who are pending.
func unentered(c conn) string {
	if isServer(c) {
		return ` + coalesce((SELECT CAST(sum(k.readers - k.early) AS BIGINT) FROM chunks k
			WHERE k.edition = e.number AND k.entered_at IS NULL), 0)`
	}
	return ``
}

// nextDue is when the next pending delivery of an edition e is due, in SQL.
func nextDue(c conn) string {
	const row = `(SELECT min(d.due_at) FROM deliveries d WHERE d.edition = e.number AND d.step = 'pending')`
	if isServer(c) {
		return `least(` + row + `, (SELECT min(k.due_at) FROM chunks k
			WHERE k.edition = e.number AND k.entered_at IS NULL))`
	}
	return row
}

// byWave has when the deliveries of the edition $1 are first due, with how many they are and
// how many are owed, in SQL.
func byWave(c conn) string {
	const rows = `SELECT first_due_at, count(*) AS readers,
			count(*) FILTER (WHERE step IN ('pending', 'attempting')) AS owed
		FROM deliveries WHERE edition = $1 GROUP BY first_due_at`
	if isServer(c) {
		return `SELECT first_due_at, CAST(sum(readers) AS BIGINT), CAST(sum(owed) AS BIGINT) FROM (` + rows + `
			UNION ALL
			SELECT due_at, sum(readers - early), sum(readers - early) FROM chunks
			WHERE edition = $1 AND entered_at IS NULL GROUP BY due_at) AS w
			GROUP BY first_due_at HAVING sum(readers) > 0`
	}
	return rows
}

// stepOfNone is the step of a reader who has no delivery, for the report r, in SQL: whoever stands
// in a chunk is pending, and of the others what comes back is believed.
func stepOfNone(c conn) string {
	if isServer(c) {
		return `CASE WHEN EXISTS (SELECT 1 FROM waiting w WHERE w.edition = r.edition AND w.low <= r.subscriber
			AND w.high >= r.subscriber AND w.subscriber = r.subscriber) THEN 'pending' ELSE 'sent' END`
	}
	return `'sent'`
}

// andNotWaiting keeps, in SQL, to subscribers who stand in no chunk of the edition $4 that is not entered.
func andNotWaiting(c conn) string {
	if isServer(c) {
		return ` EXCEPT SELECT w.subscriber FROM waiting w WHERE w.edition = $4`
	}
	return ``
}
