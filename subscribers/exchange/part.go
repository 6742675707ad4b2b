package exchange

import (
	"fmt"
	"io"
)

// Part is a table or a list of subscribers.
type Part struct {
	// Name is the file's, and within a .zip "audience.zip/members.csv".
	Name   string
	Format Format
	// Title is the format in words.
	Title string
	// Used and Ignored are the names of the columns. A plain list has none.
	Used, Ignored []string
	// Doubts are columns that may say who must not be mailed.
	Doubts []Doubt
	// Unmet are choices of what says that a reader left, as NAME=VALUE, that no row has.
	Unmet []string
	// Confirms says that nobody but the file vouches for it that readers confirmed: no
	// program is known that writes it.
	Confirms bool
	// Remark says what is unusual about how the text is written.
	Remark string

	choices        Choices
	source, sha256 string
	seen           *inspector
	open           func() (io.ReadCloser, error)

	dialect *dialect
	// comma separates fields; 0 in a list and in JSON lines.
	comma rune
	json  bool
	// head is how many rows stand before the first reader's; header is the last of
	// them.
	head   int
	header string
	// columns finds the columns by their folded name, at one by its role; -1 is none.
	columns map[string][]int
	at      [roles]int
	// titles are the columns' names as they are in the file, by the folded ones.
	titles map[string]string
	// needs is how many fields a row must have to tell its reader's status.
	needs int
	width int
	rows  int
	safe  bool
}

// String says what the part is: "a.csv: Ghost: 5 columns used, 6 ignored".
func (p *Part) String() string {
	s := p.Name + ": " + p.Title
	if len(p.Used) > 0 {
		s += fmt.Sprintf(": %s used, %d ignored", plural(len(p.Used), "column"), len(p.Ignored))
	}
	if p.Remark != "" {
		s += "; " + p.Remark
	}
	return s
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Header gives the line with the names of the columns, "" if there is none.
func (p *Part) Header() string { return p.header }

// Empty says that there is no row.
func (p *Part) Empty() bool { return p.rows == 0 }

// Lines gives how many lines there are, to show progress.
func (p *Part) Lines() int { return p.seen.lines }

// program says that a known program wrote it.
func (p *Part) program() bool { return p.Format != Table && p.Format != List }

// rank is lower for a part that only keeps readers off the list.
func (p *Part) rank() int {
	if p.Format == MailchimpUnsubscribed || p.Format == MailchimpCleaned {
		return 0
	}
	return 1
}
