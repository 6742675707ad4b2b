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
	"vesper/digest"
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
itself.

The database that was there is kept beside it, with ".before-" and the time after its
name. It has the readers' addresses in it, also of those who were erased since the
backup. So has FILE. Delete both when you no longer need them.`,
		Example: `  vesper restore /mnt/backup/vesper-20261122T030000Z.tar.gz
  vesper restore --accept
  vesper restore vesper.tar.gz --to /etc/vesper`,
		Args: cobra.MaximumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && (!o.accept || o.dryRun || o.to != "" || len(o.journals) > 0) {
				return usage(errors.New("restore takes a FILE, --accept, or both"), "")
			}
			path := ""
			if len(args) == 1 {
				var err error
				if path, err = a.restore(cmd.Context(), args[0], o); err != nil || o.dryRun {
					return err
				}
			}
			return a.acceptAt(cmd.Context(), path, o.accept)
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
	how.Journals = func(key []byte, from int64) (subscribers.History, error) {
		return journal.Read(key, from, journals...)
	}
	return how
}

// sayRestored tells what became of a backup, and what nobody knows.
func (a *app) sayRestored(file, path string, done restored, dryRun bool) {
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	is := "is now"
	if dryRun {
		is = "would be put"
	}
	a.print("%s %s in place of %s\n", file, is, path)
	if done.Before != "" {
		a.print("the database before it is kept as %s\n", done.Before)
	}
	a.print("it has the state of %s\n", at(done.MadeAt))
	a.print("%s, %s replayed from %s\n", count(done.Left, "departure"), count(done.Erased, "erasure"),
		count(done.Journals, "journal"))
	if done.Damaged > 0 {
		a.print("%s of journals can't be read\n", count(done.Damaged, "line"))
	}
	if done.Returned > 0 {
		a.print("%s came back since and had left before: not on the list until they sign up again\n",
			count(done.Returned, "reader"))
	}
	if !done.Held {
		return
	}
	if !done.Begun.IsZero() {
		a.print("who left from %s to %s is not known: nothing was recorded then\n", at(done.MadeAt), at(done.Begun))
	}
	switch {
	case done.Journals == 0:
		a.print("there is no journal: who left after %s is not known\n", at(done.KnownTo))
	case done.Gap:
		a.print("something is missing in the journals: who left after %s is not known for sure\n", at(done.KnownTo))
	default:
		a.print("who left after %s is not known\n", at(done.KnownTo))
	}
	for _, id := range done.Paused {
		a.print("edition %s was being sent then, and is paused: who has it by now is not known\n", id)
	}
	if len(done.Paused) > 0 {
		a.print("after --accept: \"vesper edition cancel %s\", or resume, which sends it to some a second time\n",
			done.Paused[0])
	}
}

// acceptAt accepts the database at a path, or that of the configuration.
func (a *app) acceptAt(ctx context.Context, path string, accept bool) error {
	file, err := a.openHeld(ctx, path)
	if err != nil {
		return err
	}
	defer file.Close()
	err = file.Behind(ctx)
	switch {
	case err == nil:
		a.print("the database is not held\n")
		return nil
	case !accept || errors.Is(err, digest.ErrGone):
		return err
	}
	if errors.Is(err, digest.ErrMoved) {
		a.print("%v: what has happened there since is not known here\n", err)
	}
	waits, restored, err := file.Waits(ctx)
	if err != nil {
		return err
	}
	if err := file.Accept(ctx); err != nil {
		return err
	}
	if !restored {
		a.print("accepted: Vesper continues with this database\n")
		return nil
	}
	at := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	a.print("accepted: Vesper continues with the state of %s\n", at(waits.MadeAt))
	a.print("who left after %s is not known, and gets editions again\n", at(waits.KnownTo))
	a.print("no edition due before %s is sent by itself; \"vesper edition send\" sends today's\n", at(waits.RestoredAt))
	return nil
}

// shorter gives a path below a folder as seen from there.
func shorter(dir, path string) string {
	if below, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(below, "..") {
		return below
	}
	return path
}
