package commands

import (
	"fmt"
)

// usageError means that the command line is wrong; nothing was done.
type usageError struct {
	Message string
	Hint    string
}

func (e *usageError) Error() string { return e.Message }

func usagef(hint, format string, args ...any) error {
	return &usageError{Message: fmt.Sprintf(format, args...), Hint: hint}
}
