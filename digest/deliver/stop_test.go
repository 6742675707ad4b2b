package deliver_test

import (
	"testing"
	"testing/synctest"
	"time"

	"vesper/digest"
)

var spam = digest.Outcome{Class: digest.Refused, Code: 554, Reply: "5.7.1 this looks like spam"}

func TestAMessageThatNobodyMayGetStopsTheRunAndFailsNobody(t *testing.T) {
	for _, readers := range []int64{1, 3, 500} {
		synctest.Test(t, func(t *testing.T) {
			l, v := newLedger(readers), newServer()
			for id := range l.rows {
				v.scripts[id] = []digest.Outcome{spam}
			}
			report, err := deliverer().Work(t.Context(), over(t, l, v))
			if err != nil || report.Stopped.Class != digest.Refused || report.Stopped.Code != spam.Code {
				t.Fatalf("%d readers: got %+v, %v", readers, report, err)
			}
			if l.count(digest.Pending) != int(readers) {
				t.Errorf("%d of %d are pending", l.count(digest.Pending), readers)
			}
			// Those on the wire when it stopped are answered too.
			if tried := len(v.tried); tried > 32+4 {
				t.Errorf("%d readers were tried", tried)
			}
		})
	}
}

func TestARefusalBetweenMessagesThatAreTakenIsTheReadersOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(400), newServer()
		v.perMessage = time.Second
		for _, id := range []int64{1, 2, 50, 90} {
			v.scripts[id] = []digest.Outcome{spam}
		}
		v.scripts[30] = []digest.Outcome{{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1"}}
		report, err := deliverer().Work(t.Context(), over(t, l, v))
		if err != nil || report.Stopped.Class != "" {
			t.Fatalf("got %+v, %v", report, err)
		}
		if l.count(digest.Failed) != 5 || l.count(digest.Sent) != 395 {
			t.Errorf("%d failed, %d sent", l.count(digest.Failed), l.count(digest.Sent))
		}
		// What speaks of the message is asked three times, an address once.
		if len(v.tried[1]) != 3 || len(v.tried[30]) != 1 {
			t.Errorf("tried %d and %d times", len(v.tried[1]), len(v.tried[30]))
		}
	})
}

// TestTheLastReaderIsJudgedByAControl has nobody else left to be asked. What speaks of us
// takes two passes.
func TestTheLastReaderIsJudgedByAControl(t *testing.T) {
	for name, c := range map[string]struct {
		says    digest.Outcome
		refuses bool
		failed  int
	}{
		"an address":            {digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1"}, false, 1},
		"of us":                 {digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.7.1"}, false, 1},
		"the relay refuses all": {digest.Outcome{Class: digest.Permanent, Code: 550, Enhanced: "5.1.1"}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, v := newLedger(40), newServer()
				v.scripts[40], v.refusesControls = []digest.Outcome{c.says}, c.refuses
				l.rows[40].due = time.Now().Add(time.Hour)
				d := deliverer()
				for range 3 {
					if _, err := d.Work(t.Context(), over(t, l, v)); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Hour) // the bubble's time
				}
				if l.count(digest.Failed) != c.failed || l.count(digest.Sent) != 39 || v.controls == 0 {
					t.Errorf("%d failed, %d sent, %d controls", l.count(digest.Failed), l.count(digest.Sent), v.controls)
				}
			})
		})
	}
}

func TestAProbeIsOneMessage(t *testing.T) {
	for name, c := range map[string]struct {
		script []digest.Outcome
		down   bool
		want   digest.Class
		taken  int
	}{
		"taken again":   {nil, false, "", 1},
		"still refused": {[]digest.Outcome{spam}, false, digest.Refused, 0},
		"not reached":   {nil, true, digest.Session, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, v := newLedger(300), newServer()
				for id := range l.rows {
					v.scripts[id] = c.script
				}
				if c.down {
					v.down = func() digest.Outcome { return digest.Outcome{Class: digest.Session} }
				}
				start := time.Now()
				run := over(t, l, v)
				run.Probe = true
				report, err := deliverer().Work(t.Context(), run)
				if err != nil || report.Stopped.Class != c.want || report.Accepted != c.taken {
					t.Fatalf("got %+v, %v", report, err)
				}
				if len(v.tried) > 1 || l.count(digest.Pending) != 300-c.taken || time.Since(start) > time.Minute {
					t.Errorf("%d were tried, %d are pending", len(v.tried), l.count(digest.Pending))
				}
			})
		})
	}
}

func TestASpreadOfRunsOverRangesServesEverybodyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(900), newServer()
		for low := int64(0); low < 900; low += 300 {
			run := over(t, l, v)
			run.Range = digest.Range{Low: low + 1, High: low + 300}
			if _, err := deliverer().Work(t.Context(), run); err != nil {
				t.Fatal(err)
			}
		}
		for id := range l.rows {
			if v.accepted[id] != 1 {
				t.Fatalf("reader %d has %d copies", id, v.accepted[id])
			}
		}
	})
}

func TestAStopIsKeptWhateverTheLedgerSaysMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(5000), newServer()
		v.perMessage = time.Second
		v.scripts[700] = []digest.Outcome{{Class: digest.Account, Code: 535}}
		report, err := deliverer().Work(t.Context(), over(t, l, v))
		if err != nil || report.Stopped.Class != digest.Account {
			t.Fatalf("got %+v, %v", report, err)
		}
		// The other connections begin nothing new.
		if sent := l.count(digest.Sent); sent > 710 || l.count(digest.Attempting) != 0 {
			t.Errorf("%d are sent, %d attempting", sent, l.count(digest.Attempting))
		}
	})
}

func TestARelayThatTakesFewerConnectionsThanWeHaveStopsNoSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(400), newServer()
		v.perMessage = 2 * time.Second
		open := 0
		v.down = func() digest.Outcome {
			v.mu.Lock()
			defer v.mu.Unlock()
			if open == 2 {
				return digest.Outcome{Class: digest.Session, Code: 421}
			}
			open++
			return digest.Outcome{}
		}
		run := over(t, l, v)
		run.Patience = 2
		report, err := deliverer().Work(t.Context(), run)
		if err != nil || report.Stopped.Class != "" || l.count(digest.Sent) != 400 {
			t.Fatalf("got %+v, %v, %d sent", report, err, l.count(digest.Sent))
		}
	})
}

func TestOneReaderTakesOneConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1), newServer()
		if _, err := deliverer().Work(t.Context(), over(t, l, v)); err != nil {
			t.Fatal(err)
		}
		if v.dials != 1 {
			t.Errorf("%d connections were made", v.dials)
		}
	})
}

func TestAStopIsKeptWhenItBreaksOffAReadOfTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, v := newLedger(1000), newServer()
		l.slow = func(after *digest.Delivery) bool { return after != nil && after.Suspect == "" }
		v.scripts[498] = []digest.Outcome{{Class: digest.Account, Code: 535}}
		report, err := deliverer().Work(t.Context(), over(t, l, v))
		if err != nil || report.Stopped.Class != digest.Account {
			t.Fatalf("got %+v, %v", report, err)
		}
	})
}
