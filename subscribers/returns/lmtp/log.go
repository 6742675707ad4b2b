package lmtp

import (
	"fmt"
	"strings"
)

// Printf implements smtp.Logger.
func (l logger) Printf(format string, args ...any) { l.say(fmt.Sprintf(format, args...)) }

// Println implements smtp.Logger.
func (l logger) Println(args ...any) { l.say(fmt.Sprintln(args...)) }

func (l logger) say(text string) {
	l.log.Warn("the door for what comes back", "err", strings.TrimSpace(text))
}
