package lmtp

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"vesper/subscribers/bounce"
	"vesper/subscribers/returns"
)

var (
	noSuchUser = &smtp.SMTPError{
		Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1},
		Message: "no such mailbox: only return paths of our own mail are taken here",
	}
	notNow = &smtp.SMTPError{
		Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "it could not be recorded now; try again later",
	}
)

// session is the mail transaction of one connection.
type session struct {
	server *Server
	seat   *seat
	turn   *turn
	by     string
	from   string
	to     []string
	// office says that it is for postmaster or abuse.
	office string
}

// Reset implements smtp.Session.
func (s *session) Reset() {
	s.from, s.to, s.office = "", nil, ""
	s.seat.rests()
}

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	s.seat.works()
	return nil
}

// Rcpt takes a recipient whose token is ours, and those that every domain must have (RFC
// 5321 4.5.1, RFC 2142). It tells nobody why another is none.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	at := strings.LastIndexByte(to, '@')
	local, domain := to[:max(at, 0)], strings.ToLower(strings.TrimSuffix(to[at+1:], "."))
	if at < 0 || !slices.Contains(s.server.Domains, domain) {
		return noSuchUser
	}
	if office := strings.ToLower(local); office == "postmaster" || office == "abuse" {
		s.office, s.to = office, append(s.to, to)
		return nil
	}
	ctx, cancel := s.within()
	defer cancel()
	ring, err := s.server.Keys.Keyring(ctx)
	if err != nil {
		s.server.Log.Error("the keys for what comes back can't be read", "err", err)
		return notNow
	}
	for _, token := range bounce.TokensIn(to) {
		if _, _, err := ring.ReturnPath(token); err == nil {
			s.to = append(s.to, to)
			return nil
		}
	}
	for _, token := range bounce.MailedIn(to) {
		_, leave := ring.Leave(token)
		if _, test := ring.Test(token); leave == nil || test == nil {
			s.to = append(s.to, to)
			return nil
		}
		s.server.Log.Warn("a token that is not of this database came to the door", "domain", domain)
	}
	return noSuchUser
}

// within is how long the store may take. A client that hangs up changes nothing: what it
// brought is worth recording.
func (s *session) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), cmp.Or(s.server.Within, within))
}

// Data is answered when what the message says is durable.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if !s.seat.greeter.begin() {
		return notNow
	}
	defer s.seat.greeter.open.Done()
	ctx, cancel := s.within()
	defer cancel()
	began := time.Now()
	end, err := s.turn.take(ctx)
	if err != nil {
		s.server.Log.Warn("what comes back has to wait: too much comes at once")
		return notNow
	}
	defer end()
	isNew := false
	for _, to := range apart(s.to) {
		taken, err := s.server.Desk.Take(ctx, returns.Came{
			From: s.from, To: to, HasEnvelope: true, Raw: raw, Office: s.office, By: s.by,
		})
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			s.server.Log.Warn("what comes back has to wait: the database is busy",
				"seconds", time.Since(began).Round(time.Millisecond).Seconds())
			return notNow
		case err != nil:
			s.server.Log.Error("what came back could not be recorded; its server keeps it and tries again", "err", err)
			return notNow
		}
		isNew = isNew || taken.New > 0
	}
	if s.office != "" {
		s.server.Log.Info("somebody wrote to postmaster or abuse", "office", s.office, "new", isNew)
	}
	return nil
}

// apart gives each return path alone, since each is of another reader, and all else
// together.
func apart(to []string) [][]string {
	var all [][]string
	var rest []string
	for _, one := range to {
		if len(bounce.TokensIn(one)) > 0 {
			all = append(all, []string{one})
		} else {
			rest = append(rest, one)
		}
	}
	if len(rest) > 0 {
		all = append(all, rest)
	}
	return all
}
