package store

import "context"

// awaiting is idle, and waits for a server that is away for a moment: it begins anew, or another
// one takes its place. Questions may be asked twice.
type awaiting struct {
	idle
	server *server
}

func (a awaiting) Query(ctx context.Context, query string, args ...any) (all rows, err error) {
	err = a.server.patiently(ctx, func() error {
		c, err := a.server.acquire(ctx)
		if err == nil {
			all, err = streamOf(ctx, c, query, args)
		}
		return err
	})
	return all, err
}

func (a awaiting) QueryRow(ctx context.Context, query string, args ...any) row {
	var all *keptRows
	err := a.server.patiently(ctx, func() error {
		c, err := a.server.acquire(ctx)
		if err == nil {
			defer c.Release()
			all, err = answerOf(ctx, c, query, args)
		}
		return err
	})
	return only(all, err)
}

// awaits does something that may be done twice, and once more if the server went away in the
// middle of it. On a file it is done once.
func (s *core) awaits(ctx context.Context, do func() error) error {
	if s.server == nil {
		return do()
	}
	return s.server.patiently(ctx, do)
}
