package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vesper/digest"
	"vesper/subscribers"
)

func (a *app) bouncesTestCommand() *cobra.Command {
	var dryRun bool
	within := subscribers.TestWithin
	cmd := &cobra.Command{
		Use: "test", Short: "Send a message to ourselves, and see whether it is heard",
		Long: `Sends two messages through the relay: to a return path, and to an address that readers
write to to leave. Then it waits until each has come in by a door, or says where it stuck.
Only while the last test of it came back do editions offer to leave by mail.

Where nothing takes what comes back yet, start "vesper serve" with listen in [bounces], or
have your mail server pipe it to "vesper bounces read". It ends with 1 if one did not come.`,
		Example: "  vesper bounces test", Args: cobra.NoArgs,
		RunE: a.inHouse(func(cmd *cobra.Command, h *house, _ []string) error {
			if err := a.mayLeave(h, dryRun); err != nil {
				return err
			}
			if within <= 0 || within > subscribers.TestWithin {
				return usage(fmt.Errorf("--within %s: it is more than 0 and at most %s", within, subscribers.TestWithin), "")
			}
			if dryRun {
				for _, address := range []string{h.config.Delivery.ReturnPath, h.config.LeaveBy()} {
					a.print("would be sent to %s\n", nameless(address))
				}
				return nil
			}
			return a.testBounces(cmd.Context(), h, within)
		}),
	}
	cmd.Flags().BoolVarP(&dryRun, "dry-run", "n", false, "only show where the messages would go")
	cmd.Flags().DurationVar(&within, "within", within, "wait so long at most, as a `DURATION`")
	return cmd
}

// nameless gives an address without its token, to be printed.
func nameless(address string) string { return strings.Replace(address, "{token}", "…", 1) }

// trip is a message to ourselves on its way.
type trip struct {
	number  uint64
	address string
	letter  digest.Letter
}

func (a *app) testBounces(ctx context.Context, h *house, within time.Duration) error {
	key, err := h.list.SigningKey(ctx)
	if err != nil {
		return err
	}
	var trips []trip
	var letters []digest.Letter
	for _, address := range []string{h.config.Delivery.ReturnPath, h.config.LeaveBy()} {
		t, err := a.newTrip(h, key, address)
		if err != nil {
			return err
		}
		if err := h.tests.Sent(ctx, t.number, address, a.now()); err != nil {
			return err
		}
		trips, letters = append(trips, t), append(letters, t.letter)
	}
	began := a.now()
	m, err := h.publisher.Mail(ctx, letters, a.hand(h, "it mails the test"))
	if err != nil {
		return err
	}
	if m.Stopped.Class != "" {
		a.tell("%s\n", h.relayStopped(m.Stopped))
	}
	var failed error
	for i, t := range trips {
		said, ok, err := a.cameBack(ctx, h, t, m.Letters[i], began.Add(within))
		if err != nil {
			return err
		}
		a.print("%s  %s\n", nameless(t.address), said)
		switch {
		case ok:
		case m.Letters[i].Step != digest.Sent:
			failed = &exitError{exitFailed, nil, `"vesper doctor relay" says what is wrong with the relay`}
		default:
			failed = &exitError{exitFailed, nil, "your mail server must bring what comes for " + h.ourDomains()[0] +
				` to a door of this Vesper: see "What comes back" in README`}
		}
	}
	return failed
}

// newTrip writes a message to ourselves. A report about it comes to a return path that has
// its token too.
func (a *app) newTrip(h *house, key subscribers.Key, address string) (trip, error) {
	var b [8]byte
	rand.Read(b[:])
	// The database has numbers of 63 bits.
	t := trip{number: binary.BigEndian.Uint64(b[:]) >> 1, address: address}
	token, at := key.Test(t.number), a.now().Truncate(time.Second)
	to := strings.Replace(address, "{token}", token, 1)
	message := strings.Join([]string{
		"From: " + h.renderer.Sender(), "To: " + to, "Subject: Vesper tests whether what comes back is heard",
		"Date: " + at.UTC().Format(time.RFC1123Z),
		"Message-ID: <test." + rand.Text() + to[strings.LastIndexByte(to, '@'):] + ">",
		"Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii", "",
		"Vesper sent this to itself. Nobody needs to do anything about it.", "",
	}, "\r\n")
	if signer := h.publisher.Signer; signer != nil {
		signature, err := signer.Sign([]byte(message), at)
		if err != nil {
			return t, err
		}
		message = string(signature) + message
	}
	t.letter = digest.Letter{
		Kind: digest.Proof, Address: to, Bytes: []byte(message),
		ReturnPath: strings.Replace(h.config.Delivery.ReturnPath, "{token}", token, 1),
	}
	return t, nil
}

// lookEvery is how often it is looked whether a test came in.
const lookEvery = 200 * time.Millisecond

// cameBack waits for a test, and says how it came in or where it stuck.
func (a *app) cameBack(ctx context.Context, h *house, t trip, posted digest.PostedLetter, until time.Time,
) (said string, ok bool, err error) {
	if posted.Step == digest.Failed {
		return "not accepted by the relay: " + strings.TrimSpace(posted.Reply), false, nil
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		is, err := h.tests.Test(ctx, t.number)
		switch {
		case err != nil && !errors.Is(err, digest.ErrNotFound):
			return "", false, err
		case is.Passed():
			return fmt.Sprintf("came back after %s by %s", is.Came.Sub(is.Sent).Round(time.Second), is.Door), true, nil
		case is.Failed != "":
			return fmt.Sprintf("did not come, but by %s a report that it failed: %s", is.Door, is.Failed), false, nil
		case !a.now().Before(until):
			return stuck(posted), false, nil
		}
		select {
		case <-ctx.Done():
			return "", false, ctx.Err()
		case <-look.C:
		}
	}
}

// stuck says how far a test came that did not come in.
func stuck(posted digest.PostedLetter) string {
	if posted.Step != digest.Sent {
		return "not accepted by the relay yet" + prefixed(": ", strings.TrimSpace(posted.Reply))
	}
	return fmt.Sprintf("accepted by the relay (%s), but it came to no door that knows its token",
		strings.TrimSpace(posted.Reply))
}
