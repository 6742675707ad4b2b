package main

import (
	"bufio"
	"errors"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"testing"
)

// weather is a fault of the oracle that meets everybody, from the line on its
// standard input that tells of it to the next such line:
//
//	weather POINT N WHAT    at every Nth time that a dialog comes to the point
//	weather POINT +N WHAT   at every time after N messages were taken
//	weather                 none
//
// The points are greeting, auth, mail, rcpt and data, before their replies; dot, a
// message that is read and not recorded; taken, one that is recorded and not
// answered; session, the MAIL after N messages of a connection; backend, each RCPT over
// every Nth connection; and dead, all before the message. WHAT is a reply, or several in turn with "; " between them;
// or fin or rst, which end the connection; or stall, which leaves it without a word
// until the weather changes, and then answers as usual. At taken no reply is to be
// asked for: it would be a lie.
type weather struct {
	point string
	what  []string
	every int
	// after says that every is how many are to be taken first.
	after bool
	// passed counts the times that dialogs came to the point.
	passed int
	// over is closed when the weather changes.
	over chan struct{}
}

// newWeather reads what stands behind the word in the line.
func newWeather(line string) weather {
	w := weather{over: make(chan struct{})}
	if line == "" {
		return w
	}
	words := strings.SplitN(line, " ", 3)
	if len(words) < 3 {
		log.Fatalf("oracle: the weather %q", line)
	}
	var err error
	if w.every, err = strconv.Atoi(words[1]); err != nil || w.every < 0 {
		log.Fatalf("oracle: the weather %q: %v", line, err)
	}
	w.point, w.what, w.after = words[0], strings.Split(words[2], "; "), words[1][0] == '+'
	return w
}

// listen does what the lines of the standard input say, and ends with it.
func (o *oracle) listen() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		what, rest, _ := strings.Cut(in.Text(), " ")
		switch what {
		case "go":
			close(o.goOn)
		case "weather":
			o.mu.Lock()
			close(o.weather.over)
			o.weather = newWeather(rest)
			o.mu.Unlock()
		default:
			log.Fatalf("oracle: told %q", in.Text())
		}
	}
	os.Exit(0)
}

// errSaid says that the weather has answered.
var errSaid = errors.New("it is answered")

// meet lets the weather have its way with a dialog that is at a point. Without an
// error the dialog goes on as usual.
func (d *dialog) meet(point string) error {
	what, over := d.strikes(point)
	switch what {
	case "":
		return nil
	case "stall":
		d.w.Flush()
		<-over
		return nil
	case "fin":
		d.w.Flush()
		return errOver
	case "rst":
		d.conn.SetLinger(0)
		return errOver
	}
	if err := d.say(what); err != nil {
		return err
	}
	return errSaid
}

// strikes says what the weather does to a dialog at a point, and until when.
func (d *dialog) strikes(point string) (what string, over <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w := &d.weather
	switch w.point {
	case "session":
		if point != "mail" || d.carried < w.every {
			return "", nil
		}
	case "backend":
		if point != "rcpt" || d.number%w.every != 0 {
			return "", nil
		}
	case point, "dead":
		w.passed++
		spared := w.point == "dead" && (point == "dot" || point == "taken")
		if spared || w.after && d.taken < w.every || !w.after && w.passed%w.every != 0 {
			return "", nil
		}
	default:
		return "", nil
	}
	return w.what[w.passed%len(w.what)], w.over
}

// has gives the oracle a weather; "" is a clear sky.
func (w *witness) has(t *testing.T, weather string) {
	t.Helper()
	if _, err := io.WriteString(w.in, strings.TrimSpace("weather "+weather)+"\n"); err != nil {
		t.Fatal(err)
	}
}
