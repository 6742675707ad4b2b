package templates

const (
	serif = "Georgia,serif"
	sans  = "-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif"
)

// wordmark is how a publication's name is set above its edition: what stands before the
// size in CSS's font, the family, and the space between letters.
type wordmark struct{ style, font, spacing string }

// wordmarks are those that a publication can choose from, by name. Large letters that lie
// close together look like a paper's; small capitals need their room.
var wordmarks = map[string]wordmark{
	"serif":            {"bold", serif, "-1px"},
	"serif small-caps": {"small-caps bold", serif, "1px"},
	"sans":             {"bold", sans, "-1px"},
	"sans small-caps":  {"small-caps bold", sans, "1px"},
}
