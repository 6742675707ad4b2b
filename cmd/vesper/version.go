package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Show the version", Example: "  vesper version", Args: cobra.NoArgs,
		RunE: does(func(*cobra.Command, []string) error {
			err := a.print("%s\n", version())
			return err
		}),
	}
}

// version says which Vesper this is, in one line.
func version() string {
	version := "unknown"
	if b, ok := debug.ReadBuildInfo(); ok {
		version = b.Main.Version
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				version += " " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return fmt.Sprintf("vesper %s, %s, %s/%s", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
