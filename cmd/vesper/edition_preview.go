package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/digest/render"
	"vesper/subscribers"
)

// previewFormats are the forms of a preview, which are file extensions too.
var previewFormats = []string{"html", "text", "eml", "web"}

func (a *app) editionPreviewCommand() *cobra.Command {
	var form, out, as string
	var f editionFlags
	cmd := &cobra.Command{
		Use:   "preview [ID]",
		Short: "Show how an edition would look now, or looked",
		Long: `Renders the edition that "vesper edition plan" shows: as HTML, as plain text, as
the whole message (eml), or as the web view. With the ID of an edition that was
opened, it shows that one as it was sent. Nothing is sent or recorded.`,
		Example: `  vesper edition preview --out preview.html
  vesper edition preview --format eml --as ines@news.example
  vesper edition preview --out DIR        all formats at once
  vesper edition preview 2026-11-22-evening --format text`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, args []string) error {
			if h.unsigned != nil {
				return h.unsigned
			}
			reader, variant, err := a.previewReader(cmd.Context(), h, as)
			if err != nil {
				return err
			}
			if form == "" {
				form = map[string]string{digest.Designed: "html", digest.Plain: "text"}[variant]
			}
			if !slices.Contains(previewFormats, form) {
				return usage(fmt.Errorf("--format %s: it is html, text, eml or web", form), "")
			}
			p := preview{app: a}
			if len(args) == 1 {
				p.id, p.forms, err = a.printed(cmd, h, args[0], reader, variant)
			} else {
				p.id, p.forms, err = a.toCome(cmd.Context(), h, f, reader, variant)
			}
			if err != nil {
				return err
			}
			if isFolder(out, cmd.Flags().Changed("format")) {
				return p.writeAll(out)
			}
			return p.write(form, out)
		}),
	}
	f.addTo(cmd)
	f.addWordsTo(cmd)
	cmd.Flags().StringVar(&form, "format", "",
		"`FORMAT`: html, text, eml or web (default: what the reader of --as gets, else html)")
	cmd.Flags().StringVar(&out, "out", "-",
		"write to this `FILE`, - for stdout, or to a folder, which is made: all formats")
	cmd.Flags().StringVar(&as, "as", "", "as the subscriber with this `ADDRESS` gets it")
	return cmd
}

// exampleReader stands for a reader where none is named.
func exampleReader(now time.Time) render.Reader {
	return render.Reader{Address: "reader@news.example", Since: now, Unsubscribe: "preview", Preferences: "preview"}
}

// previewReader gives the reader to render for, and the variant they get. Their
// links are of no use: a preview may be passed on, and a working link would
// unsubscribe them.
func (a *app) previewReader(ctx context.Context, h *house, as string) (render.Reader, string, error) {
	reader := exampleReader(a.now())
	if as == "" {
		return reader, digest.Designed, nil
	}
	address, err := subscribers.ParseAddress(as)
	if err != nil {
		return reader, "", usage(fmt.Errorf("--as: %w", err), "")
	}
	s, err := h.subscriber(ctx, address)
	if err != nil {
		return reader, "", err
	}
	reader.Address, reader.Since = s.Address.Mailbox(), s.Confirmed
	return reader, s.Variant, nil
}

// forms gives an edition in each form of a preview, as one reader gets it.
type forms interface {
	form(name string) ([]byte, error)
}

// preview is an edition to be looked at.
type preview struct {
	*app
	forms
	id digest.ID
}

// isFolder says whether a path names a folder: one that is there, or one to be made. A
// new name without an ending is one, unless a single form is wanted.
func isFolder(path string, single bool) bool {
	info, err := os.Stat(path)
	switch {
	case path == "-", path == "":
		return false
	case err == nil:
		return info.IsDir()
	}
	return os.IsPathSeparator(path[len(path)-1]) || !single && filepath.Ext(path) == ""
}

// writeAll puts all forms of the preview into a folder, which is made if need be.
func (p preview) writeAll(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for _, form := range previewFormats {
		name := map[string]string{"html": "html", "text": "txt", "eml": "eml", "web": "web.html"}[form]
		content, err := p.form(form)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, p.id.String()+"."+name)
		if err := p.app.write(path, content); err != nil {
			return wrongly("--out", err)
		}
		p.print("%s\n", path)
	}
	return nil
}

// write puts a form of the preview where it is wanted.
func (p preview) write(form, out string) error {
	content, err := p.form(form)
	if err != nil {
		return err
	}
	if err := p.app.write(out, content); err != nil {
		return wrongly("--out", err)
	}
	return nil
}

// coming is an edition that nobody has opened.
type coming struct {
	*house
	edition digest.Edition
	reader  render.Reader
	variant string
}

// toCome gives the edition that would be opened now.
func (a *app) toCome(ctx context.Context, h *house, f editionFlags, to render.Reader, variant string,
) (digest.ID, forms, error) {
	d, err := a.decide(ctx, h, f)
	if err == nil && !d.Enough() {
		err = nothingTo("preview", d)
	}
	return d.Edition.ID, coming{h, d.Edition, to, variant}, err
}

func (c coming) form(name string) ([]byte, error) {
	switch name {
	case "text":
		s, err := c.renderer.Text(c.edition, c.reader)
		return []byte(s), err
	case "web":
		return c.renderer.WebView(c.edition)
	case "eml":
		return c.publisher.Sample(c.edition, c.reader, c.variant)
	default:
		s, err := c.renderer.HTML(c.edition, c.reader)
		return []byte(s), err
	}
}
