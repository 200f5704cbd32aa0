package settings

import "os"

const (
	logText = "text"
	logJSON = "json"
)

// LogFormats are the values of log_format.
var LogFormats = []string{logText, logJSON}

// readLogFormat checks the format, which is in use already: see LogsJSON.
func (s *Settings) readLogFormat(p places) error {
	format := p.choose("log_format")
	switch {
	case format.value != logText && format.value != logJSON:
		return format.wrong("the formats are text and json", "%q is not a format", format.value)
	case format.line != "" && !isRegular(p.file.path):
		return format.wrong("use --log-format or TOOTFILL_LOG_FORMAT", "a config file that can be read only once comes too late for it")
	}
	return nil
}

// LogsJSON reports whether standard error is to be in JSON. This has to be known before
// anything is reported, also an error in the settings; whatever is wrong with them is for
// Read to say.
func LogsJSON(o Flags, getenv func(string) string) bool {
	p := places{flags: o, getenv: getenv}
	if format := p.choose("log_format"); format.isSet() {
		return format.value == logJSON
	}
	if o.Sandbox && o.Config == "" {
		return false
	}
	paths := configPaths(getenv)
	if k, _ := keyNamed("config"); o.Config != "" {
		paths = []string{o.Config}
	} else if named := getenv(k.variable); named != "" {
		paths = []string{named}
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return isRegular(path) && logsJSONBy(path)
		}
	}
	return false
}

func logsJSONBy(path string) bool {
	file, _ := readConfig(path) // it returns what it understands, and Read says what is wrong
	format, _, _ := file.find("log_format")
	return format == logJSON
}

// isRegular reports whether a file can be read more than once.
func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
