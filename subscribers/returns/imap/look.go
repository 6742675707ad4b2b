package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/emersion/go-imap"
	"github.com/emersion/go-imap/client"

	"vesper/subscribers/returns"
)

// Looked is what became of a look into the mailbox.
type Looked struct {
	// Taken were taken and filed, Left are not ours and stay. More says that messages wait
	// for the next look.
	Taken, Left int
	More        bool
}

// Look takes what came into the mailbox since the last look. A message is filed once what
// it says is durable, and passed for ever then: after an error the next look begins with the
// message of the error.
func (m *Mailbox) Look(ctx context.Context) (looked Looked, err error) {
	c, end, err := m.connect(ctx)
	if err != nil {
		return looked, err
	}
	defer end()
	box, err := c.Select(m.Folder, false)
	if err != nil {
		return looked, fmt.Errorf("open %q: %w", m.Folder, err)
	}
	from, err := m.Places.Place(ctx, m.name(), box.UidValidity)
	if err != nil {
		return looked, err
	}
	uids, err := newer(c, from)
	if err != nil {
		return looked, fmt.Errorf("look for messages: %w", err)
	}
	if len(uids) > MaxMessages {
		uids, looked.More = uids[:MaxMessages], true
	}
	f := filing{Mailbox: m, client: c}
	for _, uid := range uids {
		taken, err := f.take(ctx, uid)
		if err != nil {
			return looked, err
		}
		if f.unfiled != nil && c.State() != imap.SelectedState {
			return looked, f.unfiled
		}
		if looked.Left++; taken {
			looked.Taken, looked.Left = looked.Taken+1, looked.Left-1
		}
		if err := m.Places.KeepPlace(ctx, m.name(), box.UidValidity, uid); err != nil {
			return looked, err
		}
	}
	return looked, f.unfiled
}

// newer gives the messages behind a UID, the oldest first.
func newer(c *client.Client, from uint32) ([]uint32, error) {
	criteria := imap.NewSearchCriteria()
	criteria.Uid = new(imap.SeqSet)
	criteria.Uid.AddRange(from+1, 0)
	uids, err := c.UidSearch(criteria)
	// Servers give the last message of all in any case (RFC 3501 6.4.8).
	uids = slices.DeleteFunc(uids, func(uid uint32) bool { return uid <= from })
	slices.Sort(uids)
	return uids, err
}

// filing is one look.
type filing struct {
	*Mailbox
	client *client.Client
	// made says that the folder for what was taken is there.
	made bool
	// unfiled says why a message that was taken stays where it was.
	unfiled error
}

// take takes a message, and says whether it was one of ours.
func (f *filing) take(ctx context.Context, uid uint32) (bool, error) {
	set := new(imap.SeqSet)
	set.AddNum(uid)
	raw, err := f.fetch(set)
	if err != nil || raw == nil {
		return false, err
	}
	t, err := f.Desk.Take(ctx, returns.Came{Raw: raw, By: "IMAP"})
	if err != nil || t.NotOurs {
		return false, err
	}
	// It is recorded. That it can't be filed holds up no other.
	if err := f.file(set); err != nil {
		f.unfiled = err
	}
	return true, nil
}

// fetch gives a message, nil if it has gone meanwhile. It does not mark it as read.
func (f *filing) fetch(set *imap.SeqSet) ([]byte, error) {
	section := &imap.BodySectionName{Peek: true, Partial: []int{0, MaxSize}}
	messages := make(chan *imap.Message, 1)
	done := make(chan error, 1)
	go func() { done <- f.client.UidFetch(set, []imap.FetchItem{section.FetchItem(), imap.FetchUid}, messages) }()
	var raw []byte
	var err error
	for message := range messages {
		for _, body := range message.Body {
			if body != nil && raw == nil {
				raw, err = io.ReadAll(io.LimitReader(body, MaxSize))
			}
		}
	}
	if err := errors.Join(<-done, err); err != nil {
		return nil, fmt.Errorf("fetch a message: %w", err)
	}
	return raw, nil
}

// file moves a message into the folder for what was taken. A server that can't move gets a
// copy there, and the message stays, marked as read: to take it away it would have to be
// deleted, and with it whatever else is marked so.
func (f *filing) file(set *imap.SeqSet) error {
	if !f.made {
		// That it is there already is no error of ours.
		_ = f.client.Create(f.Done)
		_ = f.client.Subscribe(f.Done)
		f.made = true
	}
	moves, err := f.client.Support("MOVE")
	if err != nil {
		return err
	}
	// Some say that they can and can't.
	if moves && f.client.UidMove(set, f.Done) == nil {
		return nil
	}
	if err := f.client.UidCopy(set, f.Done); err != nil {
		return fmt.Errorf("copy a message into %q: %w", f.Done, err)
	}
	seen := imap.FormatFlagsOp(imap.AddFlags, true)
	if err := f.client.UidStore(set, seen, []interface{}{imap.SeenFlag}, nil); err != nil {
		return fmt.Errorf("mark a message as read: %w", err)
	}
	return nil
}
