package store

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"vesper/subscribers"
)

// scansReports finds in a plan what grows with all that ever came back.
var scansReports = regexp.MustCompile(`(?m)^.*SCAN (r|h|reports)( .*)?$`)

// Doors and the worker take as long after ten years as on the first day. Of SQLite alone.
func TestWhatComesBackPassesNoOtherReports(t *testing.T) {
	s := newFile(t)
	rs := addReaders(t, s, 8)
	mustOpen(t, s, 0)
	ds := owed(t, s, 1, evening)
	intendAll(t, s, 1, ds)
	for _, d := range ds {
		if err := s.Ledger(1).Settle(t.Context(), d, accepted(evening)); err != nil {
			t.Fatal(err)
		}
	}
	mustOpen(t, s, 1)
	queries := statementsOf(t, s, func() error {
		for i, r := range rs {
			one := cameBack(r.Address.String(), r.ID, 1, "no such user")
			one.Class, one.Cause, one.Status = subscribers.ClassRemove, subscribers.UserUnknown, "5.1.1"
			if i == 7 {
				one = cameBack("unproven", 0, 0, "")
			}
			if _, err := s.List().Record(t.Context(), []subscribers.Report{one}); err != nil {
				return err
			}
			if _, err := s.List().Trace(t.Context(), subscribers.Clues{
				Tokens: []string{ds[i].ReturnPath, "x"}, Address: r.Address.String(), QueueIDs: []string{"q"},
			}); err != nil {
				return err
			}
		}
		all, err := s.List().Unweighed(t.Context(), 0, 100)
		if err != nil {
			return err
		}
		if _, err := s.List().Weigh(t.Context(), all, subscribers.DefaultRules, evening); err != nil {
			return err
		}
		if _, err := s.List().Caution(t.Context()); err != nil {
			return err
		}
		if _, err := s.List().ForgetRaw(t.Context(), evening.Add(time.Hour)); err != nil {
			return err
		}
		if _, err := s.List().Count(t.Context(), opening(2).Edition.ID); err != nil {
			return err
		}
		_, err = s.List().Reports(t.Context(), subscribers.ReportFilter{Reader: rs[0].ID})
		return err
	})
	queries = append(queries, written(s)...)
	looked := 0
	for _, query := range queries {
		if !strings.Contains(query, "reports") {
			continue
		}
		looked++
		for _, line := range scansReports.FindAllString(plan(t, s, query), -1) {
			if !strings.Contains(line, "INDEX reports_new") {
				t.Errorf("%s in %s", line, query)
			}
		}
	}
	if looked < 10 {
		t.Errorf("only %d statements were looked at", looked)
	}
}
