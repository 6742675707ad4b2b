//go:build unix

package store

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// newServerConn connects as somebody else would.
func newServerConn(t *testing.T, p Place) (*pgx.Conn, error) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.URL)
	if err == nil {
		t.Cleanup(func() { c.Close(context.Background()) })
	}
	return c, err
}
