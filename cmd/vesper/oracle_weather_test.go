package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"testing"
)

// weather is a fault of the oracle that meets everybody, from the line on its
// standard input that tells of it to the next such line:
//
//	weather POINT N WHAT   at every Nth time that a dialog comes to the point
//	weather                none
//
// The points are greeting, auth, mail, rcpt and data, before their replies; dot, a
// message that is read and not recorded; taken, one that is recorded and not
// answered; and session, the MAIL after N messages of a connection. WHAT is a reply;
// or fin or rst, which end the connection; or stall, which leaves it without a word
// until the weather changes, and then answers as usual. At taken no reply is to be
// asked for: it would be a lie.
type weather struct {
	point, what string
	every       int
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
	if n, err := fmt.Sscan(line, &w.point, &w.every, &w.what); n != 3 || w.every < 1 {
		log.Fatalf("oracle: the weather %q: %v", line, err)
	}
	_, w.what, _ = strings.Cut(line, fmt.Sprintf(" %d ", w.every))
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
	if w.point == "session" && point == "mail" {
		if d.carried < w.every {
			return "", nil
		}
		return w.what, w.over
	}
	if w.point != point {
		return "", nil
	}
	w.passed++
	if w.passed%w.every != 0 {
		return "", nil
	}
	return w.what, w.over
}

// has gives the oracle a weather; "" is a clear sky.
func (w *witness) has(t *testing.T, weather string) {
	t.Helper()
	if _, err := io.WriteString(w.in, strings.TrimSpace("weather "+weather)+"\n"); err != nil {
		t.Fatal(err)
	}
}
