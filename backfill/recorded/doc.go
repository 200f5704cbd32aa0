// Package recorded reads answers of real Mastodons out of testdata/recorded and
// plays them back. Only tests import it: every reader is held against what
// servers really say, and so is the sandbox.
package recorded
