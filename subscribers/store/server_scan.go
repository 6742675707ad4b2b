package store

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgtype"
)

var errColumns = errors.New("an answer has another number of columns")

// scan reads one value. A number is true where it is not 0, and a truth is a number, as on
// SQLite.
func (r *keptRows) scan(i int, value []byte, into any) error {
	oid, format := r.fields[i].DataTypeOID, r.fields[i].Format
	truth, wanted := into.(*bool)
	switch {
	case wanted && isNumber(oid):
		var n int64
		err := r.types.Scan(oid, format, value, &n)
		*truth = n != 0
		return err
	case oid == pgtype.BoolOID && !wanted && value != nil:
		var b bool
		if err := r.types.Scan(oid, format, value, &b); err != nil {
			return err
		}
		return assignTruth(into, b)
	}
	return r.types.Scan(oid, format, value, into)
}

func isNumber(oid uint32) bool {
	return oid == pgtype.Int8OID || oid == pgtype.Int4OID || oid == pgtype.Int2OID
}

func assignTruth(into any, b bool) error {
	n := int64(asNumber(b))
	switch to := into.(type) {
	case *int:
		*to = int(n)
	case *int64:
		*to = n
	case sql.Scanner:
		return to.Scan(n)
	default:
		return errors.New("a truth goes into no such value")
	}
	return nil
}

// only is the one row of an answer.
func only(r *keptRows, err error) row {
	switch {
	case err != nil:
		return failed{err}
	case !r.Next():
		return failed{sql.ErrNoRows}
	}
	return r
}
