package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"vesper/digest"
)

const (
	// deadAfter is how often a feed that was never read well must have failed.
	deadAfter = 6
	// together is how many hosts that fail at once are one alarm, and sameTrouble within
	// which time they count as failing at once: feeds are not asked in the same moment.
	together    = 3
	sameTrouble = 2 * time.Hour
	// hostsNamed is how many of them are named.
	hostsNamed = 5
)

// feedHost is a host of which feeds can't be read.
type feedHost struct {
	name, reason string
	feeds        int
	dead         bool
}

// feedAlarms looks at the feeds, by host: their addresses may have secrets in them. Where
// several fail at once, the cause is likely one, and so is the alarm. A host that has an
// alarm of its own keeps it, and what was one alarm stays one until all is well.
func (a *app) feedAlarms(h *house) func(context.Context) ([]digest.Alarm, error) {
	return func(ctx context.Context) ([]digest.Alarm, error) {
		hosts, err := a.failingHosts(ctx, h)
		if err != nil {
			return nil, err
		}
		on, err := h.file.Alarms().On(ctx)
		if err != nil {
			return nil, err
		}
		alone, joined := map[string]bool{}, false
		for _, one := range on {
			alone[one.About] = alone[one.About] || one.Kind == digest.AlarmFeed
			joined = joined || one.Kind == digest.AlarmFeed && one.About == ""
		}
		var all []digest.Alarm
		var rest []feedHost
		dead := 0
		for _, one := range hosts {
			switch {
			case alone[one.name] && one.dead:
				all = append(all, one.alarm())
			case !alone[one.name]:
				if rest = append(rest, one); one.dead {
					dead++
				}
			}
		}
		if dead > 0 && (joined || len(rest) >= together) {
			return append(all, joinedAlarm(rest)), nil
		}
		for _, one := range rest {
			if one.dead {
				all = append(all, one.alarm())
			}
		}
		return all, nil
	}
}

// failingHosts gives the hosts of which a feed is dead, or will be soon if it goes on so, in
// the order of the configuration.
func (a *app) failingHosts(ctx context.Context, h *house) ([]feedHost, error) {
	var all []feedHost
	at := map[string]int{}
	for _, f := range h.config.Feed {
		is, err := h.file.Feeds().Feed(ctx, f.URL)
		if err != nil {
			return nil, err
		}
		now, host := a.now(), hostOf(f.URL)
		dead := deadFeed(is, now)
		if !dead && !soonDead(is, now) {
			continue
		}
		i, known := at[host]
		if !known {
			i = len(all)
			at[host], all = i, append(all, feedHost{name: host})
		}
		if all[i].feeds++; dead && !all[i].dead {
			all[i].dead = true
			all[i].reason = fmt.Sprintf("it failed %s in a row, last read well %s: %s", count(is.Failures, "time"),
				cmp.Or(moment(is.Good, h.zone), "never"), withoutAddress(is.Error, f.URL))
		}
	}
	return all, nil
}

const feedHint = `"vesper feeds list" shows all, "vesper feeds test" tries one`

func (one feedHost) alarm() digest.Alarm {
	return digest.Alarm{Kind: digest.AlarmFeed, About: one.name, Reason: one.reason, Hint: feedHint}
}

// joinedAlarm says that several hosts fail. It is about no one of them.
func joinedAlarm(hosts []feedHost) digest.Alarm {
	feeds, reason := 0, ""
	var names []string
	for _, one := range hosts {
		feeds += one.feeds
		if len(names) < hostsNamed {
			names = append(names, one.name)
		}
		if reason == "" && one.dead {
			reason = one.name + ": " + one.reason
		}
	}
	which := strings.Join(names, ", ")
	if more := len(hosts) - len(names); more > 0 {
		which += fmt.Sprintf(" and %d more", more)
	}
	return digest.Alarm{
		Kind: digest.AlarmFeed, Hint: "is this machine's network well? " + feedHint,
		Reason: fmt.Sprintf("%s of %s can't be read: %s; %s", count(feeds, "feed"), count(len(hosts), "host"), which,
			reason),
	}
}

// deadFeed says whether a feed was not read well for a day, or never.
func deadFeed(f digest.FeedState, now time.Time) bool {
	if f.Failures == 0 {
		return false
	}
	if f.Good.IsZero() {
		return f.Failures >= deadAfter
	}
	return now.Sub(f.Good) >= silentFeed
}

// soonDead says whether a feed that is not dead will be if it goes on so.
func soonDead(f digest.FeedState, now time.Time) bool {
	if f.Good.IsZero() {
		return f.Failures >= deadAfter-2
	}
	return deadFeed(f, now.Add(sameTrouble))
}
