// Command vesper is a news desk's evening post: every evening it picks the
// day's articles, sets their Quick Looks as one email and brings it over SMTP
// to every subscriber on its list, once.
//
// It ties the packages together and is the only place that knows them all. Each
// verb of the command line has a file of its own here.
package main

import (
	"context"
	"errors"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"
	_ "time/tzdata" // a small machine may have no zone files

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run())
}

// run is main with a result, so that deferred work is done before the exit.
func run() int { return runAt(clock()) }

// runAt runs the program by a clock.
func runAt(now func() time.Time) int { return runBy(now, sns{}, 0, 0) }

// garbage is how much of it there may be beside what is in use, in per cent, unless $GOGC
// says how much. The usual 100 makes sending 4 MB larger, of 48, and not to be felt faster.
const garbage = 50

// runBy runs it by a clock, with means of its own to reach Amazon's SNS, and with a lease and
// a size of chunks of its own unless these are zero.
func runBy(now func() time.Time, by sns, lease time.Duration, chunk int) int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal drains; the second one finds the default behaviour again.
	context.AfterFunc(ctx, stop)
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, env: os.Getenv, environ: os.Environ(), now: now,
		lease: lease, chunk: chunk, dns: net.DefaultResolver, sns: by, reload: new(atomic.Pointer[func()]),
	}
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	defer a.hangups(hangUp)()
	return a.execute(ctx, os.Args[1:])
}

// execute runs one command line and gives its exit status.
func (a *app) execute(ctx context.Context, args []string) int {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var e *exitError
	if !errors.As(err, &e) {
		// Cobra's own errors are all about how the command was called.
		e = &exitError{
			code: exitUsage, err: err,
			hint: `"vesper help" lists the commands, "vesper COMMAND --help" shows one`,
		}
	}
	a.say(e)
	return e.code
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "vesper",
		Short: "A news desk's evening post",
		Long: `Every evening Vesper picks the day's articles, sets their Quick Looks as one calm
email, and emails it once to every subscriber on its list.

Exit status:
  0  done
  1  failed: a check did not pass, an article is not in the house format
  2  wrong usage, configuration or argument
  3  nothing to do: no articles
  4  partly done: some recipients failed, are unknown or are not sent yet, or
     the edition is paused
  5  held, or another process is sending or has the database`,
		Example: `  vesper demo                     try it now, no set-up
  vesper init                     write a configuration
  vesper edition plan             what would be sent now
  vesper edition send             send it
  vesper serve                    send it every evening
  vesper status                   how it stands`,
		Args:          cobra.ArbitraryArgs,
		RunE:          does(verbNeeded),
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpCommand(helpCommand())
	root.PersistentFlags().StringVar(&a.configFile, "config", "",
		"configuration `FILE` (else $VESPER_CONFIG, ./vesper.toml, /etc/vesper/vesper.toml)")
	root.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "log more details")
	root.AddCommand(
		a.demoCommand(), a.initCommand(), a.serveCommand(), a.feedsCommand(), a.articlesCommand(), a.editionCommand(),
		a.subscribersCommand(), a.bouncesCommand(), a.keysCommand(), a.dkimCommand(), a.templatesCommand(), a.configCommand(),
		a.statusCommand(), a.reportCommand(), a.alarmsCommand(), a.doctorCommand(), a.backupCommand(),
		a.restoreCommand(), a.moveCommand(), a.drainCommand(), a.installServiceCommand(),
		a.benchCommand(), a.manCommand(), a.versionCommand(),
	)
	a.complete(root)
	walk(root, plainly)
	return root
}
