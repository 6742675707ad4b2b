package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"vesper/digest"
	"vesper/digest/render"
)

func lookAtConfiguration(_ context.Context, p *patient) []digest.Finding {
	const name = "configuration"
	var f findings
	if p.unread != nil {
		f.failed(name, p.unread, "")
		return f.all
	}
	f.flaws(name, digest.Fail, p.flaws)
	if p.config == nil {
		return f.all
	}
	f.flaws(name, digest.Fail, p.config.Examples())
	f.flaws(name, digest.Warn, p.config.Warnings())
	if info, err := os.Stat(p.config.File()); err == nil && info.Mode().Perm()&0o022 != 0 {
		f.say(name, digest.Warn, "chmod go-w "+p.config.File(), "others may write to %s (mode %04o)", p.config.File(),
			info.Mode().Perm())
	}
	if len(f.all) == 0 {
		f.say(name, digest.OK, "", "%s is right", p.config.File())
	}
	return f.all
}

func lookAtDatabase(ctx context.Context, p *patient) []digest.Finding {
	f := findings{p.database}
	if p.unopened != nil {
		hint := `"vesper edition list" says more`
		if errors.Is(p.unopened, digest.ErrMoved) {
			hint = hintMoved
		}
		f.failed("database", p.unopened, hint)
	}
	if p.house == nil {
		return f.all
	}
	switch err := p.house.publisher.Ready(ctx); {
	case errors.Is(err, digest.ErrClock):
		f.say("clock", digest.Fail, hintClock, "%v: nothing is sent until it is right", err)
	case errors.Is(err, digest.ErrGone):
		f.failed("database", err, `put it back; if it is lost, "vesper restore FILE"`)
	case err != nil:
		f.failed("database", err, `check what was sent since, then "vesper restore --accept"; until then nothing is sent`)
	}
	if newer, err := p.house.file.Newer(ctx); err == nil && newer != "" {
		f.say("database", digest.Warn, hintStep, "%s", stepNewer(newer))
	}
	if said, err := p.house.turnover(ctx, p.now()); err == nil && said != "" {
		f.say("database", digest.Warn, hintTurnover, "%s", said)
	}
	f.machines(ctx, p)
	return f.all
}

func lookAtTemplates(ctx context.Context, p *patient) []digest.Finding {
	const name, hint = "templates", `"vesper templates check"`
	var f findings
	if !f.marker(ctx, p, name, "templates") {
		return f.all
	}
	dir := looksOf(p.config).Dir
	if len(p.unlike) > 0 {
		for _, flaw := range p.unlike {
			f.say(name, digest.Fail, cmp.Or(flaw.Hint, hint), "%s", flaw)
		}
		return f.all
	}
	specimens, err := render.Specimens(p.looks)
	pages, pagesErr := pageSpecimens(p.looks)
	if err = errors.Join(err, pagesErr); err != nil {
		f.flaws(name, digest.Fail, templateFlaws(dir, err))
		return f.all
	}
	seen := map[string]bool{}
	for _, s := range append(specimens, pages...) {
		for _, problem := range s.Flaws() {
			line := fmt.Sprintf("%s: %s", filepath.Join(dir, s.Template), problem)
			if !seen[line] {
				f.say(name, digest.Fail, hint, "%s", line)
			}
			seen[line] = true
		}
	}
	if len(f.all) == 0 {
		f.say(name, digest.OK, "", "%s rendered, in all languages", count(len(specimens)+len(pages), "specimen"))
	}
	return f.all
}

func lookAtKeys(ctx context.Context, p *patient) []digest.Finding {
	var f findings
	if !f.marker(ctx, p, "keys", "keys") {
		return f.all
	}
	if p.config.DKIM.Domain == "" {
		f.say("keys", digest.Warn, `"vesper dkim new" makes a key; else "vesper doctor --mail" and look for DKIM-Signature`,
			"mail is not signed here, and whether the relay signs can't be told")
		return f.all
	}
	s, err := newSigner(p.config)
	if err != nil {
		f.failed("keys", err, "")
		return f.all
	}
	f.say("keys", digest.OK, "", "%s can be read, and by nobody else", count(len(s.Records()), "signing key"))
	return f.all
}

func lookAtDesk(ctx context.Context, p *patient) []digest.Finding {
	const name = "desk"
	var f findings
	if !f.marker(ctx, p, name, "desk") {
		return f.all
	}
	d := deskOf(p.config, time.UTC)
	articles, flaws, err := d.Articles(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.failed(name, err, "mkdir "+d.Dir)
		return f.all
	case err != nil:
		f.failed(name, err, "run it as the user that Vesper runs as")
		return f.all
	}
	if len(flaws) > 0 {
		f.say(name, digest.Warn, `"vesper articles list" shows all`, "%s can't be taken; the first: %s",
			count(len(flaws), "file"), flaws[0])
	}
	if err := syscall.Access(d.Dir, 2); err != nil && len(p.config.Feed) > 0 {
		f.say(name, digest.Fail, "give Vesper's user the right to write to "+d.Dir,
			"%s can't be written to: no feed's stories come", d.Dir)
	}
	if len(f.all) == 0 {
		f.say(name, digest.OK, "", "%s on it", count(len(articles), "article"))
	}
	return f.all
}

func lookAtZone(ctx context.Context, p *patient) []digest.Finding {
	var f findings
	zone, err := time.LoadLocation(p.config.Publication.Timezone)
	if err != nil {
		f.failed("zone", err, p.config.Where("publication.timezone"))
		return f.all
	}
	now := p.now().In(zone)
	f.say("zone", digest.OK, "", "in %s it is %s (%s)", zone, now.Format("2006-01-02 15:04"), now.Format("-07:00"))
	if p.house == nil {
		return f.all
	}
	for _, slot := range p.house.publisher.Slots {
		readers, names, err := p.house.unknownZones(ctx, slot, digest.ID{Date: digest.DateOf(now), Slot: slot.Name})
		switch {
		case err != nil:
			f.failed("zone", err, "")
		case readers > 0:
			f.say("zone", digest.Warn, hintZones, "%s", publicationsZone(readers, names[0]))
		}
	}
	return f.all
}
