package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vesper/digest/whole"
)

// TestEditorsWhoPinAtOnceLoseNoPin has eight of them pin an article each, and then take half
// of the pins away at once.
func TestEditorsWhoPinAtOnceLoseNoPin(t *testing.T) {
	whole.NotRaced(t)
	n := faultyNewsroom(t, setting{port: 1}, manyReaders(1))
	var ids []string
	for i := range 8 {
		id := fmt.Sprintf("story-%d", i)
		text := fmt.Sprintf("Published: %s\nStory %d \\ The Post \\ \\ \\ \\ About %d.\nQuick Looks\n- One.\nDeep Look\nText %d.\n",
			time.Now().UTC().Add(-time.Hour).Format(time.RFC3339), i, i, i)
		if err := os.WriteFile(filepath.Join(n.dir, "desk", id+".txt"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	together := func(args ...string) {
		t.Helper()
		var all sync.WaitGroup
		for i := 0; i < len(ids); i++ {
			all.Go(func() {
				out, err := n.command(append(append([]string{"articles", "pin"}, args...), ids[i])...).CombinedOutput()
				if err != nil {
					t.Errorf("%s: %v\n%s", ids[i], err, out)
				}
			})
		}
		all.Wait()
	}
	together()
	pinned := func() int {
		t.Helper()
		out, err := n.command("edition", "plan", "-o", "json").Output()
		var plan struct{ Articles []struct{ Why string } }
		if err == nil {
			err = json.Unmarshal(out, &plan)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		count := 0
		for _, a := range plan.Articles {
			if strings.HasPrefix(a.Why, "pinned, number ") {
				count++
			}
		}
		return count
	}
	if got := pinned(); got != 8 {
		t.Errorf("%d of 8 are pinned", got)
	}
	ids = ids[:4]
	together("--off")
	if got := pinned(); got != 4 {
		t.Errorf("%d of 4 are still pinned", got)
	}
}
