package exchange

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// sampled is how many rows we look at to find the column with the addresses.
const sampled = 50

// recognise finds out from its first rows what the text is.
func (p *Part) recognise() error {
	p.Remark = p.seen.encoding()
	sample, err := p.sample(0)
	if err != nil {
		return err
	}
	if len(sample) == 0 {
		return fmt.Errorf("%s has only empty lines: %w", p.Name, ErrNoRow)
	}
	first := sample[0].text
	if strings.HasPrefix(first, `{"address":`) {
		p.Format, p.Title, p.json = Vesper, "Vesper's own export, JSON", true
		_, err := p.take(0)
		return err
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
		return fmt.Errorf("%s has only empty lines: %w", p.Name, ErrNoRow)
	}
	for _, rec := range rows {
		if err := p.whole(rec); err != nil {
			return err
		}
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
	if header.problem != "" || slices.ContainsFunc(header.fields, likeAddress) {
		return p.asList(0)
	}
	names := make([]string, len(header.fields))
	for i, f := range header.fields {
		names[i] = fold(f)
	}
	if len(names) == 1 {
		if slices.Contains(addressNames, names[0]) {
			return p.asList(1)
		}
		return p.asList(0)
	}
	if part := missing(names); part != "" {
		return fmt.Errorf("%s looks like %s: it is not clear who must not be mailed", p.Name, part)
	}
	d := &dialects[slices.IndexFunc(dialects, func(d dialect) bool { return d.knows(names) || d.format == Table })]
	p.head++
	p.header, p.width = header.text, len(names)
	all, err := p.take(p.width)
	if err != nil {
		return err
	}
	if err := p.findColumns(d, header.fields, names, all); err != nil {
		return err
	}
	p.sortColumns(header.fields, all)
	return p.twice()
}

// likeAddress says whether a cell looks like an address, even one that can't be used:
// a column has no such name.
func likeAddress(f string) bool {
	before, after, ok := strings.Cut(trim(f), "@")
	return ok && before != "" && !strings.HasSuffix(before, " ") && after != "" && after[0] != ' '
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
	if p.choices.Address != "" {
		return &ColumnError{
			fmt.Sprintf("%s is a list of addresses and has no columns", p.Name),
			"leave out --address-column",
		}
	}
	_, err := p.take(0)
	return err
}

// findColumns finds the columns of a dialect.
func (p *Part) findColumns(d *dialect, header, names []string, all *census) (err error) {
	p.dialect, p.Format, p.Title = d, d.format, d.title
	p.columns = make(map[string][]int, len(names))
	p.titles = make(map[string]string, len(names))
	for i, name := range names {
		if name == "" {
			name = fold(called(header, i))
		}
		if p.columns[name] = append(p.columns[name], i); p.titles[name] == "" {
			p.titles[name] = called(header, i)
		}
	}
	for r := range roles {
		p.at[r] = -1
		for _, name := range d.columns[r] {
			if all := p.columns[name]; len(all) > 0 {
				p.at[r] = all[0]
				break
			}
		}
	}
	if d.format == Vesper {
		p.at[theAddress] = p.columns["address"][0]
		_, p.safe = p.columns["formulasafe"]
	} else if p.at[theAddress], err = p.addressColumn(d, header, all); err != nil {
		return err
	}
	if p.at[theAddress] < 0 {
		return fmt.Errorf("%s: no column holds addresses (%s)", p.Name, shorten(p.header))
	}
	p.Confirms = d.format == Table && p.at[theConfirmed] >= 0
	for _, name := range d.statusColumns {
		for _, i := range p.columns[name] {
			p.needs = max(p.needs, i+1)
		}
	}
	return nil
}
