package render

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"vesper/digest"
)

// heading is what the header of one message has that others do not have.
type heading struct {
	subject string
	// to, date and messageID are values, or the merge fields that become them.
	to, date, messageID string
	// list is the List-Id. A message has the list's fields if it can be left by
	// unsubscribe, and is bulk if its complaints are counted by feedback. Leave is the
	// address to leave by, empty if there is none.
	list, unsubscribe, leave, feedback string
}

func (r Renderer) heading(subject string, slot digest.Slot) heading {
	return heading{subject: subject, list: listID(r.name(slot.Title), slot.Name+"."+r.domain())}
}

// header writes the header of a message, each field once and in the order that
// people are used to. The MIME fields and a subject in ASCII are as go-mail wrote
// them; the other fields that go-mail adds are left out. A field that differs from
// reader to reader stands on one line, for tools that read line by line.
func (r Renderer) header(h heading, made []byte) ([]byte, error) {
	owner := r.from()
	if reply := r.Publication.ReplyTo; reply != "" {
		var err error
		if owner, err = mail.ParseAddress(reply); err != nil {
			return nil, fmt.Errorf("the publication's Reply-To: %w", err)
		}
	}
	given := fieldsOf(made)
	subject := given["Subject"]
	if strings.Contains(subject, "=?") {
		subject = encoded(h.subject, len("Subject: "))
	}
	reply := ""
	if r.Publication.ReplyTo != "" {
		reply = mailbox("Reply-To: ", owner)
	}
	fields := [][2]string{
		{"From", mailbox("From: ", r.from())},
		{"Reply-To", reply},
		{"To", h.to},
		{"Subject", subject},
		{"Date", h.date},
		{"Message-ID", "<" + h.messageID + "@" + r.domain() + ">"},
	}
	if h.unsubscribe != "" {
		fields = append(fields, r.listFields(h, owner.Address)...)
	}
	fields = append(fields, [2]string{"Auto-Submitted", "auto-generated"})
	if h.feedback != "" {
		fields = append(fields, [2]string{"Precedence", "bulk"}, [2]string{"Feedback-ID", h.feedback})
	}
	fields = append(fields, [][2]string{
		{"Content-Language", headerText(r.language())},
		{"MIME-Version", given["MIME-Version"]},
		{"Content-Type", given["Content-Type"]},
		{"Content-Transfer-Encoding", given["Content-Transfer-Encoding"]},
	}...)
	var b []byte
	for _, f := range fields {
		if f[1] == "" {
			if f[0] == "Reply-To" || f[0] == "Content-Transfer-Encoding" {
				continue
			}
			return nil, errors.New("the header has no " + f[0])
		}
		b = append(b, f[0]+": "+f[1]+"\r\n"...)
	}
	return b, nil
}

// listFields are the fields of a message that has a link to unsubscribe (RFC 2369,
// 2919, 8058). List-Post is not among them, though nobody can post to the list: Claws
// Mail addresses every reply to the word NO.
func (r Renderer) listFields(h heading, owner string) [][2]string {
	// The first one is what providers press for their readers (RFC 8058 3.1).
	unsubscribe := "<" + h.unsubscribe + ">"
	if h.leave != "" {
		unsubscribe += ", <mailto:" + h.leave + "?subject=unsubscribe>"
	}
	fields := [][2]string{
		{"List-Id", h.list},
		{"List-Unsubscribe", unsubscribe},
		{"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"},
		{"List-Help", "<" + r.base() + "/s>"},
		{"List-Subscribe", "<" + r.base() + "/s>"},
	}
	if !r.Publication.Unlisted {
		fields = append(fields, [2]string{"List-Archive", "<" + r.base() + "/e>"})
	}
	return append(fields, [2]string{"List-Owner", "<mailto:" + owner + ">"})
}

// from is the publication's sender. [Renderer.check] has found it to be a mailbox.
func (r Renderer) from() *mail.Address {
	from, err := mail.ParseAddress(r.Publication.From)
	if err != nil {
		return &mail.Address{}
	}
	return from
}

// Sender is the bare mailbox of the publication's From; empty if that is none.
func (r Renderer) Sender() string { return r.from().Address }

// domain is the sender's domain, in small letters.
func (r Renderer) domain() string {
	address := r.from().Address
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

// fieldsOf takes a header apart. A value keeps its folds (RFC 5322 2.2.3).
func fieldsOf(header []byte) map[string]string {
	fields := make(map[string]string)
	name := ""
	for _, l := range strings.Split(strings.TrimSuffix(string(header), "\r\n"), "\r\n") {
		if name != "" && (strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t")) {
			if fields[name] == "" {
				fields[name] = strings.TrimLeft(l, " \t")
			} else {
				fields[name] += "\r\n" + l
			}
			continue
		}
		var value string
		name, value, _ = strings.Cut(l, ":")
		fields[name] = strings.TrimPrefix(value, " ")
	}
	return fields
}

// encoded gives text as encoded words in lines of 76 (RFC 2047 2). The first begins
// at the column, on the field's own line, which go-mail would leave empty. No word
// ends in the middle of a character.
func encoded(s string, column int) string {
	const opening, closing, width = "=?utf-8?q?", "?=", 76
	var b strings.Builder
	b.WriteString(opening)
	column += len(opening)
	for _, r := range s {
		c := string(r)
		switch {
		case r == ' ':
			c = "_"
		case !letterOrDigit(r):
			c = ""
			for _, octet := range []byte(string(r)) {
				c += fmt.Sprintf("=%02X", octet)
			}
		}
		if column+len(c)+len(closing) > width {
			b.WriteString(closing + "\r\n " + opening)
			column = 1 + len(opening)
		}
		b.WriteString(c)
		column += len(c)
	}
	b.WriteString(closing)
	return b.String()
}

// headerText is how foreign text comes into a header, and there is no other way: as
// a single line, without anything that looks like an encoded word (RFC 2047).
func headerText(s string) string { return strings.ReplaceAll(line(s), "=?", "= ?") }

// mailbox writes an address with its display name (RFC 5322 3.4), folded into lines
// of at most 76 octets where there are spaces.
func mailbox(field string, a *mail.Address) string {
	if a.Name == "" {
		return a.Address
	}
	return phrase(field, a.Name, "<"+a.Address+">")
}

// phrase writes a display name, and behind it what stands in angle brackets. The
// name is written as atoms if it can be, else as a quoted string if it is ASCII, else
// as encoded words.
func phrase(field, name, bracket string) string {
	name = headerText(name)
	switch {
	case atoms(name):
	case strings.IndexFunc(name, func(r rune) bool { return r > '~' }) < 0:
		name = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	default:
		name = strings.ReplaceAll(encoded(name, len(field)), "\r\n ", " ")
	}
	return fold(name+" "+bracket, len(field))
}

// fold breaks a value at its spaces into lines of 76 octets at most (RFC 5322
// 2.2.3). A longer word has a line of its own. The value begins at the column.
func fold(value string, column int) string {
	var b strings.Builder
	for i, word := range strings.Split(value, " ") {
		switch {
		case i == 0:
		case column+1+len(word) > 76:
			b.WriteString("\r\n ")
			column = 1
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

func atoms(s string) bool {
	for _, r := range s {
		if !letterOrDigit(r) && !strings.ContainsRune(" !#$%&'*+-/=?^_`{|}~", r) {
			return false
		}
	}
	return !strings.Contains(s, "=?")
}

// listID gives the value of List-Id: the name of the list and its identifier (RFC
// 2919 2).
func listID(name, id string) string { return phrase("List-Id: ", name, "<"+id+">") }

// feedbackID tells Gmail what to count complaints by: day, slot, variant and the
// sender. The sender is always the same, in 5 to 15 characters.
func (r Renderer) feedbackID(e digest.Edition, variant string) string {
	sender := strings.ReplaceAll(slug(r.Publication.Name), "-", "")
	if len(sender) < 5 {
		sender += "editions"
	}
	day := strings.ReplaceAll(e.ID.Date.String(), "-", "")
	return strings.Join([]string{day, e.ID.Slot, variant, sender[:min(len(sender), 15)]}, ":")
}
