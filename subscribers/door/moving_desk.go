package door

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vesper/subscribers"
)

// Readdressed is what an admin's word for another address came to.
type Readdressed struct {
	Address, To subscribers.Address
	// AtOnce says that the new address is not asked. Would says that this was a look, Same that
	// editions go there already.
	AtOnce, Would, Same bool
}

// String says it in one line.
func (r Readdressed) String() string {
	switch {
	case r.Same:
		return fmt.Sprintf("%s is so already: nothing to change", r.Address)
	case r.AtOnce:
		return fmt.Sprintf("%s %schanged to %s", r.Address, would(r.Would), r.To)
	case r.Would:
		return fmt.Sprintf("%s would be asked to confirm the change from %s", r.To, r.Address)
	}
	return fmt.Sprintf("%s asked to confirm the change from %s", r.To, r.Address)
}

// WouldReaddress says what Readdress would come to now.
func (d *Door) WouldReaddress(ctx context.Context, a subscribers.Address, m subscribers.Move, atOnce bool,
) (Readdressed, error) {
	r, _, err := d.readdress(ctx, a, m, atOnce)
	r.Would = true
	return r, err
}

// Readdress has a reader's editions go to another address by an admin's word: once that is
// confirmed there or, by the admin's word alone, at once. Whose word it is, is kept. It goes
// for an active reader, and to no address that must not be mailed or is another reader's: the
// error is *[Refused].
func (d *Door) Readdress(ctx context.Context, a subscribers.Address, m subscribers.Move, atOnce bool,
) (Readdressed, error) {
	m.AskedAt = m.AskedAt.Truncate(time.Second)
	var r Readdressed
	err := begin(func() error {
		var is subscribers.Facts
		var err error
		if r, is, err = d.readdress(ctx, a, m, atOnce); err != nil || r.Same {
			return err
		}
		if atOnce {
			return d.moveAtOnce(ctx, is, m)
		}
		asked, err := d.AskMove(ctx, is.PublicID, m)
		if err == nil && !asked {
			err = subscribers.ErrMeanwhile
		}
		return err
	})
	if errors.Is(err, subscribers.ErrMeanwhile) {
		err = &Refused{a, fmt.Errorf("%s was asked about this moment", m.To), "try again in a second"}
	}
	return r, err
}

func (d *Door) moveAtOnce(ctx context.Context, is subscribers.Facts, m subscribers.Move) error {
	key, err := d.Readers.SigningKey(ctx)
	if err != nil {
		return err
	}
	letter, err := d.Letters.moved(is.Subscriber, m.To, key, m.AskedAt)
	if err != nil {
		return fmt.Errorf("tell the former address: %w", err)
	}
	return d.Movers.MoveAtOnce(ctx, is.PublicID, m, letter, m.AskedAt)
}

// readdress says why an admin's word for another address is not enough.
func (d *Door) readdress(ctx context.Context, a subscribers.Address, m subscribers.Move, atOnce bool,
) (Readdressed, subscribers.Facts, error) {
	r := Readdressed{Address: a, To: m.To, AtOnce: atOnce}
	is, err := d.Readers.Facts(ctx, a)
	if err != nil {
		return r, is, err
	}
	to, err := d.Readers.Facts(ctx, m.To)
	switch {
	case err != nil:
	case is.Status != subscribers.Active:
		err = &Refused{
			a, fmt.Errorf("%s is %s: the address of an active reader alone is changed", a, orNobody(is.Status)),
			`"vesper subscribers add" adds the other address`,
		}
	case to.Address.Key() == is.Address.Key():
		r.Same = true
	case len(to.Suppressions) > 0 || to.Status.Off():
		err = barred(m.To, to.Suppressions)
	case to.ID != 0:
		err = &Refused{
			a, fmt.Errorf("%s is on the list already", m.To),
			`"vesper subscribers remove" takes one of the two off it`,
		}
	}
	return r, is, err
}

func orNobody(s subscribers.Status) subscribers.Status {
	if s == "" {
		return "not on the list"
	}
	return s
}
