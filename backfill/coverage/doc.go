// Package coverage tells what home holds of an account, month by month, and what of it
// could still be imported.
package coverage
