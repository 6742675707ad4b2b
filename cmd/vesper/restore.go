package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/archive"
	"vesper/cmd/vesper/config"
	"vesper/subscribers"
	"vesper/subscribers/journal"
)

// restoreFlags are those of restore.
type restoreFlags struct {
	accept, dryRun, force bool
	// to is the folder of the configuration on a new machine.
	to       string
	journals []string
}

func (a *app) restoreCommand() *cobra.Command {
	var o restoreFlags
	cmd := &cobra.Command{
		Use:   "restore [FILE]",
		Short: "Put a backup back, or accept one that is held",
		Long: `Puts the database of a backup in place of the one that is there. FILE is what "vesper
backup" made, or a complete Vesper database, of this version or an older one. It stays as
it is. While another process is sending, nothing is changed: exit status 5.

Who left, was suppressed, removed or erased after the backup is not a reader again: that
stands in the journals of departures, which are found beside the database, in dir of
[backup], and beside FILE. --journal adds others. Who signed up after the backup is lost,
and has to sign up again. So are stories' pins and what editions were sent.

Configuration, templates and keys of the backup are put where none are; those that exist
stay, unless --force is given. On a new machine, --to DIR puts the configuration there,
and the database where it names it.

Nothing is sent at first: exit status 5. restore says who left is known up to when.
--accept, together with FILE or later, continues from there. An edition that was being
sent when the backup was made stays paused, and no edition of the time before is sent by
itself. So it is where somebody else has put a database back: pg_restore, a copy of the
file. Then --accept replays the journals.

The database that was there is kept beside it, with ".before-" and the time after its
name. It has the readers' addresses in it, also of those who were erased since the
backup. So has FILE. Delete both when you no longer need them.`,
		Example: `  vesper restore /mnt/backup/vesper-20261122T030000Z.tar.gz
  vesper restore --accept
  vesper restore vesper.tar.gz --to /etc/vesper`,
		Args: cobra.MaximumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 0:
			case !o.accept:
				return usage(errors.New("restore takes a FILE, --accept, or both"), `"vesper restore --help" says when`)
			case o.dryRun || o.to != "":
				return usage(errors.New("--dry-run and --to go with a FILE"), `"vesper status" says why a database is held`)
			}
			for _, path := range o.journals {
				if _, err := os.Stat(path); err != nil {
					return wrongly("--journal", notRead(path, err))
				}
			}
			path := ""
			if len(args) == 1 {
				var err error
				if path, err = a.restore(cmd.Context(), args[0], o); err != nil || o.dryRun {
					return err
				}
			}
			return a.acceptAt(cmd.Context(), path, o)
		}),
	}
	cmd.Flags().BoolVar(&o.accept, "accept", false, "continue with a database that is held")
	cmd.Flags().BoolVarP(&o.dryRun, "dry-run", "n", false, "only check FILE, and show what would be done")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace files that exist; they are kept beside")
	cmd.Flags().StringVar(&o.to, "to", "", "the configuration's `FOLDER`, on a new machine")
	cmd.Flags().StringArrayVar(&o.journals, "journal", nil, "a further `FILE` with a journal of departures")
	return cmd
}

// restore puts a backup in the database's place, and gives where that is.
func (a *app) restore(ctx context.Context, file string, o restoreFlags) (string, error) {
	if isArchive(file) {
		return a.restoreArchive(ctx, file, o)
	}
	if o.to != "" {
		return "", usage(errors.New("--to needs a backup with the configuration in it"), `"vesper backup" makes one`)
	}
	c, _, err := a.load()
	if err != nil {
		return "", err
	}
	if c.Database.OnServer() {
		return "", onServer("restore", "pg_restore puts a backup of it back")
	}
	path := c.Path(c.Database.Path)
	done, err := putBack(ctx, path, file, a.restoring(time.Time{}, a.journalsFor(c, path, file, o.journals)), o.dryRun)
	if err != nil {
		return "", err
	}
	a.sayRestored(file, path, done, o.dryRun)
	return path, nil
}

// isArchive says whether a file is packed.
func isArchive(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2)
	_, err = io.ReadFull(f, head)
	return err == nil && archive.IsOne(head)
}

// journalsFor gives the journals of a database that there are: beside it, among the
// backups, beside the backup, and those that were named.
func (a *app) journalsFor(c *config.Config, database, backup string, named []string) []string {
	places := journalPaths(c, database)
	places = append(places, filepath.Join(filepath.Dir(backup), filepath.Base(places[0])))
	return eachOnce(named, places)
}

// eachOnce gives the journals that were named, and those of the places at which there is one.
func eachOnce(named, places []string) []string {
	all := slices.Clone(named)
	var are []os.FileInfo
	for _, path := range places {
		info, err := os.Stat(path)
		if err != nil || slices.ContainsFunc(are, func(is os.FileInfo) bool { return os.SameFile(is, info) }) {
			continue
		}
		all, are = append(all, path), append(are, info)
	}
	return all
}

// restoring is how a backup is put back with these journals.
func (a *app) restoring(madeAt time.Time, journals []string) restoring {
	how := restoring{MadeAt: madeAt, Now: a.now}
	how.Journals = func(key []byte) (subscribers.History, error) {
		return journal.Read(key, journals...)
	}
	return how
}

// shorter gives a path below a folder as seen from there.
func shorter(dir, path string) string {
	if below, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(below, "..") {
		return below
	}
	return path
}
