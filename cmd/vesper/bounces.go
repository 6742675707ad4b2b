package main

import (
	"cmp"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"vesper/subscribers"
	"vesper/subscribers/bounce"
)

func (a *app) bouncesCommand() *cobra.Command {
	return noun("bounces", "What comes back: failed deliveries, complaints, replies",
		"  vesper bounces list\n  vesper bounces explain returned.eml", a.bouncesReadCommand(),
		a.bouncesTestCommand(), a.bouncesExplainCommand(), a.bouncesListCommand(), a.bouncesApplyCommand(),
		a.bouncesDiscardCommand())
}

// returnedJSON is what a message says of one address, for -o json.
type returnedJSON struct {
	File       string `json:"file"`
	Kind       string `json:"kind"`
	MessageID  string `json:"message_id"`
	Address    string `json:"address"`
	Class      string `json:"class"`
	Cause      string `json:"cause"`
	Rule       string `json:"rule"`
	Action     string `json:"action"`
	Status     string `json:"status"`
	Reply      int    `json:"reply"`
	Diagnostic string `json:"diagnostic"`
	// Steps say in order how the message was read.
	Steps []string `json:"steps"`
}

func (a *app) bouncesExplainCommand() *cobra.Command {
	var out format
	cmd := &cobra.Command{
		Use: "explain FILE…", Short: "Tell what a message that came back means, rule by rule",
		Long: `Reads messages that came back, and tells for each address what it means for the list
and by which rule. Nothing is changed, and no configuration is needed.

  remove      the address is dead
  count       it is dead if this goes on: a full mailbox, a filter
  sender      we are refused, or what we sent; readers are not to blame
  wait        it may pass, or says nothing of the reader
  complaint   the reader wants no more
  ignore      it is no failure: a vacation note, a delivery that was done`,
		Example: "  vesper bounces explain returned.eml\n  vesper bounces explain -o json Maildir/new/*\n" +
			"  pbpaste | vesper bounces explain -",
		Args: cobra.MinimumNArgs(1),
		RunE: does(func(cmd *cobra.Command, args []string) error {
			var steps []string
			list := newLister(a.stdout, out, column{"FILE", "file", true}, column{"ADDRESS", "address", true},
				column{"CLASS", "class", false}, column{"CAUSE", "cause", false}, column{"STATUS", "status", false},
				column{"BY", "rule", true})
			for _, name := range args {
				report, err := a.readReturned(name)
				if err != nil {
					return err
				}
				steps = append(report.Steps, asked(report)...)
				if len(report.Recipients) == 0 {
					report.Recipients = []bounce.Recipient{{Rule: "it speaks of no delivery: a person's reply"}}
				}
				for _, r := range report.Recipients {
					class := ""
					if r.Cause != "" {
						class = string(r.Class())
					}
					object := returnedJSON{
						name, string(report.Kind), report.MessageID, r.Address, class, string(r.Cause), r.Rule, r.Action,
						r.Status, r.Reply, r.Diagnostic, report.Steps,
					}
					if err := list.row(object, name, r.Address, cmp.Or(class, string(report.Kind)), string(r.Cause), r.Status,
						r.Rule); err != nil {
						return err
					}
				}
			}
			if err := list.done(); err != nil || len(args) > 1 || out != "table" {
				return err
			}
			for _, step := range steps {
				a.tell("%s\n", step)
			}
			return nil
		}),
	}
	addFormat(cmd, &out)
	return cmd
}

// asked says of each address what the rules do, if it is proven that it is a reader's.
func asked(m bounce.Mail) (all []string) {
	for _, r := range m.Recipients {
		is := subscribers.Report{
			Class: r.Class(), Cause: r.Cause, Rule: r.Rule, Status: r.Status, Code: r.Reply, Diagnostic: r.Diagnostic,
		}
		if r.Behind != "" || r.Action == "delayed" {
			continue
		}
		if does := is.Asks(); does != "" {
			all = append(all, fmt.Sprintf("%s: if it is proven, %s", cmp.Or(r.Address, "no address"), does))
		}
	}
	return all
}

// readReturned reads one message; - is stdin.
func (a *app) readReturned(name string) (bounce.Mail, error) {
	in := io.Reader(a.stdin)
	if name != "-" {
		f, err := openInput(name)
		if err != nil {
			return bounce.Mail{}, err
		}
		defer f.Close()
		in = f
	}
	report, err := bounce.Read(in)
	if err != nil {
		if os.IsPermission(err) {
			return report, notRead(name, err)
		}
		return report, fmt.Errorf("%s: %w", name, err)
	}
	return report, nil
}
