// Package cleantext makes the text of strangers fit to show: one line, without
// control characters, of a sensible length.
package cleantext
