package main

import (
	"io"
	"log/slog"
	"sync/atomic"
	"time"
	_ "time/tzdata" // a small machine may have no zone files

	"vesper/digest/domain"
)

// app is what every verb needs of the world outside.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	env            func(string) string
	// environ is all of the environment, as NAME=VALUE; nil in tests.
	environ []string
	now     func() time.Time
	dns     domain.Resolver
	sns     sns
	bedside bedside

	// reload has what SIGHUP does; without it, it ends the process softly. It is nil where
	// no signals come.
	reload *atomic.Pointer[func()]

	// configFile and verbose are flags of all verbs.
	configFile string
	verbose    bool
}

// logger logs to stderr.
func (a *app) logger() *slog.Logger {
	level := slog.LevelInfo
	if a.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// quiet logs what goes wrong and nothing else, for verbs that say themselves
// what they do.
func (a *app) quiet() *slog.Logger {
	if a.verbose {
		return a.logger()
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
