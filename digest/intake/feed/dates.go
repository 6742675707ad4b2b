package feed

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Date reads a date as publishers write it: RFC 3339, RFC 2822 and what they make of
// them in several languages. A time without a zone is UTC's; a day without a time begins
// at midnight. It is zero where the text is no date: a wrong time would print a story on
// the wrong day.
func Date(s string) time.Time {
	s = strings.ToLower(strings.TrimSpace(withoutComments(s)))
	if s == "" || len(s) > 100 {
		return time.Time{}
	}
	var d date
	if m := iso().FindStringSubmatch(s); m != nil {
		d.year, d.month, d.day = year(m[1][:len(m[1])-1]), number(m[2]), 1
		if d.month == 0 {
			d.month = months[prefix(m[2])]
		}
		if m[3] != "" {
			d.day = number(m[3])
		}
		s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(s, m[0]), "t"))
		if m[3] == "" && s != "" {
			return time.Time{}
		}
	}
	if !d.read(s) {
		return time.Time{}
	}
	return d.time()
}

// iso is a day, or a month, with the year first. A month may be a word.
var iso = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(\d{4}[-/]|\d{2}-)(\d{1,3}|\p{L}{3,12})(?:[-/](\d{1,2}))?(?:$|[t ]|\b)`)
})

// tokens are the parts of a date: a time, an offset, a day in one word, a number, a word.
var tokens = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:$|[^:\d])|` +
		`(?:gmt|utc)?([+-])(\d{1,2}):?(\d{2})(?:$|[^\d])|` +
		`(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})|(\d+)(?:st|nd|rd|th)?|([\p{L}/]+))`)
})

// date is what was read of a date.
type date struct {
	year, month, day       int
	hour, minute, second   int
	fraction               string
	timed, half, pm, zoned bool
	offset                 int
	place                  *time.Location
	// numbers are those of which it is not known yet what they are, words how many
	// words were read; first says that the month was the first thing of all.
	numbers []int
	words   int
	first   bool
}

// read reads the parts of a date one after another, and says whether each was one.
func (d *date) read(s string) bool {
	for s != "" {
		if r := s[0]; r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == ',' || r == '.' || r == '-' && !sign(s) {
			s = s[1:]
			continue
		}
		m := tokens().FindStringSubmatchIndex(s)
		if m == nil {
			return false
		}
		part := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return s[m[2*n]:m[2*n+1]]
		}
		ok, end := true, m[1]
		switch {
		case part(1) != "":
			ok = !d.timed
			d.timed, d.hour, d.minute, d.second, d.fraction = true, number(part(1)), number(part(2)), number(part(3)), part(4)
			end = m[2*2+1]
			for _, n := range []int{3, 4} {
				if m[2*n] >= 0 {
					end = m[2*n+1]
				}
			}
		case part(5) != "":
			end = m[2*7+1]
			d.zoned, d.offset = true, 60*(60*number(part(6))+number(part(7)))
			if part(5) == "-" {
				d.offset = -d.offset
			}
			ok = number(part(6)) <= 15 && number(part(7)) < 60
		case part(8) != "":
			d.month, d.day, d.year = number(part(8)), number(part(9)), year(part(10))
			if d.month > 12 {
				d.month, d.day = d.day, d.month
			}
		case part(11) != "":
			d.numbers = append(d.numbers, number(part(11)))
		default:
			ok = d.word(part(12))
		}
		if !ok {
			return false
		}
		s = s[end:]
	}
	return true
}

// sign says whether a hyphen begins an offset and is none between two words.
func sign(s string) bool {
	return len(s) > 2 && '0' <= s[1] && s[1] <= '9' && '0' <= s[2] && s[2] <= '9'
}

// word reads a month, a zone, or half of a day. The first word may be any: it is a day of
// the week in some language.
func (d *date) word(w string) bool {
	d.words++
	switch {
	case w == "am", w == "pm":
		d.half, d.pm = true, w == "pm"
	case w == "오전", w == "오후":
		d.half, d.pm, d.place = true, w == "오후", zone("kst")
	case w == "t" && d.month > 0:
	case months[prefix(w)] > 0 && zones[w] == 0 && (d.month == 0 || d.first):
		// "mar." is a Tuesday too, where another month follows.
		d.month, d.first = months[prefix(w)], d.words == 1 && len(d.numbers) == 0
	case zone(w) != nil && (d.timed || len(w) > 1 && d.month > 0):
		if !d.zoned {
			d.place = zone(w)
		}
	default:
		return d.words == 1 && d.month == 0 && len(d.numbers) == 0
	}
	return true
}

// time puts the parts together.
func (d *date) time() time.Time {
	if d.year == 0 && !d.fromNumbers() {
		return time.Time{}
	} else if d.year != 0 && d.month != 0 && d.day == 0 {
		d.day = 1
	}
	if d.half {
		if d.hour == 0 || d.hour > 12 {
			return time.Time{}
		}
		d.hour %= 12
		if d.pm {
			d.hour += 12
		}
	}
	if d.month < 1 || d.month > 12 || d.day < 1 || d.hour > 24 || d.minute > 59 || d.second > 59 {
		return time.Time{}
	}
	place := d.place
	if place == nil {
		place = time.FixedZone("", d.offset)
	}
	t := time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, d.nanoseconds(), place)
	if t.In(place).Day() != d.day && d.hour < 24 {
		return time.Time{} // the 31st of a month that has 30
	}
	return t.UTC()
}

// fromNumbers takes day, month and year from what stands without a word for the month:
// "23 Jun 2023", "Jun 23, 2023", "11 04 2020" (the day first), "Nov. 2020".
func (d *date) fromNumbers() bool {
	n := d.numbers
	switch {
	case d.month > 0 && len(n) == 1:
		d.day, d.year = 1, n[0]
	case d.month > 0 && len(n) == 2:
		d.day, d.year = n[0], yearOf(n[1])
		if n[0] > 31 {
			d.day, d.year = n[1], n[0]
		}
	case len(n) == 3:
		d.day, d.month, d.year = n[0], n[1], yearOf(n[2])
	default:
		return false
	}
	return d.year >= 1970 && d.year < 10000
}

func (d *date) nanoseconds() int {
	n, _ := strconv.Atoi((d.fraction + "000000000")[:9])
	return n
}

// withoutComments leaves out what stands in parentheses (RFC 5322 3.2.2).
func withoutComments(s string) string {
	if !strings.ContainsRune(s, '(') {
		return s
	}
	var b strings.Builder
	deep := 0
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && deep > 0:
			escaped = true
		case r == '(':
			deep++
			b.WriteByte(' ')
		case r == ')' && deep > 0:
			deep--
		case deep == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
