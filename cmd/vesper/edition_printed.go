package main

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/emersion/go-message"
	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/render"
)

// past is an edition that was opened: what was stored of it then.
type past struct {
	*house
	// ctx is the command's.
	ctx      context.Context
	record   digest.Record
	messages []digest.Message
	reader   render.Reader
	variant  string
}

// toComeOnly are the flags that say something about an edition to come.
var toComeOnly = []string{"date", "slot", "subject", "note"}

// printed gives the edition with this ID as it was opened.
func (a *app) printed(cmd *cobra.Command, h *house, arg string, to render.Reader, variant string,
) (digest.ID, forms, error) {
	if err := onlyToCome(cmd, arg); err != nil {
		return digest.ID{}, nil, err
	}
	t, err := h.wasOpened(cmd.Context(), arg)
	if err != nil {
		return digest.ID{}, nil, err
	}
	messages, err := h.book.Messages(cmd.Context(), t.Number)
	return t.ID, past{h, cmd.Context(), t.Record, messages, to, variant}, err
}

// onlyToCome refuses the flags that say something about an edition to come.
func onlyToCome(cmd *cobra.Command, arg string) error {
	for _, flag := range toComeOnly {
		if cmd.Flags().Changed(flag) {
			return usage(fmt.Errorf("--%s is for an edition to come, and %s is named", flag, arg), "")
		}
	}
	return nil
}

// wasOpened gives an edition that was opened.
func (h *house) wasOpened(ctx context.Context, arg string) (digest.Tallied, error) {
	t, err := h.tallied(ctx, arg)
	if err == nil && !t.State.Opened() {
		err = &exitError{
			exitNothing, fmt.Errorf("edition %s was not opened: it is %s", t.ID, t.State),
			`"vesper edition preview --date DATE --slot SLOT" shows one to come`,
		}
	}
	return t, err
}

func (p past) form(name string) ([]byte, error) {
	switch name {
	case "text":
		return p.part("text/plain", p.variant)
	case "web":
		return p.book.WebView(p.ctx, p.record.ID)
	case "eml":
		return p.copy(p.variant)
	default:
		return p.part("text/html", digest.Designed)
	}
}

// copy gives the message of this variant as the reader got it.
func (p past) copy(variant string) ([]byte, error) {
	return p.publisher.Copy(p.messages, p.reader, variant, p.record.Begins())
}

// part gives a part of the message of this variant, decoded, by its media type.
// Its lines end as those of a file do.
func (p past) part(media, variant string) ([]byte, error) {
	copied, err := p.copy(variant)
	if err != nil {
		return nil, err
	}
	whole, err := message.Read(bytes.NewReader(copied))
	if err != nil {
		return nil, err
	}
	var found []byte
	err = whole.Walk(func(_ []int, e *message.Entity, err error) error {
		if err != nil {
			return err
		}
		if is, _, err := e.Header.ContentType(); err != nil || is != media || found != nil {
			return err
		}
		found, err = io.ReadAll(e.Body)
		return err
	})
	if err == nil && found == nil {
		err = fmt.Errorf("edition %s has no part of type %s", p.record.ID, media)
	}
	return bytes.ReplaceAll(found, []byte("\r\n"), []byte("\n")), err
}
