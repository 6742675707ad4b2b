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
		Use:   "preview",
		Short: "Show how the edition would look now",
		Long: `Renders the edition that "vesper edition plan" shows: as HTML, as plain text, as
the whole message (eml), or as the web view. Nothing is sent or recorded.`,
		Example: `  vesper edition preview --out preview.html
  vesper edition preview --format eml --as ines@news.example
  vesper edition preview --out DIR        all formats at once`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
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
			d, err := a.decide(cmd.Context(), h, f)
			if err != nil {
				return err
			}
			if !d.Enough() {
				return nothingTo("preview", d)
			}
			p := preview{a, h, d.Edition, reader, variant}
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

// preview is an edition to be looked at, as one reader would get it.
type preview struct {
	*app
	*house
	edition digest.Edition
	reader  render.Reader
	variant string
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
		path := filepath.Join(dir, p.edition.ID.String()+"."+name)
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

func (p preview) form(form string) ([]byte, error) {
	switch form {
	case "text":
		s, err := p.renderer.Text(p.edition, p.reader)
		return []byte(s), err
	case "web":
		return p.renderer.WebView(p.edition)
	case "eml":
		return p.publisher.Sample(p.edition, p.reader, p.variant)
	default:
		s, err := p.renderer.HTML(p.edition, p.reader)
		return []byte(s), err
	}
}
