package commands

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// layer is which other packages a package may import, and why no more.
type layer struct {
	may []string
	why string
}

// The packages by what they are. In the paths of this file, the module's own folder
// is ".", and "backfill" is tootfill/backfill.
var (
	// leaves know only their own subject.
	leaves = []string{
		"backfill/cleantext", "backfill/fediverse", "backfill/httpheader", "backfill/httpsig", "backfill/limit",
		"backfill/loosejson", "backfill/mediatype", "backfill/oauth", "backfill/pgerror", "backfill/rsakey", "backfill/rubydate", "backfill/wellknown",
	}
	// shown is what a leaf needs to quote its input.
	shown = []string{"backfill/cleantext"}
	// words are the leaves that the engine is made of.
	words = []string{"backfill/fediverse", "backfill/limit", "backfill/cleantext"}
	// engine is what everything above the engine may use of it: home's database is
	// queried through the interfaces of backfill/home.
	engine = append([]string{"backfill", "backfill/home"}, words...)
	// typing are leaves about what people type.
	typing = []string{"commands/spelling", "commands/shell", "commands/manual"}
	// adapters are put together in wire.go.
	adapters = []string{
		"backfill/activitypub", "backfill/envfile", "backfill/fetch", "backfill/ledger", "backfill/mastodon",
		"backfill/pgledger", "backfill/postgres", "backfill/sandbox", "backfill/sidekiq", "backfill/sqlite",
	}
	// onlyForTests are packages that only tests may import.
	onlyForTests = []string{
		"backfill/backfilltest", "backfill/enginetest", "backfill/ledgertest", "backfill/recorded", "backfill/sandbox/fault", "backfill/testservers", "commands/monitor/promtext",
	}
)

const (
	adapterWhy = "an adapter speaks to one thing outside, and satisfies the interfaces that the engine declares; adapters do not import each other"
	engineWhy  = "the engine imports no adapter and no command line; declare an interface in ports.go"
	partWhy    = "it is a part of the engine, and knows no adapter and no command line; declare a small interface where it is used"
	leafWhy    = "it is a leaf, which knows its own subject alone, and how text is made fit to show"
)

// layers are the packages that the program is made of. The arrows run one way: main
// → commands → adapters → backfill → leaves.
var layers = map[string]layer{
	".": {[]string{"commands"}, "main only runs the command line"},
	"commands": {slices.Concat(engine, []string{"commands/accountlist", "commands/settings", "commands/report", "commands/monitor", "commands/chart", "backfill/resolve", "backfill/push", "backfill/replies", "backfill/coverage", "backfill/service"}, typing, leaves),
		"the commands reach adapters through wire.go and its like (wire_*.go) alone: declare a small interface where it is used, and fill it there"},
	"commands/settings": {slices.Concat(engine, typing, leaves, []string{"backfill/service", "backfill/envfile"}),
		"settings are read before anything is put together; wire.go hands in what only an adapter knows"},
	"commands/monitor": {append([]string{"commands/report"}, engine...),
		"it is told what came of a run, and knows nothing of how runs are made"},
	"commands/report": {append([]string{"backfill/coverage"}, engine...),
		"what people see follows from the engine's events; declare what is shown here, and fill it in wire.go"},

	"commands/chart": {slices.Concat(leaves, []string{"backfill/coverage"}), "it draws the counts that it is handed, and knows nothing of where they come from"},

	"commands/accountlist": {engine, "it reads files, and is handed whoever asks home whose an address is"},
	"commands/spelling":    {nil, leafWhy},
	"commands/shell":       {nil, leafWhy},
	"commands/record":      {[]string{"commands/record/pty"}, "it films the program from outside"},
	"commands/record/pty":  {nil, leafWhy},
	"commands/manual":      {nil, "it describes the tree of commands that it is handed, and knows nothing of what they do"},

	"backfill":          {words, engineWhy},
	"backfill/home":     {append([]string{"backfill"}, words...), partWhy},
	"backfill/resolve":  {engine, partWhy},
	"backfill/push":     {engine, partWhy},
	"backfill/replies":  {engine, partWhy},
	"backfill/coverage": {engine, partWhy},
	"backfill/service":  {slices.Concat(engine, leaves), partWhy},

	"backfill/activitypub": {slices.Concat(engine, leaves, []string{"backfill/fetch"}), adapterWhy + " (but origins are read through the guarded client)"},
	"backfill/envfile":     {engine, adapterWhy},
	"backfill/fetch":       {slices.Concat(engine, leaves), adapterWhy},
	"backfill/ledger":      {append([]string{"backfill/coverage", "backfill/service"}, engine...), adapterWhy + "; what is special about a database is told to it by a Database"},
	"backfill/mastodon":    {slices.Concat(engine, leaves, []string{"backfill/service"}), adapterWhy},
	"backfill/postgres":    {slices.Concat(engine, leaves), adapterWhy},
	"backfill/sidekiq":     {slices.Concat(engine, leaves), adapterWhy},
	"backfill/pgledger":    {append([]string{"backfill/ledger", "backfill/pgerror"}, engine...), adapterWhy + " (but it is where a ledger is kept)"},
	"backfill/sqlite":      {append([]string{"backfill/ledger"}, engine...), adapterWhy + " (but it is where a ledger is kept)"},
	"backfill/sandbox":     {slices.Concat(engine, leaves), "the sandbox plays the servers, and does not read them through our own adapters"},

	"backfill/cleantext":  {nil, leafWhy},
	"backfill/fediverse":  {shown, leafWhy},
	"backfill/httpheader": {shown, leafWhy},
	"backfill/httpsig":    {append([]string{"backfill/rsakey"}, shown...), leafWhy},
	"backfill/limit":      {shown, leafWhy},
	"backfill/loosejson":  {shown, leafWhy},
	"backfill/mediatype":  {shown, leafWhy},
	"backfill/oauth":      {shown, leafWhy},
	"backfill/pgerror":    {shown, leafWhy},
	"backfill/rsakey":     {shown, leafWhy},
	"backfill/rubydate":   {nil, leafWhy},
	"backfill/wellknown": {append([]string{"backfill/fediverse", "backfill/loosejson", "backfill/mediatype"}, shown...),
		"it knows the documents alone, and nothing of who reads them or how they come"},
}

// TestLayers checks the direction in which packages import each other. Tests may
// import what they like.
func TestLayers(t *testing.T) {
	for _, file := range goFiles(t, "..") {
		if slices.Contains(onlyForTests, path.Dir(file)) {
			continue
		}
		for _, imported := range ownImports(t, filepath.Join("..", file)) {
			if wrong := wrongImport(file, imported); wrong != "" {
				t.Errorf("%s imports %s: %s", file, imported, wrong)
			}
		}
	}
}

// wrongImport returns why a file may not import a package; "" if it may.
func wrongImport(file, imported string) string {
	dir := path.Dir(file)
	l, known := layers[dir]
	switch {
	case slices.Contains(onlyForTests, imported):
		return "it is for tests, and must not come into the program"
	case !known:
		return fmt.Sprintf("nobody has said what %s may import; give it a line in %s", dir, "commands/layers_test.go")
	case slices.Contains(l.may, imported), isWiring(file) && slices.Contains(adapters, imported):
		return ""
	}
	return l.why
}

// isWiring reports whether a file puts the adapters together.
func isWiring(file string) bool {
	return path.Dir(file) == "commands" && strings.HasPrefix(path.Base(file), "wire")
}

// TestEveryPackageHasItsLayer makes sure that somebody thinks about a new package,
// and that a package that is gone is forgotten.
func TestEveryPackageHasItsLayer(t *testing.T) {
	var there []string
	for _, file := range goFiles(t, "..") {
		if dir := path.Dir(file); !slices.Contains(there, dir) {
			there = append(there, dir)
		}
	}
	known := slices.AppendSeq(slices.Clone(onlyForTests), maps.Keys(layers))
	for _, dir := range there {
		if !slices.Contains(known, dir) {
			t.Errorf("the package %s has no layer: say in commands/layers_test.go what it may import, and why no more", dir)
		}
	}
	for _, dir := range known {
		if !slices.Contains(there, dir) {
			t.Errorf("there is no package %s any more: take it out of commands/layers_test.go", dir)
		}
	}
}

func TestWrongImport(t *testing.T) {
	for _, tt := range []struct{ file, imported, want string }{
		{"backfill/run.go", "backfill/sqlite", "the engine imports no adapter"},
		{"backfill/run.go", "commands", "no command line"},
		{"backfill/fediverse/host.go", "backfill", "it is a leaf"},
		{"backfill/sqlite/open.go", "backfill/postgres", "adapters do not import each other"},
		{"main.go", "backfill", "main only runs"},
		{"commands/lookup.go", "backfill/postgres", "declare a small interface"},
		{"commands/report/results.go", "backfill/sidekiq", "what people see"},
		{"commands/wire.go", "backfill/testservers", "for tests"},
		{"backfill/new/new.go", "backfill", "nobody has said"},
		{"commands/wire_queues.go", "backfill/sidekiq", ""},
		{"backfill/sqlite/open.go", "backfill", ""},
		{"backfill/activitypub/reader.go", "backfill/fetch", ""},
	} {
		if got := wrongImport(tt.file, tt.imported); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s imports %s: %q, want %q", tt.file, tt.imported, got, tt.want)
		}
	}
}

// goFiles are the files below root that are part of the program, for any system.
func goFiles(t *testing.T, root string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".."):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		rel, err := filepath.Rel(root, name)
		files = append(files, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// ownImports are the packages of this module that a file imports.
func ownImports(t *testing.T, name string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for _, spec := range file.Imports {
		full, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if rest, ok := strings.CutPrefix(full, "tootfill/"); ok {
			own = append(own, rest)
		}
	}
	return own
}
