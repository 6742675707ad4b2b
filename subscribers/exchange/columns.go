package exchange

import (
	"fmt"
	"slices"
	"strings"
)

// Doubt is a column that is not used and may say who must not be mailed.
type Doubt struct {
	Column string
	// Why is what speaks for it.
	Why string
	// Word is a value of leaving that the column has, "" if it has none.
	Word string
}

// unknownWord is a value that a column must not have. want, if it is not empty, says
// what it may have.
type unknownWord struct{ column, value, want string }

func (u unknownWord) Error() string {
	if u.want != "" {
		return fmt.Sprintf("%s is %q: it is not clear whether the reader may be mailed (%s)", u.column, u.value,
			u.want)
	}
	return fmt.Sprintf("%q is not a known %s", u.value, u.column)
}

// called gives the name of a column for messages and choices. One without a name is
// called by its number.
func called(header []string, i int) string {
	if name := oneLine(header[i]); fold(name) != "" {
		return name
	}
	return fmt.Sprintf("column %d", i+1)
}

// addressColumn finds the column with the readers' addresses, -1 if there is none. A
// known name decides. Of two that may be it, none is taken.
func (p *Part) addressColumn(d *dialect, header []string, c *census) (int, error) {
	if chosen := p.choices.Address; chosen != "" {
		all := p.columns[fold(chosen)]
		if len(all) == 1 {
			return all[0], nil
		}
		problem := fmt.Sprintf("%s has no column %q", p.Name, oneLine(chosen))
		if len(all) > 1 {
			return -1, &ColumnError{
				fmt.Sprintf("%s has %d columns %q", p.Name, len(all), oneLine(chosen)), renameOne,
			}
		}
		return -1, &ColumnError{problem, "its columns are " + shorten(strings.Join(header, ", "))}
	}
	names := d.columns[theAddress]
	if d.byValues {
		names = addressNames
	}
	var named, holding []int
	for i := range header {
		t := &c.columns[i]
		// Streets stand under "Address" too.
		street := !t.at && t.flags+t.dates+t.others > 0
		if slices.Contains(names, fold(header[i])) && !street {
			named = append(named, i)
		}
		if t.addresses {
			holding = append(holding, i)
		}
	}
	if !d.byValues && len(named) == 0 {
		named = p.columns[names[0]]
	}
	full := slices.DeleteFunc(slices.Clone(named), func(i int) bool { return !c.columns[i].at })
	switch {
	case len(full) == 1:
		return full[0], nil
	case len(full) > 1:
		return -1, p.unclear(header, full)
	case len(named) > 0 && (len(holding) == 0 || !d.byValues):
		return named[0], nil
	case len(named) > 0:
		return -1, p.unclear(header, append(named, holding...))
	case len(holding) == 1:
		return holding[0], nil
	case len(holding) > 1:
		return -1, p.unclear(header, holding)
	}
	// A row may have an address that can't be read.
	return slices.IndexFunc(c.columns, func(t tally) bool { return t.at }), nil
}

// renameOne is what to do where two columns have one name: no flag can tell them apart.
const renameOne = "give one of them another name, in the first row of the file"

func (p *Part) unclear(header []string, columns []int) error {
	const shown = 4
	var all []string
	for _, i := range columns[:min(shown, len(columns))] {
		all = append(all, fmt.Sprintf("%q", shorten(called(header, i))))
	}
	first := called(header, columns[0])
	hint := fmt.Sprintf("--address-column %q uses that one", shorten(first))
	if len(p.columns[fold(first)]) > 1 {
		hint = renameOne
	}
	return &ColumnError{
		fmt.Sprintf("%s: it is not clear which column holds the readers' addresses: %s", p.Name,
			strings.Join(all, " or ")), hint,
	}
}

// twice refuses a column that is used and there twice, unless the gravest of its values
// can be taken.
func (p *Part) twice() error {
	for name, all := range p.columns {
		used := p.Format == Vesper || name == p.dialect.flag
		for r := theName; r < roles; r++ {
			used = used || slices.Contains(all, p.at[r])
		}
		if len(all) > 1 && used && !slices.Contains(p.dialect.statusColumns, name) {
			return &ColumnError{
				fmt.Sprintf("%s has %d columns %q", p.Name, len(all), p.titles[name]), "leave one of them, or rename it",
			}
		}
	}
	return nil
}

// sortColumns sorts the columns into used, ignored and doubted ones.
func (p *Part) sortColumns(header []string, c *census) {
	used := map[int]bool{}
	for _, i := range p.at {
		used[i] = true
	}
	for _, name := range append(slices.Clone(p.dialect.statusColumns), p.dialect.flag) {
		for _, i := range p.columns[name] {
			used[i] = true
		}
	}
	for i := range header {
		name := called(header, i)
		var left []Left
		for _, l := range p.choices.Left {
			if SameColumn(l.Column, name) {
				left = append(left, l)
			}
		}
		p.unmet(left, &c.columns[i])
		if used[i] || p.Format == Vesper {
			p.Used = append(p.Used, name)
			continue
		}
		if len(left) > 0 {
			p.Used = append(p.Used, name)
		} else {
			p.Ignored = append(p.Ignored, name)
		}
		p.doubt(name, fold(header[i]) == "", &c.columns[i], left)
	}
	how := map[rune]string{';': "separated by semicolons", '\t': "separated by tabs"}[p.comma]
	if p.Remark != "" && how != "" {
		how += "; "
	}
	p.Remark = how + p.Remark
}

// unmet keeps the choices that no value of a column meets. A column with too many values
// to remember is left alone.
func (p *Part) unmet(left []Left, t *tally) {
	for _, l := range left {
		met := len(t.known) >= remembered
		for value := range t.known {
			met = met || l.is(value)
		}
		if !met {
			p.Unmet = append(p.Unmet, l.Column+"="+l.Value)
		}
	}
}

// doubt looks at a column that is not used. left is what the admin said of it.
func (p *Part) doubt(name string, unnamed bool, t *tally, left []Left) {
	if p.rank() == 0 || p.dialect.harmless(fold(name)) {
		return
	}
	why, word := t.meaning(left, p.program())
	switch {
	case why != "" || len(left) > 0:
	case unnamed && t.flags+t.dates+t.others > 0:
		why = "it has no name"
	case p.dialect.suspect(fold(name)):
		why = "its name sounds like it"
	}
	if why != "" {
		p.Doubts = append(p.Doubts, Doubt{name, why, word})
	}
}
