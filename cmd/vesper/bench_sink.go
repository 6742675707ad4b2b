package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vesper/digest/mailbox"
)

// sinkFlags say how a sink is.
type sinkFlags struct {
	rtt, accept time.Duration
	tls         bool
}

func (f *sinkFlags) addTo(flags *pflag.FlagSet) {
	flags.DurationVar(&f.rtt, "rtt", 0, "let a round trip to the sink take so `LONG`, half of it each way")
	flags.DurationVar(&f.accept, "accept", 0, "let the sink take so `LONG` to accept a message")
	flags.BoolVar(&f.tls, "tls", false, "let the sink offer STARTTLS, and send over TLS")
}

func (f *sinkFlags) check() error {
	if longest := 10 * time.Second; f.rtt < 0 || f.accept < 0 || f.rtt > longest || f.accept > longest {
		return usage(fmt.Errorf("--rtt and --accept are from 0s to %s", longest), "")
	}
	return nil
}

// arguments gives the flags as a command line has them.
func (f *sinkFlags) arguments() []string {
	return []string{"--rtt", f.rtt.String(), "--accept", f.accept.String(), fmt.Sprintf("--tls=%t", f.tls)}
}

// sinkJSON is what a sink says of itself: where it listens, then what it has counted.
type sinkJSON struct {
	Address string       `json:"address,omitempty"`
	Counts  *countedJSON `json:"counts,omitempty"`
}

type countedJSON struct {
	Messages    int64   `json:"messages"`
	Octets      int64   `json:"octets"`
	Connections int64   `json:"connections"`
	Stalls      int64   `json:"stalls_over_20ms"`
	Longest     float64 `json:"longest_wait_ms"`
}

func (a *app) benchSinkCommand() *cobra.Command {
	var f sinkFlags
	var listen string
	var out format
	var attended bool
	cmd := &cobra.Command{
		Use:   "sink",
		Short: "Take mail and only count it, until Ctrl-C",
		Long: `Takes all mail over SMTP and keeps none of it: it only counts. It listens on this
machine alone. "vesper bench" starts one by itself; one that was started by hand is
named with --relay, or is sent to with another program.

--rtt and --accept delay each connection by itself, and limit nothing: what is sent
meanwhile is on the way too.`,
		Example: `  vesper bench sink
  vesper bench sink --listen 127.0.0.1:2525 --rtt 10ms --accept 5ms
  smtp-source -d -s 16 -m 10000 -l 50000 127.0.0.1:2525`,
		Args: cobra.NoArgs,
		RunE: does(func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if err := f.check(); err != nil {
				return err
			}
			if attended {
				// Whoever started it has its other end: it ends with them.
				var leave context.CancelFunc
				ctx, leave = context.WithCancel(ctx)
				defer leave()
				go func() { io.Copy(io.Discard, a.stdin); leave() }()
			}
			return a.benchSink(ctx, f, listen, out)
		}),
	}
	f.addTo(cmd.Flags())
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:2525", "listen at this `ADDR` of this machine")
	cmd.Flags().BoolVar(&attended, "attended", false, "end when stdin ends")
	cmd.Flags().MarkHidden("attended")
	addJSON(cmd, &out)
	return cmd
}

func (a *app) benchSink(ctx context.Context, f sinkFlags, listen string, out format) error {
	l, err := mailbox.Listen(listen)
	if err != nil {
		return usage(fmt.Errorf("--listen: %w", err), "give an address of this machine, such as 127.0.0.1:2525")
	}
	s := &mailbox.Sink{RTT: f.rtt, Accept: f.accept, Log: a.quiet()}
	if f.tls {
		if s.TLS, err = sinkTLS(time.Now()); err != nil {
			return err
		}
	}
	a.tell("taking mail at %s and only counting it; Ctrl-C ends it\n", l.Addr())
	if out == "json" {
		if err := newEncoder(a.stdout).Encode(sinkJSON{Address: l.Addr().String()}); err != nil {
			return err
		}
	}
	if err := s.Serve(ctx, l); err != nil {
		return err
	}
	n := s.Counts()
	if out == "json" {
		return newEncoder(a.stdout).Encode(sinkJSON{Counts: &countedJSON{
			n.Messages, n.Octets, n.Connections, n.Stalls, milliseconds(n.Longest),
		}})
	}
	return a.print("%s, %d octets, over %s; the sink waited more than %s for a sender %s\n",
		count(int(n.Messages), "message"), n.Octets, count(int(n.Connections), "connection"), mailbox.Stall,
		count(int(n.Stalls), "time"))
}

// sinkTLS makes a certificate for this machine, which is gone with the process.
func sinkTLS(now time.Time) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vesper bench sink"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(7 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12,
	}, nil
}

var errNoSink = errors.New("is not a sink of the bench: nothing is sent to it")
