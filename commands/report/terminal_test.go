package report

import (
	"strings"
	"testing"
)

func TestUTF8Locale(t *testing.T) {
	tests := []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{map[string]string{"LANG": "C.utf8"}, true},
		{map[string]string{"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, false},
		{map[string]string{"LANG": "C", "LC_CTYPE": "en_GB.UTF-8"}, true},
		{map[string]string{"LC_ALL": "", "LC_CTYPE": "POSIX", "LANG": "en_GB.UTF-8"}, false},
	}
	for _, tt := range tests {
		if got := utf8Locale(func(k string) string { return tt.env[k] }); got != tt.want {
			t.Errorf("%v: got %v", tt.env, got)
		}
	}
}

func TestColourWanted(t *testing.T) {
	tests := []struct {
		env     map[string]string
		noColor bool
		want    bool
	}{
		{nil, false, true},
		{nil, true, false},
		{map[string]string{"NO_COLOR": "1"}, false, false},
		{map[string]string{"NO_COLOR": ""}, false, true},
		{map[string]string{"TERM": "dumb"}, false, false},
		{map[string]string{"TERM": "xterm"}, false, true},
	}
	for _, tt := range tests {
		if got := colourWanted(func(k string) string { return tt.env[k] }, tt.noColor); got != tt.want {
			t.Errorf("%v, %v: got %v", tt.env, tt.noColor, got)
		}
	}
}

func TestNoTerminal(t *testing.T) {
	var b strings.Builder
	if isTerminal(&b) || terminalWidth(&b) != 0 || !inForeground(&b) {
		t.Error("a strings.Builder is taken for a terminal")
	}
}
