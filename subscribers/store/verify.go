package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"vesper/digest"
)

// Verify recounts an opened edition and gives what does not hold, a sentence each;
// none if all is well. It looks at the equation, at the stored sums of an edition
// that is over, and at whether the messages and the web view are those that it was
// opened with. An edition that is not there is digest.ErrNotFound.
func (s *Book) Verify(ctx context.Context, number uint32) ([]string, error) {
	faults, err := s.verifySums(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("verify edition with ledger number %d: %w", number, err)
	}
	same, err := s.sameContent(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("verify edition with ledger number %d: %w", number, err)
	}
	if !same {
		faults = append(faults, "its messages or its web view were changed after it was opened")
	}
	return faults, nil
}

// verifySums reads the ledger and what is stored of it in one statement, and so at
// one moment.
func (s *Book) verifySums(ctx context.Context, number uint32) ([]string, error) {
	var t digest.Tally
	var state digest.State
	stored := make([]sql.NullInt64, 6)
	scan := append(into(&t), &state)
	for i := range stored {
		scan = append(scan, &stored[i])
	}
	err := s.read.QueryRow(ctx, `SELECT e.opened, `+countedUntil+unentered(s.read)+countedFrom+`, e.state,
			e.sent, e.failed, e.expired, e.skipped, e.unknown, e.doubts
		FROM editions e LEFT JOIN deliveries d ON d.edition = e.number`+byNumber+` GROUP BY e.id`, number).
		Scan(scan...)
	if err != nil {
		return nil, missing(err)
	}
	var faults []string
	if !t.Balanced() {
		faults = append(faults, fmt.Sprintf("it was opened for %d recipients, but there are %d",
			t.Opened, t.Sent+t.Failed+t.Expired+t.Skipped+t.Unknown+t.Owed()))
	}
	if state == digest.Done && t.Owed() > 0 {
		faults = append(faults, fmt.Sprintf("it is done, but %d of its recipients are not sent yet", t.Owed()))
	}
	names := []string{"sent", "failed", "expired", "skipped", "unknown", "possible duplicates"}
	for i, n := range []int{t.Sent, t.Failed, t.Expired, t.Skipped, t.Unknown, t.PossibleDuplicates} {
		if stored[i].Valid && int(stored[i].Int64) != n {
			faults = append(faults, fmt.Sprintf("its total of %s is stored as %d, but there are %d",
				names[i], stored[i].Int64, n))
		}
	}
	return faults, nil
}

// sameContent says whether what is sent is what was opened.
func (s *Book) sameContent(ctx context.Context, number uint32) (bool, error) {
	messages, err := s.messages(ctx, number)
	if err != nil {
		return false, err
	}
	var hash, page []byte
	err = s.read.QueryRow(ctx, `SELECT e.content_hash, v.bytes
		FROM editions e LEFT JOIN web_views v ON v.edition = e.number`+byNumber, number).Scan(&hash, &page)
	return bytes.Equal(hash, digest.Opening{Messages: messages, WebView: page}.Hash().Bytes()), missing(err)
}
