package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// teller is a mail server that refuses at one command, in words that name addresses.
func teller(t *testing.T, refuses, reply string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go tells(c, refuses, reply)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

func tells(c net.Conn, refuses, reply string) {
	defer c.Close()
	say := func(verb, well string) {
		if verb == refuses {
			well = reply
		}
		fmt.Fprint(c, well+"\r\n")
	}
	say("", "220 ready")
	in := bufio.NewScanner(c)
	for data := false; in.Scan(); {
		verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " ")
		switch {
		case data && in.Text() == ".":
			data = false
			say(".", "250 kept")
		case data:
		case verb == "DATA":
			if data = refuses != "DATA"; data {
				fmt.Fprint(c, "354 go on\r\n")
				continue
			}
			say("DATA", "")
		case verb == "QUIT":
			fmt.Fprint(c, "221 bye\r\n")
			return
		default:
			say(verb, "250 well")
		}
	}
}

// TestNoAddressIsInALogOrAnAlarmWhateverTheRelaySays refuses at each command, and names
// the reader in each way in which servers do.
func TestNoAddressIsInALogOrAnAlarmWhateverTheRelaySays(t *testing.T) {
	t.Parallel()
	const names = `<reader0001@reader.example> <"reader 1"@reader.example> reader0001%40reader.example ` +
		`reader0001&#64;reader.example rfc822;reader0001@reader.example (evening@news.example) rejected`
	for step, code := range map[string]string{
		"MAIL": "550 5.7.1 ", "DATA": "554 5.7.1 ", ".": "554 5.7.1 ", "RCPT": "550 5.1.1 ", "": "554 5.7.0 ",
	} {
		t.Run("at "+step, func(t *testing.T) {
			t.Parallel()
			n := newNewsroom(t, 3)
			port := teller(t, step, code+names)
			text := strings.Replace(n.config(t), fmt.Sprint(n.port), fmt.Sprint(port), 1)
			n.write(t, "vesper.toml", text+"[alarms]\ncommand = [\"sh\", \"-c\", \"cat >>facts\"]\n")
			n.written(t, clockAt(t, "2030-01-01T12:00:00Z")())
			first := n.service(t, clockAt(t, "2030-01-01T12:00:00Z"))
			first.says(t, "msg=serving")
			first.ends(t)
			sending := n.service(t, clockAt(t, "2030-01-01T18:00:00Z"))
			if step == "" {
				sending.says(t, "detail=\"554")
			} else {
				sending.says(t, "edition paused")
			}
			sending.ends(t)
			// An edition is owed beyond its time too then.
			telling := n.service(t, clockAt(t, "2030-01-01T23:00:00Z"))
			telling.says(t, "alarm told")
			telling.ends(t)
			facts, err := os.ReadFile(filepath.Join(n.dir, "facts"))
			if err != nil {
				t.Fatal(err)
			}
			for where, is := range map[string]string{
				"the log": sending.String() + telling.String(), "an alarm": string(facts),
			} {
				for _, word := range []string{"reader.example", "news.example", "reader 1", "reader0001"} {
					if strings.Contains(is, word) {
						t.Errorf("%s names %s:\n%s", where, word, is)
					}
				}
			}
		})
	}
}
