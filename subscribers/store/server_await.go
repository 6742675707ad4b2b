package store

import "context"

// awaiting is idle, and waits for a server that is away for a moment: it begins anew, or another
// one takes its place. Questions may be asked twice.
type awaiting struct{ idle }

func (a awaiting) Query(ctx context.Context, query string, args ...any) (all rows, err error) {
	err = patiently(ctx, func() (err error) {
		all, err = a.idle.Query(ctx, query, args...)
		return err
	})
	return all, err
}

func (a awaiting) QueryRow(ctx context.Context, query string, args ...any) row {
	var all *keptRows
	err := patiently(ctx, func() (err error) {
		all, err = answerOf(ctx, a.Pool, query, args)
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
	return patiently(ctx, do)
}
