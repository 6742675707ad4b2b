package main

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/term"
)

// pace is how far something is: done of total, which was begun at first.
type pace struct{ total, first, done int }

// rate gives how many are done in a second, after some time; 0 is not known.
func (p pace) rate(after time.Duration) float64 {
	if p.done <= p.first || after <= 0 {
		return 0
	}
	return float64(p.done-p.first) / after.Seconds()
}

// left gives how long the rest takes at a rate.
func (p pace) left(rate float64) time.Duration {
	return time.Duration(float64(p.total-p.done) / rate * float64(time.Second)).Round(time.Second)
}

// bar draws it in a line of so many columns, and leaves out what does not fit.
func (p pace) bar(after time.Duration, columns int) string {
	share := 1.0
	if p.total > 0 {
		share = min(float64(p.done)/float64(p.total), 1)
	}
	parts := []string{fmt.Sprintf("%3.0f%%", share*100), fmt.Sprintf("%d/%d", p.done, p.total)}
	if rate := p.rate(after); rate > 0 {
		parts = append(parts, fmt.Sprintf("%.1f/s", rate), p.left(rate).String()+" left")
	}
	line := ""
	for _, part := range parts {
		if len(line)+2+len(part) >= columns {
			break
		}
		line += "  " + part
	}
	const widest = 30
	if cells := min(columns-len(line)-4, widest); cells >= 5 {
		full := int(share * float64(cells))
		line = " [" + strings.Repeat("=", full) + strings.Repeat(" ", cells-full) + "]" + line
	}
	return line
}

// columns gives how wide the terminal is that f is, 80 where it does not say.
func columns(f any) int {
	if file, ok := f.(interface{ Fd() uintptr }); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return 80
}
