package report

import (
	"tootfill/backfill"
	"tootfill/backfill/cleantext"
)

type unrecordedLine struct {
	Type    string   `json:"type"`
	Account string   `json:"account"`
	URIs    []string `json:"uris"`
}

// showUnrecorded reports posts whose outcome the ledger does not know: their addresses in
// JSON, and to people with --verbose.
func (r *Run) showUnrecorded(e backfill.Unrecorded) {
	r.showWarning(backfill.Warned{
		Account: e.Account, Text: "what came of " + Plural(len(e.URIs), "post", "posts") + " is not recorded",
		Hint: backfill.Say("the next run tries them again"),
	})
	if r.JSON {
		line := unrecordedLine{Type: "unrecorded", Account: jsonText(e.Account.String()), URIs: make([]string, len(e.URIs))}
		for i, uri := range e.URIs {
			line.URIs[i] = jsonText(cleantext.Line(uri, maxURI))
		}
		r.printJSON(line)
		return
	}
	for _, uri := range e.URIs {
		if r.Verbose && !r.Quiet {
			r.print(r.postLine("not recorded:", uri, "", yellow))
		}
	}
}
