package exchange

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vesper/subscribers"
)

// sampled is how many rows we look at to find the column with the addresses.
const sampled = 50

// recognise finds out from its first rows what the text is.
func (p *Part) recognise() error {
	p.Remark = p.seen.encoding()
	if p.seen.cr && p.seen.lines == 0 && !p.seen.wide {
		return fmt.Errorf("%s: its lines end in CR alone, which nobody has written for twenty years: save it anew",
			p.Name)
	}
	sample, err := p.sample(0)
	if err != nil {
		return err
	}
	if len(sample) == 0 {
		return fmt.Errorf("%s has no line that says anything", p.Name)
	}
	first := sample[0].text
	if strings.HasPrefix(first, `{"address":`) {
		p.Format, p.Title, p.json = Vesper, "Vesper's own export, JSON", true
		return nil
	}
	if after, ok := strings.CutPrefix(strings.ToLower(first), "sep="); ok && len(after) == 1 &&
		strings.ContainsAny(after, ",;\t") {
		p.head, p.comma = 1, rune(after[0])
	} else {
		p.comma = separator(first)
	}
	rows, err := p.sample(p.comma)
	if err != nil {
		return err
	}
	if rows = rows[min(p.head, len(rows)):]; len(rows) == 0 {
		return fmt.Errorf("%s has no line that says anything", p.Name)
	}
	return p.read(rows)
}

// sample gives the first rows. The caller may keep them.
func (p *Part) sample(comma rune) ([]record, error) {
	text, err := p.open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", p.Name, err)
	}
	defer text.Close()
	var all []record
	for r := newRecords(decode(text), comma); len(all) < sampled; {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", p.Name, err)
		}
		rec.fields = slices.Clone(rec.fields)
		all = append(all, rec)
	}
	return all, nil
}

// separator gives the separator that stands most often in a header.
func separator(header string) rune {
	best, most := ',', 0
	quoted := false
	counts := map[rune]int{}
	for _, r := range header {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[r]++
		}
	}
	for _, r := range ",;\t" {
		if counts[r] > most {
			best, most = r, counts[r]
		}
	}
	return best
}

// read finds from the first rows which table, or list, the text is.
func (p *Part) read(rows []record) error {
	header := rows[0]
	if header.problem != "" || hasAddress(header) {
		return p.asList(0)
	}
	names := make([]string, len(header.fields))
	for i, f := range header.fields {
		names[i] = fold(f)
	}
	d := &dialects[slices.IndexFunc(dialects, func(d dialect) bool { return d.knows(names) || d.format == Table })]
	p.findColumns(d, header.fields, names, rows[1:])
	switch {
	case p.at[theAddress] >= 0 && len(names) > 1:
	case len(names) == 1 && slices.Contains(table.columns[theAddress], names[0]):
		return p.asList(1)
	case len(names) == 1:
		return p.asList(0)
	case hasAddress(rows[min(1, len(rows)-1)]):
		// A column may have any name, if the rows show that it holds addresses.
		return fmt.Errorf("%s: it is not clear which column holds the addresses (%s)", p.Name, shorten(header.text))
	default:
		return fmt.Errorf("%s: no column holds addresses (%s)", p.Name, shorten(header.text))
	}
	p.head++
	p.header, p.width = header.text, len(names)
	p.sortColumns(header.fields)
	return nil
}

func shorten(s string) string {
	if s = oneLine(s); len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// asList takes the text for a plain list, below so many lines of header.
func (p *Part) asList(header int) error {
	p.Format, p.Title, p.comma = List, "a list of addresses", 0
	p.head += header
	return nil
}

func hasAddress(rec record) bool {
	return slices.ContainsFunc(rec.fields, func(f string) bool {
		_, _, err := mailbox(strings.TrimSpace(f))
		return err == nil
	})
}

// findColumns finds the columns of a dialect.
func (p *Part) findColumns(d *dialect, header, names []string, rows []record) {
	p.dialect, p.Format, p.Title = d, d.format, d.title
	p.columns = make(map[string]int, len(names))
	p.titles = make(map[string]string, len(names))
	for i, name := range slices.Backward(names) {
		p.columns[name], p.titles[name] = i, oneLine(header[i])
	}
	for r := range roles {
		p.at[r] = -1
		for _, name := range d.columns[r] {
			if i, ok := p.columns[name]; ok {
				p.at[r] = i
				break
			}
		}
	}
	if d.byValues {
		p.at[theAddress] = byValues(rows, p.at[theAddress])
	}
	if d.format == Vesper {
		p.at[theAddress] = p.columns["address"]
		_, p.safe = p.columns["formulasafe"]
	}
	for _, name := range d.standingColumns {
		if i, ok := p.columns[name]; ok {
			p.needs = max(p.needs, i+1)
		}
	}
}

// byValues gives the column with most addresses. The column with the right name wins
// if it has any address, or if no column has one.
func byValues(rows []record, named int) int {
	counts := map[int]int{}
	for _, rec := range rows {
		for i, f := range rec.fields {
			if _, err := subscribers.ParseAddress(strings.TrimSpace(f)); err == nil {
				counts[i]++
			}
		}
	}
	if counts[named] > 0 {
		return named
	}
	best := named
	for i, n := range counts {
		if n > counts[best] || n == counts[best] && i < best {
			best = i
		}
	}
	return best
}

// sortColumns sorts the columns into used, ignored and doubtful ones.
func (p *Part) sortColumns(names []string) {
	used := map[int]bool{}
	for _, i := range p.at {
		used[i] = true
	}
	for _, name := range append(slices.Clone(p.dialect.standingColumns), p.dialect.flag) {
		if i, ok := p.columns[name]; ok {
			used[i] = true
		}
	}
	for i, name := range names {
		if name = oneLine(name); used[i] || p.Format == Vesper {
			p.Used = append(p.Used, name)
		} else {
			p.Ignored = append(p.Ignored, name)
			if p.rank() > 0 && p.dialect.doubtful(fold(name)) {
				p.Doubtful = append(p.Doubtful, name)
			}
		}
	}
	how := map[rune]string{';': "separated by semicolons", '\t': "separated by tabs"}[p.comma]
	if p.Remark != "" && how != "" {
		how += "; "
	}
	p.Remark = how + p.Remark
}
