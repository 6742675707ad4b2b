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
	"vesper/digest/publish"
	"vesper/digest/render"
	"vesper/subscribers"
)

// previewFormats are the forms of a preview, which are file extensions too.
var previewFormats = []string{"html", "text", "eml", "web"}

func (a *app) previewCommand() *cobra.Command {
	var slot, date, form, out, as string
	cmd := &cobra.Command{
		Use:   "preview",
		Short: "The edition as it would look now",
		Long: `Renders the edition that "vesper edition plan" shows: as HTML, as plain text, as
the whole message (eml), or as the web view. Nothing is sent or recorded.`,
		Example: `  vesper edition preview --out preview.html
  vesper edition preview --format eml --as ines@news.example
  vesper edition preview --out DIR        all forms at once`,
		Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if h.unsigned != nil {
				return h.unsigned
			}
			if !slices.Contains(previewFormats, form) {
				return usage(fmt.Errorf("--format %s: it is html, text, eml or web", form), "")
			}
			reader, err := a.previewReader(cmd.Context(), h, as)
			if err != nil {
				return err
			}
			plan, err := a.planned(cmd, h, slot, date, a.now())
			if err != nil {
				return err
			}
			if !plan.Enough() {
				return &exitError{exitNothing, fmt.Errorf("nothing to preview: no article for edition %s", plan.Edition.ID), `"vesper edition plan" says why each article is left out`}
			}
			return a.preview(h, plan, reader, form, out)
		}),
	}
	cmd.Flags().StringVar(&slot, "slot", "", "the edition's `SLOT` (default: the first configured)")
	cmd.Flags().StringVar(&date, "date", "", "the edition's `DATE` (default: today)")
	cmd.Flags().StringVar(&form, "format", "html", "`FORMAT`: html, text, eml or web")
	cmd.Flags().StringVar(&out, "out", "-", "`FILE`, - for stdout, or a folder for all forms")
	cmd.Flags().StringVar(&as, "as", "", "as the subscriber with this `ADDRESS` gets it")
	return cmd
}

// exampleReader stands for a reader where none is named.
func exampleReader(now time.Time) render.Reader {
	return render.Reader{Address: "reader@news.example", Since: now, Unsubscribe: "preview"}
}

// previewReader gives the reader to render for. Their links are of no use: a
// preview may be passed on, and a working link would unsubscribe them.
func (a *app) previewReader(ctx context.Context, h *house, as string) (render.Reader, error) {
	if as == "" {
		return exampleReader(a.now()), nil
	}
	address, err := subscribers.ParseAddress(as)
	if err != nil {
		return render.Reader{}, usage(fmt.Errorf("--as: %w", err), "")
	}
	s, err := h.subscriber(ctx, address)
	if err != nil {
		return render.Reader{}, err
	}
	return render.Reader{Address: s.Address.Mailbox(), Since: s.Confirmed, Unsubscribe: "preview"}, nil
}

func (a *app) preview(h *house, plan publish.Plan, reader render.Reader, form, out string) error {
	if info, err := os.Stat(out); err == nil && info.IsDir() {
		for _, form := range previewFormats {
			name := map[string]string{"html": "html", "text": "txt", "eml": "eml", "web": "web.html"}[form]
			content, err := a.previewed(h, plan.Edition, reader, form)
			if err != nil {
				return err
			}
			path := filepath.Join(out, plan.Edition.ID.String()+"."+name)
			if err := os.WriteFile(path, content, 0o600); err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, path)
		}
		return nil
	}
	content, err := a.previewed(h, plan.Edition, reader, form)
	if err != nil {
		return err
	}
	if out == "-" {
		_, err = a.stdout.Write(content)
		return err
	}
	return os.WriteFile(out, content, 0o600)
}

func (a *app) previewed(h *house, e digest.Edition, reader render.Reader, form string) ([]byte, error) {
	switch form {
	case "text":
		s, err := h.renderer.Text(e, reader)
		return []byte(s), err
	case "web":
		return h.renderer.WebView(e)
	case "eml":
		messages, err := h.renderer.Messages(e)
		if err != nil {
			return nil, err
		}
		composer, err := render.NewComposer(messages, h.config.Delivery.ReturnPath)
		if err != nil {
			return nil, err
		}
		composer.Signer = h.publisher.Signer
		envelope, err := composer.Compose(digest.Delivery{
			Variant: digest.Designed, Address: reader.Address, Since: reader.Since, FirstDue: a.now(),
			MessageID: "preview", Unsubscribe: reader.Unsubscribe, ReturnPath: "preview",
		})
		return envelope.Data, err
	default:
		s, err := h.renderer.HTML(e, reader)
		return []byte(s), err
	}
}
