package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"vesper/cmd/vesper/config"
	"vesper/digest"
	"vesper/digest/marker"
)

// shareFolders has nothing opened from here while a folder is not seen that all machines of a
// house share. Of a database in a file there is one machine, and nothing is shared.
func (a *app) shareFolders(ctx context.Context, h *house) error {
	own := h.file.House()
	if own == nil {
		return nil
	}
	h.folders = &marker.House{ID: own.ID(), Register: own, Folders: sharedFolders(h.config), Now: a.now}
	desk := h.folders.Folders[0]
	h.desk.Root = func() (*os.Root, error) { return h.folders.Open(context.Background(), desk) }
	return h.folders.Load(ctx)
}

// sharedFolders are those of a configuration, the desk first. Keys that lie beside the
// configuration are each machine's own, as that is.
func sharedFolders(c *config.Config) []marker.Folder {
	all := []marker.Folder{{Kind: "desk", Dir: c.Path(c.Desk.Dir)}}
	add := func(kind, dir string) {
		if !slices.ContainsFunc(all, func(f marker.Folder) bool { return filepath.Clean(f.Dir) == filepath.Clean(dir) }) {
			all = append(all, marker.Folder{Kind: kind, Dir: dir})
		}
	}
	if dir := c.Templates.Dir; dir != "" {
		add("templates", c.Path(dir))
	}
	if c.DKIM.Domain != "" {
		if dir := filepath.Dir(c.Path(c.Signing().KeyFile)); dir != filepath.Clean(c.Dir()) {
			add("keys", dir)
		}
	}
	return all
}

// sees gives a *[digest.UnseenError] for a shared folder that is not seen from here.
func (h *house) sees(ctx context.Context) error {
	if h.folders == nil {
		return nil
	}
	return h.folders.See(ctx)
}

// isUnseen gives sees' error, as far as it is that a folder is not seen.
func (h *house) isUnseen(ctx context.Context) *digest.UnseenError {
	unseen, _ := errors.AsType[*digest.UnseenError](h.sees(ctx))
	return unseen
}

// markFolders makes the markers that are missing of kinds of folders that have none yet, and
// gives them. The error says which could not be made; nothing is held for that.
func (h *house) markFolders(ctx context.Context) ([]marker.Folder, error) {
	if h.folders == nil {
		return nil, nil
	}
	return h.folders.Mark(ctx)
}
