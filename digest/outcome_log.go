package digest

import "log/slog"

// reasons are the classes in the words of a log.
var reasons = map[Class]string{
	Accepted: "accepted", Transient: "deferred", Permanent: "recipient refused", Refused: "message refused",
	InDoubt: "in doubt", Session: "connection ended", Pace: "throttled", Account: "account refused",
	Local: "local error",
}

// Attr is an outcome in a log: the reason in a word or two, and the reply code where there
// was a reply. A session without a reply is "unreachable". The text of a reply may name its
// reader: see [Outcome.Reason].
func (o Outcome) Attr() slog.Attr {
	word := reasons[o.Class]
	if o.Class == Session && o.Code == 0 {
		word = "unreachable"
	}
	all := []any{slog.String("reason", word)}
	if o.Code != 0 {
		all = append(all, slog.Int("code", o.Code))
	}
	// The name "" puts them into the line itself.
	return slog.Group("", all...)
}
