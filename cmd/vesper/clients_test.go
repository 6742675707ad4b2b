//go:build clients

package main

import (
	"bytes"
	"fmt"
	"image"
	"net/mail"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"vesper/digest/render"
)

// client is a program that people read their mail with.
type client struct {
	name string
	// opens starts it for the mailbox and leaves the message in front. It gives what has the
	// program write a reply and save that among the drafts.
	opens func(t *testing.T, s *screen, p *post, dark bool) (reply func())
	// page is where the message is in the picture.
	page image.Rectangle
	// always is "light" or "dark" if it shows mail so by day and by night.
	always string
}

var clients = []client{thunderbird, roundcube, evolution, geary, claws, kmail}

// forClients are the messages that mail programs are shown: an edition of five, one in
// Arabic, and the letter that asks to confirm.
func forClients(t *testing.T) map[string]arrived {
	t.Helper()
	n, _, _ := onTheInternet(t, domains[0])
	_, h := n.house(t, time.Now)
	mails := map[string]arrived{}
	for name, file := range map[string]string{"edition-5": "articles", "arabic": "arabic"} {
		articles, err := render.Fixtures(file)
		if err != nil {
			t.Fatal(err)
		}
		if file == "arabic" {
			h.renderer.Publication.Language, h.renderer.Publication.Name = "ar", "بريد الميناء"
		} else {
			h.renderer.Publication.Language, h.renderer.Publication.Name = "en", "Harbour Courier"
		}
		mails[name] = h.composed(t, articles[:min(5, len(articles))])
	}
	config := []byte(n.configText(t))
	names := n.posts(t, config, "en", "0 18 * * *")
	source, err := n.box.Messages()[slices.Index(names, "the confirmation in en")].Source()
	if err != nil {
		t.Fatal(err)
	}
	mails["confirmation"] = arrived{from: "evening@" + domains[0], to: "ines-en@reader.example", message: source}
	return mails
}

// TestClientsShowTheMail has each program open each message by day and by night and write a
// reply: the message is fetched and seen, its paper is that of the day or the night, and
// the reply goes to its From. VESPER_SHOTS names a folder for pictures.
func TestClientsShowTheMail(t *testing.T) {
	mails := forClients(t)
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			var shown atomic.Int32
			t.Cleanup(func() {
				t.Logf("%s: %d of %d messages shown and answered", c.name, shown.Load(), 2*len(mails))
			})
			for name, m := range mails {
				for _, dark := range []bool{true, false} {
					c.shows(t, &shown, name, m, dark)
				}
			}
		})
	}
}

// shows is one message by day or by night. It counts those that are as they should be.
func (c client) shows(t *testing.T, shown *atomic.Int32, name string, m arrived, dark bool) {
	mode := map[bool]string{false: "light", true: "dark"}[dark]
	t.Run(fmt.Sprintf("%s-%s", name, mode), func(t *testing.T) {
		t.Parallel()
		s := newScreen(t)
		p := newPost(t, s, m)
		reply := c.opens(t, s, p, dark)
		shot := s.picture(t, c.page)
		keepPicture(t, fmt.Sprintf("%s-%s-%s", c.name, name, mode), shot)
		bright, _ := ground(t, shot, c.page)
		if (bright < 0.5) != (c.always == "dark" || dark && c.always == "") {
			t.Errorf("the paper is %.2f bright", bright)
		}
		reply()
		s.until(t, "the reply is saved", func() bool { return len(p.drafts()) > 0 })
		s.until(t, "the message is marked as read", p.seen)
		if to, want := p.drafts(), from(t, m); !slices.Equal(to, []string{want}) {
			t.Errorf("the reply is to %q, want %q", to, want)
		}
		if !t.Failed() {
			shown.Add(1)
		}
	})
}

// from gives whom a message says that it is from.
func from(t *testing.T, m arrived) string {
	t.Helper()
	is, err := mail.ReadMessage(bytes.NewReader(m.message))
	if err != nil {
		t.Fatal(err)
	}
	all, err := is.Header.AddressList("From")
	if err != nil || len(all) != 1 {
		t.Fatalf("From has %d addresses: %v", len(all), err)
	}
	return all[0].Address
}
