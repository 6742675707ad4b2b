package exchange

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// census is what stands in the columns of a whole file.
type census struct{ columns []tally }

// tally counts the values of a column.
type tally struct {
	// addresses says that one is among them, at that one has an @.
	addresses, at bool
	// blank, flags, dates and others are how many are nothing; yes, no, 0, 1 or a word
	// such as active; dates; and anything else. numbers are the flags among them that
	// are 0 or 1.
	blank, flags, numbers, dates, others int
	// leaving are the words of leaving, up to a few.
	leaving []string
	known   map[string]kind
}

// kind is what a value may mean.
type kind int

const (
	otherValue kind = iota
	blankValue
	flagValue
	numberValue
	dateValue
	leavingValue
)

const (
	// longestWord is that of a value which is looked up as a word, in octets.
	longestWord = 64
	// remembered is how many values of a column are.
	remembered = 1000
)

// take counts the rows of a table, and refuses what no table has.
func (p *Part) take(width int) (*census, error) {
	text, err := p.open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p.Name, err)
	}
	defer text.Close()
	c := &census{columns: make([]tally, width)}
	in := newRecords(decode(text), p.comma)
	for n := 0; ; n++ {
		rec, err := in.next()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", p.Name, err)
		}
		if err := p.whole(rec); err != nil {
			return nil, err
		}
		if n < p.head {
			continue
		}
		if p.rows++; rec.problem != "" {
			continue
		}
		for i := range min(width, len(rec.fields)) {
			c.columns[i].add(trim(rec.fields[i]))
		}
	}
}

// whole refuses a file with a row that is several, since their lines end in CR alone.
func (p *Part) whole(rec record) error {
	text, quoted := strings.TrimRight(rec.text, "\r"), false
	if strings.Contains(text, "\x00") {
		return fmt.Errorf("%s:%d: it is not text: it has NUL characters", p.Name, rec.line)
	}
	if !strings.Contains(text, "\r") {
		return nil
	}
	for _, r := range text {
		switch {
		case r == '"' && p.comma != 0 && rec.problem == "":
			quoted = !quoted
		case r == '\r' && !quoted:
			return fmt.Errorf("%s:%d: its lines end in CR only, as old Macs wrote them: save it again",
				p.Name, rec.line)
		}
	}
	return nil
}

func (t *tally) add(value string) {
	if value == "" {
		t.blank++
		return
	}
	if !t.addresses && strings.Contains(value, "@") {
		t.at = true
		_, _, err := mailbox(value)
		t.addresses = err == nil
	}
	if len(value) > longestWord || strings.Contains(value, "@") {
		t.others++
		return
	}
	is, ok := t.known[value]
	if !ok {
		if is = kindOf(value); is == leavingValue && len(t.leaving) < remembered {
			t.leaving = append(t.leaving, value)
		}
		if t.known == nil {
			t.known = map[string]kind{}
		}
		if len(t.known) < remembered {
			t.known[value] = is
		}
	}
	switch is {
	case blankValue:
		t.blank++
	case numberValue:
		t.numbers++
		t.flags++
	case flagValue:
		t.flags++
	case dateValue:
		t.dates++
	default:
		t.others++
	}
}

func kindOf(value string) kind {
	word := fold(value)
	if _, ok := leavingWords[word]; ok {
		return leavingValue
	}
	switch word {
	case "", "null", "none", "nil", "never", "na":
		return blankValue
	case "0", "1":
		return numberValue
	}
	if _, ok := answerWords[word]; ok {
		return flagValue
	}
	if _, ok := tableWords[word]; ok {
		return flagValue
	}
	switch {
	case (value[0] == '0' || value[0] == '-') && noDate.MatchString(value):
		return blankValue
	case strings.ContainsAny(value, "-./: ") && date.MatchString(value):
		return dateValue
	}
	return otherValue
}

// meaning says what the values may have to do with leaving, "" if nothing, and gives a
// word of leaving among them. Values that the admin explained don't count. A known
// program has columns for who left, so that dates in another mean something else.
func (t *tally) meaning(left []Left, known bool) (why, word string) {
	explained := func(value string) bool {
		for _, l := range left {
			if l.is(value) {
				return true
			}
		}
		return false
	}
	for _, word := range t.leaving {
		if !explained(word) {
			return fmt.Sprintf("it has %q", oneLine(word)), oneLine(word)
		}
	}
	filled := t.flags + t.dates + t.others
	switch {
	case filled == 0 || len(left) > 0:
		return "", ""
	case t.others == 0 && t.flags > 0, (t.flags-t.numbers)*2 >= filled && t.flags > t.numbers:
		return "it says yes or no", ""
	case t.others == 0 && t.blank > 0 && !known:
		return "some rows have a date in it", ""
	}
	return "", ""
}
