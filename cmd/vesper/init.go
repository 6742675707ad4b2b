package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"vesper/subscribers/sqlite"
)

//go:embed vesper.toml
var commentedConfig []byte

func (a *app) initCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write a commented vesper.toml, the desk folder and the database",
		Long: `Writes into DIR, or into the present folder, what a newsroom starts with. What is
there already is never overwritten.`,
		Example: "  vesper init newsroom",
		Args:    cobra.MaximumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return a.init(cmd, dir, dryRun)
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only say what would be written")
	return cmd
}

func (a *app) init(cmd *cobra.Command, dir string, dryRun bool) error {
	config, desk, database := filepath.Join(dir, "vesper.toml"), filepath.Join(dir, "desk"), filepath.Join(dir, "vesper.db")
	for _, path := range []string{config, database} {
		if _, err := os.Lstat(path); err == nil {
			return usage(fmt.Errorf("%s is there already", path), "init overwrites nothing; name another folder")
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if dryRun {
		fmt.Fprintf(a.stdout, "%s\n%s\n%s\nwould be written\n", config, desk, database)
		return nil
	}
	if err := os.MkdirAll(desk, 0o700); err != nil {
		return err
	}
	store, err := sqlite.Open(cmd.Context(), database)
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	f, err := os.OpenFile(config, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(commentedConfig); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s\n%s\n%s\n", config, desk, database)
	fmt.Fprintf(a.stderr, "Next: write your paper's name, addresses and relay into %s, then say \"vesper config check\".\n", config)
	return nil
}
