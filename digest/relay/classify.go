package relay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"vesper/digest"
)

// phase is how far a connection or a transaction has come: which command a
// reply answers.
type phase string

const (
	// phaseOpening is the greeting, EHLO and STARTTLS.
	phaseOpening phase = "the opening"
	phaseAuth    phase = "AUTH"
	phaseMail    phase = "MAIL"
	phaseRcpt    phase = "RCPT"
	phaseData    phase = "DATA"
	// phaseBody is from the reply to DATA up to the final dot.
	phaseBody phase = "the message"
	// phaseDot is from the final dot on: the relay may have taken the message.
	phaseDot   phase = "the final dot"
	phaseReset phase = "RSET"
)

// classify says what a reply means in its phase; the zero Class means go on. A
// reply that does not fit its phase ends the connection, and after the dot it
// leaves the message in doubt.
func classify(p phase, code int) digest.Class {
	switch code {
	case 421: // the relay closes; it says so instead of taking the message
		return digest.Session
	case 530, 535: // authentication required, or refused
		return digest.Account
	}
	switch rank := code / 100; {
	case p == phaseDot && rank == 2:
		return digest.Accepted
	case p == phaseDot && rank == 4, p == phaseRcpt && rank == 4, p == phaseData && rank == 4:
		return digest.Transient
	case p == phaseDot && rank == 5, p == phaseData && rank == 5:
		return digest.Refused
	case p == phaseDot:
		return digest.InDoubt
	case p == phaseRcpt && rank == 5:
		return digest.Permanent
	case p == phaseMail && rank == 4:
		return digest.Pace
	case p == phaseMail && rank == 5, p == phaseAuth && rank == 5:
		return digest.Account
	case p == phaseData && rank == 3, p != phaseData && rank == 2:
		return ""
	}
	return digest.Session
}

// broken says what it means that no reply came: the line broke, the time ran
// out, ctx ended, or what came could not be read.
func broken(ctx context.Context, p phase, err error) digest.Outcome {
	class := digest.Session
	if p == phaseDot {
		class = digest.InDoubt
	}
	var text string
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		text = fmt.Sprintf("stopped at %s", p)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = fmt.Sprintf("the relay closed the connection at %s", p)
	case errors.As(err, &timeout) && timeout.Timeout():
		text = fmt.Sprintf("the relay took too long at %s", p)
	case p == phaseOpening:
		text = err.Error()
	default:
		text = fmt.Sprintf("%s: %v", p, err)
	}
	return digest.Outcome{Class: class, Reply: oneLine(text)}
}

// next is what a connection does after an envelope.
type next int

const (
	// goOn takes the next envelope.
	goOn next = iota
	// reset ends the begun transaction first.
	reset
	// leave says goodbye: the relay is well, but wants no more.
	leave
	// cut breaks off.
	cut
)

// after says how to go on after an outcome before the body.
func after(class digest.Class) next {
	switch class {
	case digest.Transient, digest.Permanent, digest.Refused:
		return reset
	case digest.Pace, digest.Account:
		return leave
	}
	return cut
}
