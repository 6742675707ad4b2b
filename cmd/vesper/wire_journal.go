package main

import (
	"context"
	"path/filepath"

	"vesper/cmd/vesper/config"
	"vesper/subscribers/journal"
)

// keeper gives what keeps the journals of departures: beside the database, and among the
// backups.
func (a *app) keeper(h *house) *journal.Keeper {
	database := h.config.Beside()
	k := &journal.Keeper{Log: a.quiet()}
	for _, path := range journalPaths(h.config, database) {
		k.Files = append(k.Files, &journal.File{
			Path: path, Key: h.file.JournalKey(), Source: h.list, Now: a.now,
			Made: func(path string) error { return giveToService(path, database) },
		})
	}
	return k
}

// journalPaths gives where the journals of a database are.
func journalPaths(c *config.Config, database string) []string {
	name := filepath.Base(database) + ".departures"
	all := []string{filepath.Join(filepath.Dir(database), name)}
	if dir := c.Path(c.Backup.Dir); dir != "" && filepath.Clean(dir) != filepath.Dir(database) {
		all = append(all, filepath.Join(dir, name))
	}
	return all
}

// catchUp brings the journals up if somebody left by this process, or if it is asked for.
func (h *house) catchUp(ctx context.Context, always bool) {
	select {
	case <-h.file.Departed():
		always = true
	default:
	}
	if always {
		h.journal.CatchUp(ctx)
	}
}
