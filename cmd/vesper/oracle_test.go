package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// oracle is an SMTP server in a process of its own, which misbehaves to order
// and knows what it has taken. TestMain makes it a command beside vesper.
//
// For each message that it has read whole it appends a line to its log, with one
// write(2) that has returned before it answers:
//
//	RECIPIENT MESSAGE-ID SHA-256-OF-THE-MESSAGE
//
// So what a client may rightly count as accepted is in the log, whoever is
// killed when. On its standard output it says "ready PORT", then "took LINE" for
// each line of the log, "met" for each connection and "refused" for each that it
// turns away. It ends with its standard input.
//
// Asked to stop at a point of the dialog it says "reached" when that is there for
// the so-manyth time, and leaves that one connection without a word until a line
// comes on its standard input. The points are mail, rcpt and data, the commands
// before their replies; dot, a message that is in the log and not answered; and
// answer, the reply to it that was written.
//
// The part of a recipient's name before the first dot may ask for a fault, as in
// rcpt450x2.17@reader.example:
//
//	rcptCODE, rcptCODExN  answer RCPT with CODE, always or N times
//	dotCODE, dotCODExN    the same after the final dot; nothing is recorded
//	mail421               answer the MAIL after this reader's message with 421
//	rst                   reset the connection at DATA, once
//	dotdrop               record the message, then close without an answer, once
//	dotdropx              read the message, record nothing, close, once
//	dotdrops              as dotdrop, always
//	rcptfin, rcptrst      close or reset the connection at RCPT, always
//	rcptmute              never answer RCPT, nor anything after it
//
// 571 stands for 550 with the enhanced code 5.7.1, and 421 ends the connection.
// The flags are faults that meet everybody, and so is the [weather], which a line
// on the standard input changes.
type oracle struct {
	auth535, mail550, greylist bool
	// hangUp closes after a refused MAIL.
	hangUp      bool
	connections int
	delay       time.Duration
	// greeting, ehlo and auth are what it says instead of the usual.
	greeting, ehlo, auth string
	// session is how many messages a connection carries, 0 any number. Then farewell
	// answers MAIL, or the connection is closed where that is empty.
	session  int
	farewell string
	// loses throws away what was sent together with a command.
	loses bool
	// stop is the point to stop at, at how often it is there before.
	stop string
	at   int

	log *os.File
	// goOn is closed when what was stopped may go on.
	goOn chan struct{}
	mu   sync.Mutex
	// tries counts how often each recipient was tried, open the connections and
	// passed the times that the dialogs came to the point.
	tries        map[string]int
	open, passed int
	// met counts the connections, taken the messages.
	met, taken int
	weather    weather
}

// runOracle is the oracle's main.
func runOracle() {
	o := &oracle{tries: map[string]int{}, goOn: make(chan struct{}), weather: newWeather("")}
	path := flag.String("log", "", "append what was taken to this `FILE`")
	flag.BoolVar(&o.auth535, "auth535", false, "answer AUTH with 535")
	flag.BoolVar(&o.mail550, "mail550", false, "answer MAIL with 550")
	flag.BoolVar(&o.hangUp, "hang-up", false, "close the connection after that 550")
	flag.BoolVar(&o.greylist, "greylist", false, "answer everybody's first RCPT with 450")
	flag.IntVar(&o.connections, "max-connections", 0,
		"greet no more than `N` connections at once, and the others with 421")
	flag.StringVar(&o.stop, "stop", "", "stop a connection at this `POINT`: mail, rcpt, data, dot or answer")
	flag.IntVar(&o.at, "at", 1, "stop there the `N`th time")
	flag.DurationVar(&o.delay, "delay", 0, "wait this long before each reply")
	flag.StringVar(&o.greeting, "greeting", "220 oracle.example ready", "greet with these lines")
	flag.StringVar(&o.ehlo, "ehlo", "250-oracle.example\n250-PIPELINING\n250-8BITMIME\n250-SMTPUTF8\n250-AUTH PLAIN\n"+
		"250 SIZE 50000000", "answer EHLO with these lines")
	flag.IntVar(&o.session, "session", 0, "take `N` messages over a connection")
	flag.StringVar(&o.farewell, "farewell", "", "answer MAIL with this from then on, and else close")
	flag.BoolVar(&o.loses, "loses", false, "lose what was sent together with a command")
	flag.StringVar(&o.auth, "auth", "235 2.7.0 welcome", "answer AUTH with these lines")
	flag.Parse()
	log.SetFlags(0)
	var err error
	if o.log, err = os.OpenFile(*path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready %d\n", l.Addr().(*net.TCPAddr).Port)
	go o.listen()
	for {
		conn, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go o.serve(conn.(*net.TCPConn))
	}
}

// enter counts a connection in, unless there are too many.
func (o *oracle) enter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.connections > 0 && o.open == o.connections {
		fmt.Println("refused")
		return false
	}
	o.open++
	return true
}

// count numbers a connection.
func (o *oracle) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.met++
	return o.met
}

func (o *oracle) leave() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.open--
}

// try counts a try of a recipient and gives how many there were before.
func (o *oracle) try(recipient string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tries[recipient]++
	return o.tries[recipient] - 1
}

// record makes a message known. Nothing is answered before it returns.
func (o *oracle) record(recipient, id string, sum []byte) {
	line := fmt.Sprintf("%s %s %s\n", recipient, id, hex.EncodeToString(sum))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken++
	if _, err := o.log.WriteString(line); err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.WriteString("took " + line); err != nil {
		log.Fatal(err)
	}
}

// reach notes that a dialog has come to a point, and stops there if it is to.
func (o *oracle) reach(point string) {
	if point != o.stop {
		return
	}
	o.mu.Lock()
	o.passed++
	here := o.passed == o.at
	o.mu.Unlock()
	if here {
		fmt.Println("reached")
		<-o.goOn
	}
}

// dialog is one connection.
type dialog struct {
	*oracle
	conn *net.TCPConn
	r    *bufio.Reader
	w    *bufio.Writer
	// mailed and to are the transaction's; before is how often to was tried.
	mailed bool
	to     string
	fault  fault
	before int
	// number is the connection's, from 1.
	number int
	// spent says that the next MAIL is answered with 421. carried counts messages.
	spent   bool
	carried int
}

var errOver = errors.New("the connection is over")

func (o *oracle) serve(conn *net.TCPConn) {
	defer conn.Close()
	fmt.Println("met")
	d := &dialog{oracle: o, conn: conn, r: bufio.NewReaderSize(conn, 64<<10), w: bufio.NewWriter(conn)}
	if !o.enter() {
		d.say("421 4.7.0 too many connections")
		return
	}
	defer o.leave()
	d.number = o.count()
	err := d.meet("greeting")
	if err == nil {
		err = d.say(d.greeting)
	}
	for err == nil || errors.Is(err, errSaid) {
		var line string
		if line, err = d.r.ReadString('\n'); err == nil {
			if d.loses {
				d.r.Discard(d.r.Buffered())
			}
			err = d.command(strings.TrimRight(line, "\r\n"))
		}
	}
}

// say answers, at once unless more commands lie here (RFC 2920 3.2). A 421 ends
// the connection.
func (d *dialog) say(reply string) error {
	if d.delay > 0 {
		<-time.After(d.delay)
	}
	d.w.WriteString(strings.ReplaceAll(reply, "\n", "\r\n") + "\r\n")
	over := strings.HasPrefix(reply, "421")
	if d.r.Buffered() == 0 || over {
		if err := d.w.Flush(); err != nil {
			return err
		}
	}
	if over {
		return errOver
	}
	return nil
}

func (d *dialog) command(line string) error {
	verb, _, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO", "HELO":
		return d.say(d.ehlo)
	case "AUTH":
		if d.auth535 {
			return d.say("535 5.7.8 these credentials are not ours")
		}
		if err := d.meet("auth"); err != nil {
			return err
		}
		return d.say(d.auth)
	case "MAIL":
		return d.mail()
	case "RCPT":
		d.reach("rcpt")
		return d.rcpt(line)
	case "DATA":
		d.reach("data")
		return d.data()
	case "RSET", "NOOP":
		d.mailed, d.to = false, ""
		return d.say("250 2.0.0 ok")
	case "QUIT":
		d.say("221 2.0.0 goodbye")
		return errOver
	}
	return d.say("500 5.5.1 what?")
}

// message reads up to the final dot and gives the Message-ID and the SHA-256 of
// the octets, the dots unstuffed (RFC 5321 4.5.2).
func (d *dialog) message() (id string, sum []byte, err error) {
	h, header, start := sha256.New(), true, true
	for {
		line, err := d.r.ReadString('\n')
		if err != nil {
			return "", nil, err
		}
		if start && line == ".\r\n" {
			return id, h.Sum(nil), nil
		}
		if start {
			line = strings.TrimPrefix(line, ".")
		}
		start = strings.HasSuffix(line, "\r\n")
		io.WriteString(h, line)
		header = header && line != "\r\n"
		if name, value, _ := strings.Cut(line, ":"); header && strings.EqualFold(name, "Message-ID") {
			id = strings.TrimSpace(value)
		}
	}
}
