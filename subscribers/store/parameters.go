package store

// parameters are those of a statement that each message needs. A value that becomes an any costs
// an allocation, so what one message has in common with the one before is kept as one.
type parameters struct {
	args            [8]any
	owner           repeated[string]
	now, lease      repeated[int64]
	ordinal         repeated[int64]
	enhanced, reply repeated[string]
}

// repeated is a parameter that mostly is what it was before.
type repeated[T comparable] struct{ last any }

// of gives v as an any.
func (r *repeated[T]) of(v T) any {
	if last, ok := r.last.(T); !ok || last != v {
		r.last = v
	}
	return r.last
}

// parameters gives those of the next statement. On a file only one goroutine writes, and has
// the same ones each time.
func (q *queue) parameters() *parameters {
	if q.server != nil {
		return new(parameters)
	}
	return &q.last
}
