package config

import (
	"fmt"
	"slices"
	"strings"

	"vesper/digest"
)

// Log is [log]: what the service and the commands log to stderr.
type Log struct {
	// Format is "text", "json", or "auto": text on a terminal, and JSON where a program
	// reads it. Default: "auto".
	Format string `toml:"format"`
	// Level is what is logged at least: "debug", "info", "warn" or "error". Commands that
	// say themselves what they do log no "info". Default: "info".
	Level string `toml:"level"`
}

var (
	logFormats = []string{"auto", "text", "json"}
	logLevels  = []string{"debug", "info", "warn", "error"}
)

func checkLog(c *Config, r *Report) {
	for _, one := range []struct {
		name, is string
		may      []string
	}{{"format", c.Log.Format, logFormats}, {"level", c.Log.Level, logLevels}} {
		if slices.Contains(one.may, one.is) {
			continue
		}
		hint := "one of " + strings.Join(one.may, ", ")
		if near := digest.Nearest(one.is, one.may); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		r.Flaw("log."+one.name, fmt.Sprintf("%s %q is not known", one.name, one.is), hint)
	}
}
