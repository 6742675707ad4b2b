package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"vesper/cmd/vesper/config"
)

func (a *app) initCommand() *cobra.Command {
	var dryRun, newDatabase bool
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a commented vesper.toml, the desk folder and the database",
		Long: `Writes a configuration, the desk folder and the database into DIR, or into the
current folder. Files that exist are never overwritten.

--new-database makes an empty database in place of one that is lost, for a
configuration that exists. All subscribers and all that was sent are lost then.`,
		Example: "  vesper init newsroom\n  vesper init --new-database",
		Args:    cobra.MaximumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			if newDatabase {
				return a.initDatabase(cmd, args, dryRun)
			}
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.init(cmd, dir, dryRun)
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show what would be written")
	cmd.Flags().BoolVar(&newDatabase, "new-database", false, "make an empty database in place of a lost one")
	return cmd
}

// initDatabase makes a database for a configuration whose own is gone.
func (a *app) initDatabase(cmd *cobra.Command, args []string, dryRun bool) error {
	if len(args) > 0 {
		return usage(errors.New("--new-database takes no folder: the configuration names the database"),
			"use --config FILE if it is elsewhere")
	}
	c, _, err := a.load()
	if err != nil {
		return err
	}
	if c.Database.OnServer() {
		return onServer("init --new-database", "an empty one gets its tables when it is first opened")
	}
	path := c.Path(c.Database.Path)
	switch _, err := os.Lstat(path); {
	case err == nil:
		return usage(fmt.Errorf("%s already exists", path), "it is not overwritten; move it away first")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if dryRun {
		a.print("%s\nwould be made\n", path)
		return nil
	}
	if err := replaceDatabase(cmd.Context(), path, a.now); err != nil {
		return err
	}
	a.print("%s\n", path)
	return nil
}

func (a *app) init(cmd *cobra.Command, dir string, dryRun bool) error {
	file, database := filepath.Join(dir, "vesper.toml"), filepath.Join(dir, "vesper.db")
	desk := filepath.Join(dir, "desk")
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usage(fmt.Errorf("%s is a file, not a folder", dir), "name another one: a folder that is not there is made")
	}
	for _, path := range []string{file, database} {
		if _, err := os.Lstat(path); err == nil {
			return usage(fmt.Errorf("%s already exists", path), "init overwrites nothing; use another folder")
		} else if errors.Is(err, fs.ErrPermission) {
			return usage(err, "name a folder that you may write to")
		} else if !errors.Is(err, fs.ErrNotExist) {
			return notRead(path, err)
		}
	}
	if dryRun {
		a.print("%s\n%s\n%s\nwould be written\n", file, desk, database)
		return nil
	}
	switch err := os.MkdirAll(desk, 0o700); {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR):
		return usage(err, "name a folder that you may write to")
	case err != nil:
		return err
	}
	if err := makeDatabase(cmd.Context(), database, a.now); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(config.Commented()); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	a.print("%s\n%s\n%s\n", file, desk, database)
	a.tell("Next: put your paper's name, addresses and relay into %s, "+
		"then run \"vesper config check\".\n", file)
	return nil
}
