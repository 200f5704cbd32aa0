// Package pty runs commands in terminals of their own.
package pty
