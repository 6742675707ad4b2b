package main

import (
	"fmt"
	"log/slog"
	"time"

	"vesper/cmd/vesper/config"
)

// logAs has what follows logged as the configuration has it.
func (a *app) logAs(c *config.Config) { a.log.Store(&c.Log) }

// logger logs to stderr.
func (a *app) logger() *slog.Logger { return a.logFrom(slog.LevelDebug) }

// quiet logs what goes wrong and nothing else, for verbs that say themselves
// what they do.
func (a *app) quiet() *slog.Logger { return a.logFrom(slog.LevelWarn) }

// logFrom logs what has a level at least, and the configured one. --verbose has all logged.
func (a *app) logFrom(least slog.Level) *slog.Logger {
	log := a.log.Load()
	if log == nil { // no configuration is read yet, or it can't be
		log = &config.Default("").Log
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(log.Level)); err == nil {
		least = max(least, level)
	}
	if a.verbose {
		least = slog.LevelDebug
	}
	options := slog.HandlerOptions{Level: least}
	if log.Format == "text" || log.Format != "json" && isTerminal(a.stderr) {
		return slog.New(slog.NewTextHandler(a.stderr, &options))
	}
	options.ReplaceAttr = inWords
	return slog.New(slog.NewJSONHandler(a.stderr, &options))
}

// inWords has JSON say a value as text does, where it would lay open what a type of ours is
// made of, or count nanoseconds.
func inWords(_ []string, attr slog.Attr) slog.Attr {
	switch v := attr.Value.Any().(type) {
	case slog.Level, error, time.Time: // said in words already
	case fmt.Stringer:
		attr.Value = slog.StringValue(v.String())
	}
	return attr
}
