package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/render"
	"vesper/templates"
)

// watcher renders an edition anew whenever a file changes that it is made with. One
// goroutine looks and loads; any number may ask what there is.
type watcher struct {
	*app
	// dir is the configured folder of templates, and seen how all files were when they were
	// last loaded.
	dir, seen string
	// edition is what is printed, and what says what it is.
	edition *digest.Edition
	what    string

	mu sync.Mutex
	is sheet
}

// sheet is what a watcher has to show.
type sheet struct {
	// Dir is the folder of templates.
	Dir string
	// Version is another one after each load, of this process or another.
	Version string
	// HTML and Text are the edition as it last rendered, at At; the zero time if it never
	// did. What says which edition it is.
	HTML, Text, What string
	At               time.Time
	// Stale says that it is of an earlier load: this one failed.
	Stale bool
	// Flaws are what is wrong now.
	Flaws []*digest.Flaw
}

// sheet gives what there is to show.
func (w *watcher) sheet() sheet {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.is
}

// look loads the files again if one has changed since.
func (w *watcher) look(ctx context.Context) {
	if w.files() != w.seen {
		w.load(ctx)
	}
}

// files says how the files are: their names, sizes and times. Those that an editor keeps
// beside them are left out, as the templates leave them out.
func (w *watcher) files() string {
	var all strings.Builder
	if path, err := config.Find(w.configFile, w.env); err == nil {
		info, err := os.Stat(path)
		note(&all, path, info, err)
	}
	// The folder itself may be a link, and its files too.
	dir := os.DirFS(w.dir)
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || strings.HasSuffix(name, "~") {
			return err
		}
		info, err := fs.Stat(dir, name)
		note(&all, name, info, err)
		return nil
	})
	if err != nil {
		fmt.Fprintln(&all, err)
	}
	return all.String()
}

func note(all *strings.Builder, name string, info fs.FileInfo, err error) {
	if err != nil {
		fmt.Fprintln(all, name, err)
		return
	}
	fmt.Fprintln(all, name, info.Size(), info.ModTime().UnixNano())
}

// load reads configuration, templates and words again, and renders the edition with them.
func (w *watcher) load(ctx context.Context) {
	// What is saved from here on is seen by the next look.
	w.seen = w.files()
	c, flaws, looks, err := w.read()
	if err != nil {
		flaws = append(flaws, &digest.Flaw{File: "configuration", Problem: err.Error()})
	}
	next := w.sheet()
	next.Stale = true
	if c != nil {
		w.dir = c.Path(c.Templates.Dir)
	}
	if c != nil && looks != nil {
		_, err := pageSpecimens(looks)
		flaws = append(flaws, templateFlaws(w.dir, err)...)
		html, text, err := w.render(ctx, c, looks, len(flaws) == 0)
		flaws = append(flaws, templateFlaws(w.dir, err)...)
		if err == nil {
			next.HTML, next.Text, next.What, next.At, next.Stale = html, text, w.what, w.app.now(), false
		}
	}
	next.Dir, next.Flaws = w.dir, once(flaws)
	next.Version = fmt.Sprint(time.Now().UnixNano())
	w.mu.Lock()
	w.is = next
	w.mu.Unlock()
	w.report(next)
}

// once leaves out flaws that were said already: parts are in many templates.
func once(flaws []*digest.Flaw) []*digest.Flaw {
	var all []*digest.Flaw
	for _, f := range flaws {
		if !slices.ContainsFunc(all, func(other *digest.Flaw) bool { return *other == *f }) {
			all = append(all, f)
		}
	}
	return all
}

// report tells whoever sits at the terminal what the page shows.
func (w *watcher) report(s sheet) {
	for _, f := range s.Flaws {
		w.flaw(f)
	}
	if !s.Stale {
		w.tell("rendered at %s: %s\n", s.At.Format(time.TimeOnly), s.What)
	}
}

// render gives the edition in both forms. Which one it is is asked again only of a sound
// configuration: a house can't be built of another one.
func (w *watcher) render(ctx context.Context, c *config.Config, looks *templates.Set, sound bool,
) (html, text string, err error) {
	zone, err := time.LoadLocation(c.Publication.Timezone)
	if err != nil {
		zone = time.UTC // That it is wrong was said already.
	}
	if sound || w.edition == nil {
		if w.edition, w.what, err = w.choose(ctx, c, looks, zone, sound); err != nil {
			return "", "", err
		}
	}
	r := render.Renderer{Publication: publication(c, zone), Layout: layout(c), Templates: looks}
	reader := exampleReader(w.app.now())
	if html, err = r.HTML(*w.edition, reader); err != nil {
		return "", "", err
	}
	text, err = r.Text(*w.edition, reader)
	return html, text, err
}

// choose gives the next edition if the desk has articles for it, else one of made-up ones.
func (w *watcher) choose(ctx context.Context, c *config.Config, looks *templates.Set, zone *time.Location, sound bool,
) (*digest.Edition, string, error) {
	what := "made-up articles"
	if sound {
		e, err := w.next(ctx, c, looks)
		switch {
		case err != nil:
			what += ": the desk can't be asked: " + err.Error()
		case e != nil && len(e.Articles) > 0:
			return e, "the next edition, " + e.ID.String(), nil
		default:
			what += ": the desk has none for the next edition"
		}
	}
	slot := config.DefaultEdition()
	if len(c.Edition) > 0 {
		slot = c.Edition[0]
	}
	articles, err := render.SampleArticles(c.Publication.Language)
	now := w.app.now().In(zone)
	return &digest.Edition{
		ID:          digest.ID{Date: digest.DateOf(now), Slot: slot.Slot, Sequence: 1},
		PaperNumber: uint32(max(1, slot.FirstNumber)), Title: slot.Title,
		Window: digest.Window{From: now.AddDate(0, 0, -1), To: now}, Next: now.AddDate(0, 0, 1),
		Articles: articles,
	}, what, err
}

// next gives the edition that would be opened now; nil where there is no database yet,
// since none is made to look at templates. The house is closed again at once: what waits for
// the database is not kept waiting.
func (w *watcher) next(ctx context.Context, c *config.Config, looks *templates.Set) (*digest.Edition, error) {
	if !c.HasDatabase() {
		return nil, nil
	}
	h, err := w.build(ctx, c, looks)
	if err != nil {
		return nil, err
	}
	defer h.close()
	d, err := w.decide(ctx, h, editionFlags{})
	return &d.Edition, err
}
