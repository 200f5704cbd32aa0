package settings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/BurntSushi/toml"

	"tootfill/commands/spelling"
)

// configFile is the content of a config file; zero if there is none.
type configFile struct {
	path, data string
	mode       os.FileMode
	values     map[string]configValue // by the names of their keys
	// profiles are the names of the profiles, and profile is the one in use: the keys
	// of home are those of its table.
	profiles map[string]bool
	profile  string
}

// configValue is a value of the config file.
type configValue struct {
	// spelled is the key as it is written in the file.
	spelled toml.Key
	text    string
	list    []string // the parts of a list, which text joins by commas
}

// find returns the value of a key, and the place where it stands, such as
// "config.toml, line 3". Everything is empty if the file does not have the key, or
// has it without a value.
func (c configFile) find(name string) (text string, list []string, line string) {
	if k, _ := keyNamed(name); k.ofHome && c.profile != "" {
		name = inProfile(c.profile, name)
	}
	v := c.values[name]
	if v.text == "" && v.list == nil {
		return "", nil, ""
	}
	return v.text, v.list, c.place(v.spelled)
}

// place is where a key stands in the file.
func (c configFile) place(k toml.Key) string {
	if line := keyLine(c.data, k); line > 0 {
		return fmt.Sprintf("%s, line %d", c.path, line)
	}
	return c.path
}

// findConfig reads the first config file that exists. A file that was named must
// exist.
func findConfig(named string, getenv func(string) string) (configFile, error) {
	if named == "" {
		named = getenv("TOOTFILL_CONFIG")
	}
	if named != "" {
		c, err := readConfig(named)
		return c, unreadableFile(err)
	}
	for _, path := range configPaths(getenv) {
		c, err := readConfig(path)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		return c, unreadableFile(err)
	}
	return configFile{}, nil
}

func configPaths(getenv func(string) string) []string {
	var paths []string
	if dir := xdgDir(getenv, "XDG_CONFIG_HOME", ".config"); dir != "" {
		paths = append(paths, filepath.Join(dir, "tootfill", "config.toml"))
	}
	return append(paths, "/etc/tootfill/config.toml")
}

func readConfig(path string) (configFile, error) {
	// A pipe that nobody writes to must not stop the program.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return configFile{}, fmt.Errorf("reading the config file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return configFile{}, fmt.Errorf("reading the config file: %w", err)
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return configFile{}, fmt.Errorf("reading the config file: %w", err)
	}
	c, err := parseConfig(path, string(data))
	c.mode = info.Mode().Perm()
	return c, err
}

// parseConfig returns whatever it understands, also along with an error.
func parseConfig(path, data string) (configFile, error) {
	c := configFile{path: path, data: data, values: make(map[string]configValue), profiles: make(map[string]bool)}
	var all map[string]any
	meta, err := toml.Decode(data, &all)
	var parse toml.ParseError
	switch {
	case errors.As(err, &parse):
		return c, wrongf("", "%s, line %d: %s", path, parse.Position.Line, parse.Message)
	case err != nil:
		return c, wrongf("", "%s: %s", path, strings.TrimPrefix(err.Error(), "toml: "))
	}
	var first error
	for _, k := range meta.Keys() {
		if err := c.take(k, valueOf(all, k)); first == nil {
			first = err
		}
	}
	return c, first
}

// valueOf is the value of a key in nested tables.
func valueOf(table map[string]any, k toml.Key) any {
	for _, name := range k[:len(k)-1] {
		table, _ = table[name].(map[string]any)
	}
	return table[k[len(k)-1]]
}

// take keeps a value if it is of the right kind.
func (c configFile) take(spelled toml.Key, value any) error {
	if strings.EqualFold(spelled[0], profilesTable) {
		return c.takeOfProfile(spelled, value)
	}
	name := strings.ToLower(strings.Join(spelled, "."))
	k, known := keyNamed(name)
	if !known || k.kind == outside {
		return c.checkTable(spelled, value)
	}
	return c.keep(k.name, k, spelled, value)
}

// keep keeps the value of a key under a name.
func (c configFile) keep(name string, k key, spelled toml.Key, value any) error {
	v := configValue{spelled: spelled}
	fits := false
	switch value := value.(type) {
	case string:
		fits = k.kind == aText || k.kind == aPath || k.kind == aPlace
		v.text = value
	case bool:
		fits = k.kind == aChoice
		v.text = strconv.FormatBool(value)
	case int64:
		fits = k.kind == aCount
		v.text = strconv.FormatInt(value, 10)
	case []any:
		fits = k.kind == aList
		for _, part := range value {
			text, ok := part.(string)
			fits = fits && ok
			v.list = append(v.list, text)
		}
		v.text = strings.Join(v.list, ", ")
	}
	if !fits {
		return c.wrongType(spelled, k.kind, value)
	}
	c.values[name] = v
	if k.kind == aCount {
		if n, err := strconv.Atoi(v.text); err != nil || n < 1 {
			return wrongf("", "%s: %s must be at least 1", c.place(spelled), k.name)
		}
	}
	return nil
}

// checkTable is for what is no key: it has to be one of the tables.
func (c configFile) checkTable(spelled toml.Key, value any) error {
	tables := configKeys()
	if _, known := tables[strings.ToLower(spelled.String())]; !known || len(spelled) > 1 {
		return c.unknownKey(spelled)
	}
	return c.mustBeTable(spelled, value)
}

func (c configFile) mustBeTable(spelled toml.Key, value any) error {
	if _, ok := value.(map[string]any); !ok {
		return wrongf("", "%s: %s must be a table, not %s", c.place(spelled), spelled, typeWord(value))
	}
	return nil
}

func (c configFile) wrongType(spelled toml.Key, want kind, value any) error {
	words := map[kind]string{
		aText: "a string", aPath: "a string", aPlace: "a string", aList: "a list of strings", aCount: "a whole number", aChoice: "true or false",
	}
	return wrongf("", "%s: %s must be %s, not %s", c.place(spelled), spelled, words[want], typeWord(value))
}

// typeWord names the type of a value in the words of TOML.
func typeWord(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case bool:
		return "true or false"
	case int64:
		return "a whole number"
	case float64:
		return "a number"
	case []any, []map[string]any:
		return "a list"
	case map[string]any:
		return "a table"
	}
	return "a time"
}

func (c configFile) unknownKey(k toml.Key) error {
	table, name := strings.Join(k[:len(k)-1], "."), k[len(k)-1]
	known, ok := configKeys()[strings.ToLower(table)]
	if len(k) > 2 && strings.EqualFold(k[0], profilesTable) {
		known, ok = profileKeys(strings.Join(k[2:len(k)-1], ".")), true
	}
	if !ok {
		known, name = configKeys()[""], k[0]
	}
	hint := "known keys are " + strings.Join(known, ", ")
	if near := spelling.Nearest(name, known); near != "" {
		hint = "did you mean " + near + "?"
	}
	return wrongf(hint, "%s: unknown key %s", c.place(k), k)
}

// marker is a type that the TOML library refuses to decode into. The error carries
// the position, which the library does not give in any other way.
type marker struct{}

func (*marker) UnmarshalTOML(any) error { return errors.New("here") }

// keyLine is the line on which a key stands, 0 if unknown.
func keyLine(data string, key toml.Key) int {
	var table map[string]toml.Primitive
	meta, err := toml.Decode(data, &table)
	for _, name := range key[:len(key)-1] {
		if err != nil {
			return 0
		}
		inner := table[name]
		table = nil
		err = meta.PrimitiveDecode(inner, &table)
	}
	if err != nil {
		return 0
	}
	var parse toml.ParseError
	if errors.As(meta.PrimitiveDecode(table[key[len(key)-1]], &marker{}), &parse) {
		return parse.Position.Line
	}
	return 0
}
