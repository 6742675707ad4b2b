package mailbox

import (
	"io"
	"strings"

	"github.com/emersion/go-smtp"
)

// backend gives go-smtp a session for each connection.
type backend struct{ mailbox *Mailbox }

func (b backend) NewSession(*smtp.Conn) (smtp.Session, error) {
	return &session{mailbox: b.mailbox}, nil
}

// session is the mail transaction of one connection.
type session struct {
	mailbox *Mailbox
	from    string
	to      []string
}

func (s *session) Reset() { s.from, s.to = "", nil }

func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.mailbox.Faults {
		if err := s.mailbox.fault(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

// Data keeps a copy for each recipient, and is answered after that.
func (s *session) Data(r io.Reader) error {
	source, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	for _, to := range s.to {
		if err := s.mailbox.keep(s.from, to, source); err != nil {
			s.mailbox.log().Error("message not kept", "err", err)
			return &smtp.SMTPError{
				Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "the message could not be kept",
			}
		}
	}
	return nil
}

// fault gives the refusal that an address asks for, nil if it asks for none.
func (m *Mailbox) fault(to string) error {
	switch {
	case strings.HasPrefix(to, "rcpt550."):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	case strings.HasPrefix(to, "rcpt450x2."):
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.refused == nil {
			m.refused = map[string]int{}
		}
		if m.refused[to]++; m.refused[to] <= 2 {
			return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "not now"}
		}
	}
	return nil
}
