package commands

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAdaptersOnlyInWiring checks that the files of this package that do not put the
// adapters together do not use them either: not by an import (TestLayers), and not by
// what has an adapter's type.
func TestAdaptersOnlyInWiring(t *testing.T) {
	m := module{t: t, files: token.NewFileSet(), checked: make(map[string]*types.Package)}
	uses, wired := m.adapterUses("commands")
	for _, use := range uses {
		t.Errorf("%s: the commands reach adapters through wire.go and its like (wire_*.go) alone; declare a small interface here, and fill it there", use)
	}
	// The test would pass if it saw no types at all.
	if wired < 20 {
		t.Errorf("the wiring uses adapters in %d places", wired)
	}
}

// module reads the types of this module's own packages. Of all others it knows only
// that they exist, which is enough to tell an adapter's type, and fast.
type module struct {
	t       *testing.T
	files   *token.FileSet
	checked map[string]*types.Package
}

// adapterUses finds the places outside the wiring where a package uses what an adapter
// declares, or has a value of its types, and counts those in the wiring.
func (m module) adapterUses(dir string) (uses []string, wired int) {
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue), Uses: make(map[*ast.Ident]types.Object)}
	m.check(dir, info)
	found := func(at token.Pos, what string) {
		place := m.files.Position(at)
		if isWiring(path.Join(dir, filepath.Base(place.Filename))) {
			wired++
			return
		}
		uses = append(uses, fmt.Sprintf("%s:%d uses %s", filepath.Base(place.Filename), place.Line, what))
	}
	for name, object := range info.Uses {
		if object.Pkg() != nil && isAdapter(object.Pkg()) {
			found(name.Pos(), object.Pkg().Name()+"."+object.Name())
		}
	}
	for expression, of := range info.Types {
		if adapter := adapterType(of.Type); adapter != "" {
			found(expression.Pos(), adapter)
		}
	}
	slices.Sort(uses)
	return slices.Compact(uses), wired
}

// isAdapter reports whether a package is one of the adapters.
func isAdapter(p *types.Package) bool {
	return slices.Contains(adapters, strings.TrimPrefix(p.Path(), "tootfill/"))
}

// adapterType names the adapter's type that a type is, or points to; otherwise it is
// empty.
func adapterType(t types.Type) string {
	if pointer, ok := t.(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := t.(*types.Named)
	if !ok || named.Obj().Pkg() == nil || !isAdapter(named.Obj().Pkg()) {
		return ""
	}
	return named.Obj().Pkg().Name() + "." + named.Obj().Name()
}

// check reads a package of the module. Errors are to be expected: it does not know what
// other modules declare.
func (m module) check(dir string, info *types.Info) *types.Package {
	paths, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil {
		m.t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range paths {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(m.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			m.t.Fatal(err)
		}
		files = append(files, file)
	}
	config := types.Config{Importer: m, Error: func(error) {}, FakeImportC: true}
	p, _ := config.Check("tootfill/"+dir, m.files, files, info) // see above
	return p
}

// Import returns a package of the module with its types, and any other one empty.
func (m module) Import(name string) (*types.Package, error) {
	if p := m.checked[name]; p != nil {
		return p, nil
	}
	p := types.NewPackage(name, path.Base(name))
	if dir, own := strings.CutPrefix(name, "tootfill/"); own {
		p = m.check(dir, nil)
	}
	p.MarkComplete()
	m.checked[name] = p
	return p, nil
}
