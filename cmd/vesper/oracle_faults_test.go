package main

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// fault is what a recipient's name asks for; see [oracle].
type fault struct {
	// at is rcpt, dot, mail, rst, dotdrop, dotdropx, rcptfin, rcptrst, rcptmute or
	// dotdrops; empty means none.
	at   string
	code int
	// times is how often; 0 means always.
	times int
}

var faultName = regexp.MustCompile(
	`^(?:(rcpt|dot|mail)([45]\d\d)(?:x(\d+))?|(rst|dotdrop[xs]?|rcpt(?:fin|rst|mute)))\.`)

func faultOf(recipient string) fault {
	m := faultName.FindStringSubmatch(recipient)
	switch {
	case m == nil:
		return fault{}
	case m[4] == "dotdrops", strings.HasPrefix(m[4], "rcpt"):
		return fault{at: m[4]}
	case m[4] != "":
		return fault{at: m[4], times: 1}
	}
	f := fault{at: m[1]}
	f.code, _ = strconv.Atoi(m[2])
	f.times, _ = strconv.Atoi(m[3])
	return f
}

// now says whether the fault strikes here, after so many tries before.
func (f fault) now(at string, before int) bool {
	return f.at == at && (f.times == 0 || before < f.times)
}

// reply is the answer of a fault that has a code.
func (f fault) reply() string {
	switch f.code {
	case 421:
		return "421 4.3.2 closing"
	case 550:
		return "550 5.1.1 no such reader here"
	case 571:
		return "550 5.7.1 refused by policy"
	}
	class := f.code / 100
	return strconv.Itoa(f.code) + " " + strconv.Itoa(class) + ".2.0 not as it should be"
}

func (d *dialog) mail() error {
	d.reach("mail")
	if err := d.meet("mail"); err != nil {
		return err
	}
	switch {
	case d.session > 0 && d.carried >= d.session:
		fmt.Println("ended")
		if d.farewell == "" {
			return errOver
		}
		return d.say(d.farewell)
	case d.spent:
		return d.say("421 4.3.2 this connection has carried enough")
	case d.mail550:
		return d.refuseSender()
	}
	d.mailed, d.to = true, ""
	return d.say("250 2.1.0 ok")
}

// refuseSender answers MAIL when nobody may send.
func (d *dialog) refuseSender() error {
	err := d.say("550 5.7.1 this sender may not send here")
	if err != nil || !d.hangUp {
		return err
	}
	// The reply must not wait for those to the commands that came with MAIL.
	return cmp.Or(d.w.Flush(), errOver)
}

func (d *dialog) rcpt(line string) error {
	_, rest, _ := strings.Cut(line, "<")
	to, _, ok := strings.Cut(rest, ">")
	if !ok || !d.mailed {
		return d.say("503 5.5.1 not now")
	}
	f, before := faultOf(to), d.try(to)
	if err := d.meet("rcpt"); err != nil {
		return err
	}
	switch {
	case d.greylist && before == 0:
		return d.say("450 4.7.1 greylisted, come again")
	case f.now("rcpt", before):
		return d.say(f.reply())
	case strings.HasPrefix(f.at, "rcpt") && f.code == 0:
		return d.breakOff(f)
	}
	d.to, d.fault, d.before = to, f, before
	return d.say("250 2.1.5 ok")
}

func (d *dialog) data() error {
	f, to := d.fault, d.to
	if to == "" {
		return d.say("554 5.5.1 no valid recipients")
	}
	if f.now("rst", d.before) {
		d.conn.SetLinger(0)
		return errOver
	}
	if err := d.meet("data"); err != nil {
		return err
	}
	if err := d.say("354 go on"); err != nil {
		return err
	}
	id, sum, err := d.message()
	if err != nil {
		return err
	}
	d.mailed, d.to = false, ""
	if err := d.meet("dot"); err != nil {
		return err
	}
	switch {
	case f.now("dot", d.before):
		return d.say(f.reply())
	case f.now("dotdropx", d.before):
		return errOver
	}
	d.record(to, id, sum)
	d.carried++
	d.reach("dot")
	if err := d.meet("taken"); err != nil {
		return err
	}
	if f.now("dotdrop", d.before) || f.at == "dotdrops" {
		return errOver
	}
	d.spent = f.at == "mail"
	if err := d.say("250 2.0.0 queued as " + strings.Trim(id, "<>")); err != nil {
		return err
	}
	d.reach("answer")
	return nil
}

// breakOff does not answer RCPT. What was answered before it is flushed.
func (d *dialog) breakOff(f fault) error {
	if err := d.w.Flush(); err != nil {
		return err
	}
	switch f.at {
	case "rcptrst":
		d.conn.SetLinger(0)
	case "rcptmute":
		// The client's end of the connection ends the read.
		io.Copy(io.Discard, d.r)
	}
	return errOver
}
