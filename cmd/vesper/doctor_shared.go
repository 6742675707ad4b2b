package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"vesper/digest"
)

// marker looks whether the folder of a kind that all machines share is the right one, and says
// whether it may be looked into. Where nothing is shared it says nothing.
func (f *findings) marker(ctx context.Context, p *patient, name, kind string) (may bool) {
	if p.house == nil || p.house.folders == nil {
		return true
	}
	folders := p.house.folders
	for _, one := range folders.Folders {
		if one.Kind != kind {
			continue
		}
		unseen, is := errors.AsType[*digest.UnseenError](folders.SeeOne(ctx, one))
		switch {
		case is:
			f.say(name, digest.Fail, unseen.Hint, "%v: nothing is opened here", unseen)
			return false
		case !folders.IsMarked(kind) && syscall.Access(one.Dir, toWrite) != nil:
			f.say(name, digest.Warn, fmt.Sprintf("echo %s >> %s", folders.ID, one.Path()),
				"%s has no marker, and none can be made there: nobody would notice that it is not mounted", one.Dir)
		}
	}
	return true
}

// turnoverShown is for how long it is said that a database has come to another PostgreSQL.
const turnoverShown = 7 * 24 * time.Hour

// turnover says that the database has lately come to another PostgreSQL; "" if it has not.
func (h *house) turnover(ctx context.Context, at time.Time) (string, error) {
	own := h.file.House()
	if own == nil {
		return "", nil
	}
	now, before, err := own.Timelines(ctx)
	t := turnover{now, before}
	switch {
	case err != nil, !t.is():
		// Who may not ask is not told.
		return "", nil
	case now.Seen.IsZero():
		return t.reason(), nil
	case at.Sub(now.Seen) > turnoverShown:
		return "", nil
	}
	return "since " + moment(now.Seen, h.zone) + " " + t.reason(), nil
}
